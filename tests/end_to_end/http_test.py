# SPDX-License-Identifier: Apache-2.0
"""HTTP beside the stream: the public port's answers, and the admin port's."""

import json
import shutil
import socket
import subprocess

import pytest
import websockets

from client import Client, check_shape
from harness import Gateway, equal, eventually, expect, free_port, together


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


def parsed(answer):
    equal(answer.status, 200, f"status, with {answer.body[:300]!r}")
    expect(answer.headers["content-type"].startswith("application/json"),
           f"content type {answer.headers.get('content-type')}")
    return json.loads(answer.body)


async def test_instruments_are_listed(gateway):
    listed = parsed(gateway.public("/v1/instruments"))
    entries = listed if isinstance(listed, list) else listed["instruments"]
    equal(len({entry["symbol"] for entry in entries}), 24, f"instruments in {str(listed)[:300]}")


async def test_venues_are_listed_with_their_rate_and_age(gateway):
    await eventually(lambda: parsed(gateway.public("/v1/venues"))[0]["rate"], "a rate", seconds=10)
    venues = parsed(gateway.public("/v1/venues"))
    equal([set(one) for one in venues],
          [{"name", "venue", "state", "since", "reason", "rate", "age_ms", "venue_age_ms", "gaps",
            "resyncs", "trades_lost"}], "fields")
    equal((venues[0]["name"], venues[0]["state"], venues[0]["reason"]), ("simulator", "live", ""),
          "the only one")
    expect(venues[0]["rate"] > 0 and 0 <= venues[0]["age_ms"] < 10_000, f"{venues}")


async def test_a_snapshot_has_the_objects_of_the_stream(gateway):
    for channel in ("quote", "book", "ticker", "status", "trade"):
        found = parsed(gateway.public(f"/v1/snapshot?channel={channel}&symbols=SIM:BTC-USD,SIM:ETH-USD"))
        # A price never comes without the state it stands under.
        for kind in {channel, "status"}:
            equal(sorted(item["symbol"] for item in found if item["type"] == kind),
                  ["SIM:BTC-USD", "SIM:ETH-USD"], f"{kind} in a snapshot of {channel}")
        equal({item["type"] for item in found}, {channel, "status"}, "types")
        for item in found:
            check_shape(item)


async def test_a_snapshot_takes_patterns_and_escapes(gateway):
    for symbols, count in (("SIM:*", 24), ("*:BTC-USD", 1), ("SIM%3ABTC-USD", 1)):
        found = parsed(gateway.public(f"/v1/snapshot?channel=quote&symbols={symbols}"))
        equal(len([item for item in found if item["type"] == "quote"]), count, symbols)


async def test_a_wrong_question_is_refused_in_words(gateway):
    for path in ("/v1/snapshot?channel=qoute&symbols=SIM:BTC-USD", "/v1/snapshot?channel=quote",
                 "/v1/book", "/v1/book?depth=5", "/v1/book?symbol=",
                 "/v1/book?symbol=SIM:BTC-USD&depth=-1",
                 "/v1/book?symbol=SIM:BTC-USD&depth=many"):
        answer = gateway.public(path)
        equal(answer.status, 400, f"status of {path}")
        expect(answer.body.strip(), f"no word about {path}")
    for path in ("/v1/book?symbol=SIM:NOPE-USD", "/v1/book?symbol=..%2f"):
        equal(gateway.public(path).status, 404, f"status of {path}")
    for path in ("/v1/book?symbol=btc/usd", "/v1/snapshot?channel=quote&symbols=BTCUSD"):
        answer = gateway.public(path)
        equal(answer.status, 404, f"status of {path}")
        expect(b"did you mean SIM:BTC-USD?" in answer.body, f"what was meant by {path}")


async def test_a_book_is_served_whole(gateway):
    book = parsed(gateway.public("/v1/book?symbol=SIM:BTC-USD&depth=1000"))
    book = book[0] if isinstance(book, list) else book
    equal((book["type"], book["symbol"]), ("book", "SIM:BTC-USD"), "what came")
    expect(len(book["bids"]) >= 25 and len(book["asks"]) >= 25,
           f"only {len(book['bids'])} and {len(book['asks'])} levels")
    check_shape(book)


async def test_the_front_page_says_what_this_is(gateway):
    answer = gateway.public("/")
    equal(answer.status, 200, "status")
    expect(answer.headers["content-type"].startswith("text/"), f"{answer.headers}")
    expect(b"tickgate" in answer.body.lower(), f"page {answer.body[:300]!r}")


async def test_head_has_the_headers_and_no_body(gateway):
    for path in ("/", "/v1/instruments"):
        answer = gateway.public(path, "HEAD")
        equal((answer.status, answer.body), (200, b""), f"HEAD {path}")
        expect(int(answer.headers["content-length"]) > 0, f"length of {path}: {answer.headers}")


async def test_what_is_not_there_is_404_and_other_methods_are_405(gateway):
    for path in ("/nope", "/v1", "/v1/", "/v1/streams", "/metrics", "/../etc/passwd", "/%2e%2e/"):
        answer = gateway.public(path)
        expect(answer.status in (400, 404), f"GET {path} on the public port: {answer.status}")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for ask in (gateway.public, gateway.admin):
            answer = ask("/", method)
            equal(answer.status, 405, f"{method} /")
            expect("GET" in answer.headers.get("allow", ""), f"Allow after {method}")


async def test_the_stream_without_an_upgrade_is_refused(gateway):
    answer = gateway.public("/v1/stream")
    expect(answer.status in (400, 426), f"status {answer.status}")
    try:
        await websockets.connect(f"ws://127.0.0.1:{gateway.port}/v1/streams")
        expect(False, "another path was upgraded")
    except websockets.InvalidStatusCode as refused:
        expect(refused.status_code in (400, 404), f"status {refused.status_code}")


async def test_garbage_in_place_of_a_request_is_ended(gateway):
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n",
                    b"GET / HTTP/1.1\r\nX: " + b"a" * 70000):
        for port in (gateway.port, gateway.admin_port):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
                try:
                    wire.sendall(garbage)
                    data = wire.recv(4096)
                    while wire.recv(4096):
                        pass
                except ConnectionError:
                    continue
            expect(not data or b" 4" in data[:13] or b" 505 " in data[:14],
                   f"{garbage[:20]!r} was answered {data[:60]!r}")


async def test_the_probes_answer(gateway):
    for path in ("/livez", "/readyz"):
        equal(gateway.admin(path).status, 200, path)
    equal(gateway.admin("/nope").status, 404, "/nope on the admin port")


async def test_feeds_tell_their_state(gateway):
    found = json.loads(gateway.admin("/v1/feeds").body)
    feeds = found if isinstance(found, list) else found["feeds"]
    equal(len(feeds), 1, f"feeds in {str(found)[:300]}")
    expect("live" in feeds[0].values(), f"a state: {feeds[0]}")
    expect("by_connection" not in feeds[0], f"one needs no list: {feeds[0]}")


async def test_a_feed_of_several_connections_lists_them(binary):
    # More symbols than one connection of this venue takes, and nobody listens at the address.
    symbols = [f"A{number}-USDT" for number in range(300)]
    feeds = (f"- venue: binance\n  websocket_url: ws://127.0.0.1:{free_port()}\n"
             f"  symbols: [{', '.join(symbols)}]\n")
    gateway = Gateway.serve(binary, feeds)
    gateway.ready_path = "/livez"
    with gateway:
        found = {}

        def refused():
            (feed,) = json.loads(gateway.admin("/v1/feeds").body)
            found.update(feed)
            return all("refused" in one["reason"] for one in feed["by_connection"])
        await eventually(refused, "every connection refused")
        equal([one["symbols"] for one in found["by_connection"]], [256, 44], "symbols by connection")
        for one in found["by_connection"]:
            equal(sorted(one), ["reason", "since", "state", "symbols"], "keys of a connection")
        equal(sum(found["instruments"].values()), 300, f"instruments: {found['instruments']}")


async def test_metrics_pass_promtool(gateway):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian package prometheus)")
    async with Client(gateway) as client:
        await client.subscribe("quote", "*")
        await client.subscribe("trade", "*")
        await client.collect(1)
        answer = gateway.admin("/metrics")
    equal(answer.status, 200, "status")
    expect(answer.headers["content-type"].startswith("text/plain; version=0.0.4"),
           f"content type {answer.headers['content-type']}")
    done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, timeout=30,
                          capture_output=True, check=False)
    equal((done.returncode, (done.stdout + done.stderr).decode()), (0, ""), "promtool")
    for line in answer.body.decode().splitlines():
        expect(line.startswith(("#", "tickgate_", "process_")), f"a metric of another name: {line}")


async def test_no_label_takes_a_value_from_a_client(gateway):
    word = "zzmarkzz"
    async with Client(gateway, extra_headers={"X-" + word: word, "User-Agent": word}) as client:
        await client.ask(op=word, id=word)
        await client.ask(op="subscribe", channel=word, symbols=[f"{word}:*"])
        await client.ask(op="subscribe", channel="quote", symbols=[f"SIM:{word}"])
        gateway.public("/" + word)
        gateway.admin("/" + word)
        expect(word not in gateway.admin("/metrics").body.decode().lower(), f"{word} in /metrics")


async def test_every_connection_is_counted_in_and_out(gateway):
    def sums():
        return [gateway.metric(name) or 0 for name in
                ("tickgate_connections", "tickgate_connections_opened_total",
                 "tickgate_client_disconnects_total", "tickgate_subscriptions")]

    await eventually(lambda: sums()[0] == 0, "no connection left over from other tests")
    _, opened, ended, _ = sums()
    clients = [Client(gateway) for _ in range(5)]
    for client in clients:
        await client.__aenter__()
        await client.subscribe("quote", "SIM:BTC-USD", "SIM:ETH-USD")
    await eventually(lambda: sums() == [5, opened + 5, ended, 10],
                     f"5 open with 10 subscriptions; now {sums()}")
    for client in clients[:3]:
        await client.leave()
    clients[3].socket.transport.abort()
    clients[4].socket.transport.close()
    await together(*(client.socket.wait_closed() for client in clients))
    await eventually(lambda: sums() == [0, opened + 5, ended + 5, 0],
                     f"all ended, each once; now {sums()}")
