# SPDX-License-Identifier: Apache-2.0
"""/v1/instruments of a large market: pages, what is packed, what is held, and what they cost others."""

import asyncio
import gzip
import json
import time
import urllib.parse

from client import Client
from harness import Gateway, equal, expect, is_sanitized, together

SYMBOLS = 50_001  # the last is SIM:QUIET


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", SYMBOLS - 1, "--names", "generated",
                        "--rate", 2000, "--shards", 1)


def next_of(answer):
    link = answer.headers.get("link")
    if link is None:
        return None
    expect(link.startswith("</v1/instruments?") and link.endswith('>; rel="next"'), f"Link: {link}")
    return link[1:link.index(">")]


async def test_pages_hold_every_instrument_once(gateway):
    path, found = "/v1/instruments?limit=5000", []
    while path:
        answer = await asyncio.to_thread(gateway.public, path)
        equal(answer.status, 200, path)
        page = json.loads(answer.body)
        path = next_of(answer)
        equal(len(page) == 5000, path is not None, f"{len(page)} instruments, and then {path}")
        found += [entry["symbol"] for entry in page]
    equal(len(set(found)), SYMBOLS, "different symbols")
    expect(found == sorted(found), "in order")


async def test_without_a_limit_there_are_a_thousand_and_more_to_come(gateway):
    answer = gateway.public("/v1/instruments")
    equal(len(json.loads(answer.body)), 1000, "instruments")
    last = json.loads(answer.body)[-1]["symbol"]
    equal(urllib.parse.parse_qs(urllib.parse.urlsplit(next_of(answer)).query), {"after": [last]},
          "the next page")


async def test_filters_choose_and_a_wrong_one_is_refused(gateway):
    entries = json.loads(gateway.public("/v1/instruments?symbols=SIM:S0042-USD,SIM:S0007-USD").body)
    equal([entry["symbol"] for entry in entries], ["SIM:S0007-USD", "SIM:S0042-USD"], "by name")
    equal(gateway.public("/v1/instruments?venue=kraken").body, b"[]", "another venue's")
    equal(gateway.public("/v1/instruments?state=closed").body, b"[]", "closed ones")
    for path, status in (("limit=0", 400), ("limit=5001", 400), ("limit=", 400), ("state=good", 400),
                         ("symbols=SIM:NOPE", 404), ("symbols=%00", 400)):
        equal(gateway.public(f"/v1/instruments?{path}").status, status, path)


async def test_gzip_is_for_who_takes_it(gateway):
    path = "/v1/instruments?symbols=SIM:S0042-USD"
    plain = gateway.public(path, headers={"Accept-Encoding": "gzip;q=0, identity"})
    packed = gateway.public(path, headers={"Accept-Encoding": "br, gzip"})
    expect("content-encoding" not in plain.headers, f"plain: {plain.headers}")
    equal(packed.headers.get("content-encoding"), "gzip", "what was asked for")
    equal(gzip.decompress(packed.body), plain.body, "what was packed")
    expect(plain.headers["etag"] != packed.headers["etag"], "two forms of one tag")
    for answer in (plain, packed):
        expect("Accept-Encoding" in answer.headers["vary"], f"Vary: {answer.headers}")
    head = gateway.public(path, "HEAD", headers={"Accept-Encoding": "gzip"})
    equal((head.body, head.headers["content-length"]), (b"", str(len(packed.body))), "HEAD")


async def test_what_is_held_is_not_sent_again(gateway):
    path = "/v1/instruments?limit=5000"
    first = gateway.public(path)
    for held in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        for method in ("GET", "HEAD"):
            answer = gateway.public(path, method, headers={"If-None-Match": held})
            equal((answer.status, answer.body), (304, b""), f"{method} with {held}")
            equal(answer.headers["etag"], first.headers["etag"], "its tag")
    answer = gateway.public(path, headers={"If-None-Match": '"x"', "Origin": "http://a.example"})
    equal((answer.status, answer.body), (200, first.body), "with another tag")
    expect("Link" in answer.headers["access-control-expose-headers"], f"{answer.headers}")


async def test_a_stream_does_not_feel_those_who_ask(gateway, binary):
    """Some ask without end for what takes the most work; a client's updates come as ever."""
    silences = []
    ended = time.monotonic() + 4

    def ask(number):
        count = 0
        while time.monotonic() < ended:
            # Each another page, for which every instrument is looked at.
            path = f"/v1/instruments?state=halted,closed&limit={1 + (7 * count + number) % 4999}"
            answer = gateway.public(path, headers={"Accept-Encoding": "gzip"})
            expect(answer.status in (200, 503, 429), f"{path}: {answer.status}")
            count += answer.status == 200
        return count

    async def listen():
        async with Client(gateway) as client:
            await client.subscribe("quote", "*")
            last = time.monotonic()
            while last < ended:
                await client.receive()
                now = time.monotonic()
                silences.append(now - last)
                last = now

    _, *counts = await together(listen(), *(asyncio.to_thread(ask, i) for i in range(3)))
    silences.sort()
    print(f"{sum(counts)} pages; between two messages p99 {silences[-len(silences) // 100] * 1000:.1f}"
          f" ms, longest {silences[-1] * 1000:.0f} ms of {len(silences)}")
    expect(sum(counts) >= 3, f"pages: {counts}")
    if not is_sanitized(binary):
        expect(silences[-1] < 1, f"a silence of {silences[-1]:.2f} s")
