# SPDX-License-Identifier: Apache-2.0
"""The documents as the gateway serves them, and requests as it takes them."""
import asyncio
import gzip
import json

import pytest
import websockets

import contract
from contract_examples_test import variants
from documents import ASYNCAPI, OPENAPI, read_examples
from harness import Gateway, equal, expect

SERVED = {"/v1/asyncapi.yaml": ASYNCAPI, "/v1/openapi.yaml": OPENAPI}


def start(binary):
    limits = "bad_requests: 10000\nrequests_per_second: 10000\nrequest_burst: 100000\n"
    return Gateway.serve(binary, "- venue: simulator\n  seed: 7\n  rate: 50\n", limits=limits)


@pytest.mark.parametrize("path,name", SERVED.items())
async def test_a_document_is_served_as_it_stands(gateway, path, name):
    text = (contract.ROOT / name).read_bytes()
    plain = gateway.public(path)
    equal((plain.status, plain.body, plain.headers["content-type"]), (200, text, "application/yaml"), path)
    packed = gateway.public(path, headers={"Accept-Encoding": "gzip"})
    equal(gzip.decompress(packed.body), text, "packed")
    expect(plain.headers["etag"] != packed.headers["etag"], "one tag of two forms")
    for answer, accept in ((plain, "identity"), (packed, "gzip")):
        again = gateway.public(path, headers={"Accept-Encoding": accept,
                                              "If-None-Match": answer.headers["etag"]})
        equal((again.status, again.body, again.headers["etag"]), (304, b"", answer.headers["etag"]), path)
    equal(gateway.public(path, "HEAD").headers["content-length"], str(len(text)), "HEAD")


async def until_pong(socket, mark):
    """What comes up to the pong of this id."""
    found = []
    while not any(one["type"] == "pong" and one["id"] == mark for one in found):
        frame = json.loads(await asyncio.wait_for(socket.recv(), 20))
        contract.check_frame(frame)
        found += frame
    return found


async def test_a_request_is_taken_if_the_document_says_so_and_only_then(gateway):
    async with websockets.connect(gateway.stream_url) as socket:
        count = 0
        for name, request in read_examples("requests").items():
            checker = contract.checker(ASYNCAPI, contract.REQUESTS[request["op"]])
            for variant in variants(request):
                if variant.get("op") != request["op"]:
                    continue  # of another schema, or of none
                if isinstance(variant.get("id"), int) and variant["id"] > 2**64 - 1:
                    continue  # no JSON parser has to take it
                if "from" in request and variant.get("symbols") != request["symbols"]:
                    continue  # what was seen of symbols that are not asked for: no schema says it
                count += 1
                mark = f"end of {count}"
                await socket.send(json.dumps(variant))
                await socket.send(json.dumps({"op": "ping", "id": mark}))
                before = await until_pong(socket, mark)
                refused = any(one["type"] == "error" for one in before)
                equal(not refused, checker.problem(variant) is None, f"{name}: taken: {variant}: {before}"[:700])
        expect(count > 300, f"only {count} requests")


async def test_a_body_is_taken_if_the_document_says_so_and_only_then(gateway):
    checker = contract.checker(OPENAPI, "snapshot_request")
    bodies = [{"symbols": ["SIM:BTC-USD"]}, {"channel": "bar", "interval": "1m", "symbols": ["*"]},
              {"op": "subscribe", "id": 1, "channel": "book", "depth": 5, "symbols": ["*"]}]
    for body in bodies:
        expect(checker.problem(body) is None, f"{body}")
        for variant in [body, *variants(body)]:
            status = gateway.public("/v1/snapshot", "POST", body=json.dumps(variant)).status
            equal(status in (200, 404), checker.problem(variant) is None, f"{status} for {variant}")
