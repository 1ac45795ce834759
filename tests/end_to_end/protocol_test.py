# SPDX-License-Identifier: Apache-2.0
"""Requests and answers of schemas/protocol.md, against the demo's market."""

import contextlib
import time

import websockets

from client import Client
from harness import Gateway, equal, expect

SYMBOLS = 24


def start(binary):
    return Gateway.demo(binary, "--seed", 42, "--symbols", SYMBOLS, "--rate", 2000)


def error(answer, code):
    equal((answer["type"], answer.get("code")), ("error", code), f"answer {answer}")
    expect(answer.get("message"), f"no message for people: {answer}")
    equal(answer.get("fatal"), False, f"fatal of {answer}")


async def test_the_acknowledgement_comes_first_and_names_every_symbol(gateway):
    async with Client(gateway) as client:
        await client.send(op="subscribe", id="q-1", channel="quote", symbols=["SIM:*"])
        first = await client.receive()
        equal(first["type"], "subscribed", "the first object")
        equal((first["id"], first["channel"], first["rejected"], first["interval_ms"]),
              ("q-1", "quote", [], 0), f"acknowledgement {first}")
        equal(len(set(first["accepted"])), SYMBOLS, "symbols accepted")
        expect(all(name.startswith("SIM:") for name in first["accepted"]), f"symbols: {first}")
        expect(isinstance(first["epoch"], str) and first["epoch"], f"epoch: {first}")


async def test_every_symbol_has_its_status_and_its_value_at_once(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:*")
        missing = {(kind, name) for kind in ("status", "quote") for name in answer["accepted"]}
        for message in await client.collect(2):
            key = (message["type"], message.get("symbol"))
            if key[0] == "quote":
                expect(("status", key[1]) not in missing, f"a quote before its status: {message}")
            if key[0] == "status":
                equal(message["state"], "live", f"state of {message}")
            missing.discard(key)
        expect(not missing, f"2 s after the acknowledgement still missing: {sorted(missing)[:10]}")


async def test_quotes_flow_for_every_symbol_and_their_sequence_grows(gateway):
    async with Client(gateway) as client:  # Promises holds seq, decimals, bid < ask
        answer = await client.subscribe("quote", "*")
        counts = dict.fromkeys(answer["accepted"], 0)
        for message in await client.collect(5):
            if message["type"] == "quote":
                counts[message["symbol"]] += 1
        expect(min(counts.values()) >= 2, f"updates in 5 s: {counts}")


async def test_after_unsubscribing_nothing_more_comes(gateway):
    async with Client(gateway) as client:
        await client.subscribe("quote", "SIM:*")
        await client.until(lambda message: message["type"] == "quote", "a quote")
        answer = await client.unsubscribe("quote", "SIM:*")
        equal(len(answer["accepted"]), SYMBOLS, "symbols unsubscribed")
        # Any quote behind the acknowledgement breaks a promise and fails in Promises.
        rest = await client.collect(1)
        equal([message for message in rest if message["type"] != "heartbeat"], [], "after it came")


async def test_unsubscribing_one_leaves_the_others(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:*")
        gone = answer["accepted"][0]
        equal((await client.unsubscribe("quote", gone))["accepted"], [gone], "unsubscribed")
        seen = {message["symbol"] for message in await client.collect(3)
                if message["type"] == "quote"}
        equal(seen, set(answer["accepted"]) - {gone}, "symbols that go on")


async def test_unsubscribing_what_was_never_subscribed_is_answered(gateway):
    async with Client(gateway) as client:
        answer = await client.unsubscribe("quote", "SIM:BTC-USD")
        equal(answer["accepted"], [], "accepted")
        equal([(one["symbol"], one["code"]) for one in answer["rejected"]],
              [("SIM:BTC-USD", "not_subscribed")], "rejected")


async def test_subscribing_twice_gives_one_stream(gateway):
    async with Client(gateway) as client:
        await client.subscribe("trade", "SIM:BTC-USD")
        await client.subscribe("trade", "SIM:BTC-USD")
        trades = [message["id"] for message in await client.collect(3)
                  if message["type"] == "trade"]
        # The second acknowledgement may repeat the last trade, and nothing else twice.
        expect(len(trades) > 2 and len(trades) - len(set(trades)) <= 1, f"trades: {trades}")


async def test_list_tells_what_was_subscribed(gateway):
    async with Client(gateway) as client:
        await client.subscribe("quote", "SIM:BTC-USD", "SIM:ETH-USD", interval_ms=250)
        await client.subscribe("book", "SIM:BTC-USD", depth=5)
        await client.subscribe("ticker", "*:BTC-USD")
        answer, _ = await client.ask(op="list")
        equal(answer["type"], "list", "answer")
        found = {(entry["channel"], entry["interval_ms"], entry.get("depth"), symbol)
                 for entry in answer["subscriptions"] for symbol in entry["symbols"]}
        equal(found, {("quote", 250, None, "SIM:BTC-USD"), ("quote", 250, None, "SIM:ETH-USD"),
                      ("book", 0, 5, "SIM:BTC-USD"), ("ticker", 0, None, "SIM:BTC-USD")},
              "subscriptions")
        expect(any("*:BTC-USD" in str(pattern) for pattern in answer["patterns"]),
               f"patterns: {answer['patterns']}")


async def test_ping_is_answered_with_its_echo(gateway):
    async with Client(gateway) as client:
        for echo in ("any text", "", "quotes \" and \\ and \u00fc\u20ac\U0001f600"):
            answer, _ = await client.ask(op="ping", echo=echo)
            equal((answer["type"], answer["echo"]), ("pong", echo), "answer")


async def test_unknown_symbols_are_rejected_one_by_one(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:BTC-USD", "SIM:NOPE-USD", "KRAKEN:BTC-USD")
        equal(answer["accepted"], ["SIM:BTC-USD"], "accepted")
        equal(sorted((item["symbol"], item["code"]) for item in answer["rejected"]),
              [("KRAKEN:BTC-USD", "unknown_symbol"), ("SIM:NOPE-USD", "unknown_symbol")],
              "rejected")


async def test_bars_of_no_interval_are_refused(gateway):
    async with Client(gateway) as client:
        for more, code in (({}, "bad_request"), ({"interval": "2m"}, "unknown_interval"),
                           ({"interval": "1m", "history": 1001}, "bad_request")):
            answer, _ = await client.ask(op="subscribe", channel="bar", symbols=["SIM:BTC-USD"],
                                         **more)
            error(answer, code)


async def test_bad_requests_are_answered_and_the_connection_stays(gateway):
    async with Client(gateway) as client:
        for request, code in (
                ({"op": "subscribe", "channel": "qoute", "symbols": ["SIM:*"]}, "bad_request"),
                ({"op": "subscribe", "channel": 7, "symbols": ["SIM:*"]}, "bad_request"),
                ({"op": "subscribe", "symbols": ["SIM:*"]}, "bad_request"),
                ({"op": "subscribe", "channel": "quote"}, "bad_request"),
                ({"op": "subscribe", "channel": "quote", "symbols": "SIM:*"}, "bad_request"),
                ({"op": "subscribe", "channel": "quote", "symbols": [1]}, "bad_request"),
                ({"op": "subscribe", "channel": "quote", "symbols": ["SIM:*"],
                  "interval_ms": -1}, "bad_request"),
                ({"op": "subscribe", "channel": "book", "symbols": ["SIM:*"],
                  "depth": 0}, "bad_request"),
                ({"op": "subscribe", "channel": "book", "symbols": ["SIM:*"],
                  "depth": "ten"}, "bad_request"),
                ({"op": "dance"}, "unknown_op"),
                ({}, "bad_request")):
            answer, _ = await client.ask(**request)
            error(answer, code)
        equal((await client.ask(op="ping", echo="still here"))[0]["type"], "pong", "answer")


async def test_what_is_not_json_is_a_bad_request_without_an_id(gateway):
    async with Client(gateway) as client:
        for text in ("oops", "[]", '{"op":', '"ping"', "[" * 20000, '{"op":"ping","id":1e999}',
                     '{"op":"ping","id":{}}', "9" * 5000):
            await client.socket.send(text)
            answer, _ = await client.until(lambda message: message["type"] == "error",
                                           f"an error for {text[:30]!r}")
            error(answer, "bad_request")
            expect(text[:30] not in str(answer) or len(text) < 30, f"input echoed: {answer}")


async def test_too_many_bad_requests_end_with_4400(gateway):
    async with Client(gateway) as client:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(60):
                await client.send(op="subscribe", channel="quote")
        found, code, _ = await client.closed()
        expect({message["type"] for message in found} <= {"error"}, f"came: {found[:5]}")
        equal(code, 4400, "close code")


async def test_binary_messages_end_with_1003(gateway):
    async with Client(gateway) as client:
        await client.socket.send(b"\x00\x01")
        equal((await client.closed())[1], 1003, "close code")


async def test_patterns_cover_a_venue_a_pair_or_all(gateway):
    async with Client(gateway) as client:
        equal((await client.subscribe("ticker", "*:BTC-USD"))["accepted"], ["SIM:BTC-USD"],
              "*:BTC-USD")
        equal(len((await client.subscribe("ticker", "SIM:*"))["accepted"]), SYMBOLS, "SIM:*")
        equal(len((await client.subscribe("ticker", "*"))["accepted"]), SYMBOLS, "*")
        empty, _ = await client.ask(op="subscribe", channel="ticker", symbols=["KRAKEN:*"])
        equal(empty.get("accepted", []), [], "of a venue that is not here")


async def test_books_have_the_depth_asked_for(gateway):
    for depth in (1, 2, 10, 24, 25):  # Promises holds order, and at most `depth` levels
        async with Client(gateway) as client:
            answer = await client.subscribe("book", "SIM:BTC-USD", depth=depth)
            equal(answer.get("depth", depth), depth, f"depth granted in {answer}")
            for _ in range(3):
                book, _ = await client.until(lambda message: message["type"] == "book", "a book")
                equal(book["depth"], depth, "depth")
                equal((len(book["bids"]), len(book["asks"])), (depth, depth), "levels")


async def test_a_book_may_be_changed_to_another_depth(gateway):
    async with Client(gateway) as client:
        await client.subscribe("book", "SIM:BTC-USD", depth=3)
        await client.until(lambda message: message["type"] == "book", "a book")
        await client.subscribe("book", "SIM:BTC-USD", depth=7)
        book, _ = await client.until(lambda message: message["type"] == "book", "a book")
        equal((book["depth"], len(book["bids"])), (7, 7), "after the second acknowledgement")


async def test_an_interval_is_honoured(gateway):
    interval = 400
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:*", interval_ms=interval)
        equal(answer["interval_ms"], interval, "granted")
        last, gaps = {}, []
        began = time.monotonic()
        while time.monotonic() < began + 4:
            message = await client.receive(1)
            if message and message["type"] == "quote":
                now = time.monotonic()
                if message["symbol"] in last:
                    gaps.append(now - last[message["symbol"]])
                last[message["symbol"]] = now
        expect(len(gaps) > SYMBOLS, f"only {len(gaps)} second updates in 4 s")
        # The bytes may wait on their way here, so one may come late and the next in time.
        early = [gap for gap in gaps if gap < interval * 0.5e-3]
        expect(not early, f"{len(early)} of {len(gaps)} updates after less than half the interval")
        expect(len(gaps) / SYMBOLS <= 4000 / interval + 1, f"{len(gaps)} updates in 4 s")


async def test_an_interval_may_be_changed_by_subscribing_again(gateway):
    async with Client(gateway) as client:
        await client.subscribe("quote", "SIM:BTC-USD", interval_ms=5000)
        slow = [message for message in await client.collect(1.5) if message["type"] == "quote"]
        expect(len(slow) <= 1, f"{len(slow)} quotes within an interval of 5 s")
        answer = await client.subscribe("quote", "SIM:BTC-USD", interval_ms=0)
        equal(answer["interval_ms"], 0, "granted")
        fast = [message for message in await client.collect(1.5) if message["type"] == "quote"]
        expect(len(fast) > 3, f"{len(fast)} quotes in 1.5 s without an interval")


async def test_trades_are_all_there_or_announced_as_lost(gateway):
    async with Client(gateway) as client:  # Promises holds that seq has no silent hole
        await client.subscribe("trade", "*")
        trades = [message for message in await client.collect(3) if message["type"] == "trade"]
        expect(len(trades) > 50, f"only {len(trades)} trades in 3 s")


async def test_tickers_and_statuses_have_channels_of_their_own(gateway):
    async with Client(gateway) as client:
        await client.subscribe("ticker", "SIM:BTC-USD")
        await client.until(lambda message: message["type"] == "ticker", "a ticker")
        await client.unsubscribe("ticker", "SIM:BTC-USD")
        answer = await client.subscribe("status", "*")
        equal(len(answer["accepted"]), SYMBOLS, "statuses accepted")
        await client.until(lambda message: message["type"] == "status", "a status")


async def test_an_idle_connection_has_a_heartbeat(gateway):
    async with Client(gateway) as client:
        beat, _ = await client.until(lambda message: message["type"] == "heartbeat",
                                     "a heartbeat", seconds=8)
        expect(abs(beat["time"] / 1e6 - time.time()) < 30, f"its time: {beat}")


async def test_a_flood_of_requests_is_slowed_down(gateway):
    async with Client(gateway) as client:
        for number in range(2300):  # 1,000 may come at once, and as many wait
            await client.send(op="ping", id=number, echo="")
        limited, before = await client.until(
            lambda message: message["type"] == "error", "rate_limited")
        equal(limited["code"], "rate_limited", f"answer {limited}")
        expect(limited["id"] >= 2000, f"whose it is: {limited}")
        expect(limited["retry_after_ms"] > 0, f"when to come back: {limited}")
        expect(len(before) >= 1000, f"only {len(before)} answers before it")
        await client.until(lambda message: message["type"] == "pong", "a pong")  # it goes on


async def test_a_message_too_large_ends_with_1009(gateway):
    async with Client(gateway) as client:
        await client.socket.send('{"op":"ping","id":1,"echo":"' + "x" * 270000 + '"}')
        equal((await client.closed())[1], 1009, "close code")
