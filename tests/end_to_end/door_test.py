# SPDX-License-Identifier: Apache-2.0
"""Plain HTTP that costs nobody else anything: connections that are kept, bodies, and limits."""

import http.client
import json
import shutil
import socket
import subprocess
import time

import pytest

from harness import Gateway, equal, eventually, expect, is_sanitized, logged
from raw_socket import HANDSHAKE

FEED = "- venue: simulator\n  seed: 9\n  rate: 500\n  symbol_count: 600\n  names: generated\n"


def start(binary):
    return Gateway.serve(binary, FEED)


def keeping(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    return connection


def ask(connection, method, path, **more):
    connection.request(method, path, **more)
    answer = connection.getresponse()
    return answer, answer.read()


def exchange(port, data):
    """What is answered until the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(data)
        return read_to_end(wire)


def read_to_end(wire):
    got = b""
    while True:
        try:
            more = wire.recv(65536)
        except ConnectionError:
            return got
        if not more:
            return got
        got += more


def symbols(count):
    return [f"SIM:S{number:04}-USD" for number in range(count)]


def refused(gateway, reason):
    return gateway.metric("tickgate_handshake_failures_total", reason=reason)


async def test_a_connection_is_kept_for_more_requests_on_both_ports(gateway):
    for port, path in ((gateway.port, "/v1/book?symbol=SIM:S0001-USD"), (gateway.admin_port, "/livez")):
        connection = keeping(port)
        local = connection.sock.getsockname()
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            answer, body = ask(connection, method, path)
            expect(answer.status in (200, 204), f"{method} {path}: {answer.status}")
            equal(answer.headers["connection"], "keep-alive", f"after {method}")
            equal(bool(body), method == "GET", f"a body after {method}")
            equal(connection.sock.getsockname(), local, "the connection")
        answer, _ = ask(connection, "GET", path, headers={"Connection": "close"})
        equal(answer.headers["connection"], "close", "when asked to")
        expect(connection.sock is None or connection.sock.recv(1) == b"", "it goes on")
        connection.close()
        expect(b"Connection: close" in exchange(port, b"GET /readyz HTTP/1.0\r\n\r\n"), "HTTP/1.0")


async def test_what_is_sent_ahead_is_answered_in_its_order(gateway):
    paths = [f"/v1/snapshot?symbols={symbol}" for symbol in symbols(30)]
    asked = b"".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for path in paths)
    got = exchange(gateway.port, asked + b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    equal(got.count(b"HTTP/1.1 200 OK"), 30, "answers")
    places = [got.find(b'"symbol":"%s"' % symbol.encode()) for symbol in symbols(30)]
    expect(places == sorted(places) and places[0] > 0, f"in another order: {places}")
    expect(got.rfind(b"HTTP/1.1 404") > places[-1], "the last answer")


async def test_an_upgrade_may_follow_other_requests(gateway):
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as wire:
        wire.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n" + HANDSHAKE)
        got = b""
        while b" 101 " not in got or not got.endswith(b"\r\n\r\n"):
            got += wire.recv(1)
        expect(got.startswith(b"HTTP/1.1 200 OK"), f"the first answer: {got!r}")


async def test_a_connection_ends_with_its_thousandth_request(gateway):
    connection = keeping(gateway.admin_port)
    for number in range(1, 1001):
        answer, _ = ask(connection, "GET", "/livez")
        equal(answer.headers["connection"], "keep-alive" if number < 1000 else "close",
              f"of request {number}")
    connection.close()


async def test_500_symbols_fit_a_post_and_a_target(gateway):
    wanted = symbols(500)
    body = json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": wanted})
    expect(len(body) > 8_192, "a short list")
    posted = gateway.public("/v1/snapshot", "POST", body=body)
    equal(posted.status, 200, f"with {posted.body[:200]!r}")
    found = json.loads(posted.body)
    equal([item["symbol"] for item in found if item["type"] == "status"], wanted, "statuses")
    equal([item["symbol"] for item in found if item["type"] == "quote"], wanted, "quotes")
    target = "/v1/snapshot?symbols=" + ",".join(wanted)
    expect(7_000 < len(target) < 8_192, f"a target of {len(target)} bytes")
    equal(gateway.public(target).status, 200, "a long target")
    over = gateway.public("/v1/snapshot?symbols=" + ",".join(symbols(600)))
    equal(over.status, 414, "a target too long")
    expect(b"8192" in over.body, f"no limit is told: {over.body!r}")


async def test_what_is_wrong_with_a_body_is_said(gateway):
    quote = {"symbols": ["SIM:S0001-USD"]}
    equal(gateway.public("/v1/snapshot", "POST", body=json.dumps(quote)).status, 200, "no op")
    for body, status, word in (
            (b"", 400, b"JSON"), (b"{", 400, b"JSON"), (b'{"symbols":[]}', 400, b"symbols"),
            (b'{"op":"list","symbols":["*"]}', 400, b"op"),
            (b'{"channel":"bar","symbols":["*"]}', 400, b"interval: missing"),
            (b'{"channel":"bar","interval":"2m","symbols":["*"]}', 400, b"unknown_interval"),
            (b'{"symbols":["SIM:NOPE-USD"]}', 404, b"NOPE"),
            (json.dumps({"symbols": ["*"] * 101}).encode(), 400, b"patterns"),
            (b"x" * 262_145, 413, b"262144")):
        answer = gateway.public("/v1/snapshot", "POST", body=body)
        equal((answer.status, word in answer.body), (status, True),
              f"{body[:40]!r}: {answer.body[:200]!r}")
    chunked = exchange(gateway.port, b"POST /v1/snapshot HTTP/1.1\r\nHost: a\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    expect(chunked.startswith(b"HTTP/1.1 411 "), f"{chunked[:60]!r}")
    answer = gateway.public("/v1/instruments", "POST", body=b"{}")
    equal((answer.status, answer.headers["allow"]), (405, "GET, HEAD, OPTIONS"), "elsewhere")
    answer = gateway.public("/v1/snapshot", "PUT", body=b"{}")
    equal((answer.status, answer.headers["allow"]), (405, "GET, HEAD, OPTIONS"), "PUT")
    answer = gateway.public("/v1/snapshot", "OPTIONS", headers={
        "Origin": "https://page.example", "Access-Control-Request-Method": "POST"})
    expect("POST" in answer.headers["access-control-allow-methods"], f"{answer.headers}")


async def test_curl_is_told_to_send_its_body(gateway):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    url = f"http://127.0.0.1:{gateway.port}/v1/snapshot"
    body = json.dumps({"symbols": symbols(500)})
    began = time.monotonic()
    done = subprocess.run(["curl", "-sv", "-H", "Expect: 100-continue", "--data-binary", "@-", url,
                           "--next", "-sv", "--data-binary", "@-", url], input=body.encode(),
                          timeout=30, capture_output=True, check=False)
    expect(b"HTTP/1.1 100 Continue" in done.stderr, f"curl saw {done.stderr[-800:]!r}")
    expect(b"HTTP/1.1 200 OK" in done.stderr, f"curl saw {done.stderr[-800:]!r}")
    expect(b"Re-using existing connection" in done.stderr, "a connection of its own for each")
    expect(time.monotonic() - began < 1, "it waited for its own patience")


async def test_the_admin_port_answers_to_no_name_that_a_page_could_have(binary):
    server = "admin_hosts: [tickgate.monitoring.svc]\n"
    with Gateway.serve(binary, FEED, server=server) as gateway:
        for host in ("127.0.0.1", "[::1]:9100", "localhost:9100", "tickgate",
                     "tickgate.monitoring.svc:9100"):
            equal(gateway.admin("/livez", headers={"Host": host}).status, 200, host)
        answer = gateway.admin("/metrics", headers={"Host": "evil.example:9100"})
        equal(answer.status, 421, "a foreign name")
        expect(b"server.admin_hosts" in answer.body, f"what to do: {answer.body!r}")
        equal(gateway.public("/readyz", headers={"Host": "any.example"}).status, 200, "in public")


async def test_large_heads_pass_up_to_the_limit(binary):
    with Gateway.serve(binary, FEED, limits="header_bytes: 40000\n") as gateway:
        equal(gateway.public("/readyz", headers={"Cookie": "c" * 39_000}).status, 200, "39 KB")
        answer = gateway.public("/readyz", headers={"Cookie": "c" * 41_000})
        equal(answer.status, 431, "41 KB")
        expect(b"40000" in answer.body, f"no limit is told: {answer.body!r}")


async def test_readiness_is_public_and_ends_with_the_drain(binary):
    with Gateway.serve(binary, FEED, server="drain_delay: 2s\n") as gateway:
        equal(gateway.public("/readyz").status, 200, "before")
        gateway.terminate()
        await eventually(lambda: gateway.public("/readyz").status == 503, "503 while draining", 2)
        equal(gateway.public("/readyz").body, b"draining\n", "why")
        gateway.wait_for_exit(0)


async def test_an_answer_on_its_way_is_sent_to_its_end_and_a_rest_holds_nobody_up(binary):
    with Gateway.serve(binary, FEED) as gateway:
        rests = keeping(gateway.port)
        ask(rests, "GET", "/readyz")
        reader = slow_reader(gateway)
        await eventually(lambda: gateway.metric("tickgate_http_visitors") == 1, "an answer begun")
        gateway.terminate()
        await eventually(lambda: "draining" in gateway.log(), "the drain", 2)
        answer = http.client.HTTPResponse(reader)
        answer.begin()
        equal(answer.status, 200, "status")
        expect(len(answer.read()) == int(answer.headers["content-length"]), "cut short")
        reader.close()
        began = time.monotonic()
        gateway.wait_for_exit(0)
        expect(time.monotonic() - began < 2, f"ended {time.monotonic() - began:.1f} s later")
        rests.close()


def slow_reader(gateway, path="/v1/snapshot?channel=book&symbols=*"):
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(10)
    wire.connect(("127.0.0.1", gateway.port))
    wire.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return wire


def status_of(wire):
    return int(wire.recv(12, socket.MSG_WAITALL)[9:])


async def test_one_address_is_answered_so_many_at_once(binary):
    limits = "http_visitors_per_address: 5\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        readers = [slow_reader(gateway) for _ in range(5)]
        equal([status_of(wire) for wire in readers], [200] * 5, "those within it")
        answer = gateway.public("/")
        equal((answer.status, answer.headers["retry-after"]), (429, "1"), "beyond it")
        equal(gateway.public("/readyz").status, 200, "a probe, whatever else")
        equal(refused(gateway, "visitors_of_address"), 1, "counted")
        await logged(gateway, '"reason":"visitors_of_address","address":"127.0.0.1:')
        for wire in readers:
            wire.close()
        await eventually(lambda: gateway.public("/").status == 200, "room again")


async def test_unread_answers_hold_no_more_than_they_may(binary):
    limits = "http_visitors_per_address: 0\nhttp_visitors: 100\nhttp_bytes: 1MiB\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        before = gateway.memory()
        readers = [slow_reader(gateway) for _ in range(60)]
        codes = [status_of(wire) for wire in readers]
        expect(200 in codes and 503 in codes, f"answers {codes}")
        equal(refused(gateway, "visitors_bytes"), codes.count(503), "counted")
        grown = (gateway.memory() - before) / 2**20
        print(f"\n60 slow readers, {codes.count(200)} of them answered: {grown:.1f} MiB more")
        expect(grown < 16 or is_sanitized(binary), f"memory grew by {grown:.1f} MiB")
        equal(gateway.public("/readyz").status, 200, "a small answer, whatever else")
        for wire in readers:
            wire.close()


async def test_more_than_may_be_answered_at_once_are_told_to_come_later(binary):
    limits = "http_visitors_per_address: 0\nhttp_visitors: 8\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        readers = [slow_reader(gateway) for _ in range(12)]
        codes = [status_of(wire) for wire in readers]
        equal((codes.count(200), codes.count(503)), (8, 4), f"answers {codes}")
        equal(gateway.public("/readyz").status, 200, "a probe, whatever else")
        for wire in readers:
            wire.close()
