# SPDX-License-Identifier: Apache-2.0
"""Bars of the demo's market as clients get them: their past, their changes, each end once."""

import json
import re
import time

from client import BAR_SECONDS, Client, check_history
from harness import ROOT, Gateway, equal, eventually, expect


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 500)


def is_bar(message, symbol="SIM:BTC-USD", interval="1s"):
    return (message["type"], message.get("symbol"), message.get("interval")) == \
        ("bar", symbol, interval)


async def history_of(client, symbol, interval):
    """-> all rows, once the last object has come; no bar of the series comes before"""
    rows = []
    while True:
        message, passed = await client.until(
            lambda one: one["type"] in ("bar_history", "bar") and one["symbol"] == symbol
            and one["interval"] == interval, f"the history of {symbol} {interval}", seconds=20)
        equal(message["type"], "bar_history", f"before its history: {message}")
        check_history(message)
        rows += message["bars"]
        if message.get("open"):
            starts = [row[0] for row in rows]
            equal(starts, sorted(set(starts)), "rows over all objects")
            return rows


async def test_history_comes_first_and_then_every_end_once(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("bar", "SIM:BTC-USD", interval="1s", history=300)
        equal(answer["interval"], "1s", f"acknowledgement {answer}")
        rows = await history_of(client, "SIM:BTC-USD", "1s")
        expect(len(rows) <= 301, f"{len(rows)} rows")
        ends, deadline = [], time.monotonic() + 8
        while time.monotonic() < deadline:
            message = await client.receive(1)
            if message is not None and is_bar(message) and message["closed"]:
                ends.append(message["start"])
        expect(len(ends) >= 4, f"ends within 8 s: {ends}")
        equal(ends, sorted(set(ends)), "each once, in order")
        expect(ends[0] <= rows[-1][0] + 2 * 10**6, f"joined: {rows[-1]} and {ends[0]}")


async def test_every_second_with_a_trade_has_its_bar(gateway):
    """By the trades of the same connection; a second without one has none."""
    async with Client(gateway) as client:
        await client.subscribe("trade", "SIM:BTC-USD")
        await client.subscribe("bar", "SIM:BTC-USD", interval="1s")
        traded, bars, deadline = {}, {}, time.monotonic() + 8
        while time.monotonic() < deadline:
            message = await client.receive(1)
            if message is not None and message["type"] == "trade":
                traded.setdefault(message["time"] // 10**6, []).append(message["price"])
            elif message is not None and is_bar(message):
                if message["closed"]:
                    expect(message["start"] // 10**6 not in bars, f"closed twice: {message}")
                if message["closed"] or message.get("corrected"):
                    bars[message["start"] // 10**6] = message
        whole = [second for second in sorted(traded)[1:] if second <= max(bars)]
        expect(len(whole) >= 4, f"seconds seen from their beginning: {whole}")
        for second in whole:
            prices, bar = traded[second], bars.get(second)
            expect(bar is not None, f"no bar of {second}, with {len(prices)} trades")
            equal((bar["trades"], bar["open"], bar["close"]), (len(prices), prices[0], prices[-1]),
                  f"trades, open and close of {bar}")
        equal([second for second in bars if second > whole[0] and second not in traded], [],
              "bars without a trade")


async def test_the_transcript_in_the_readme(gateway):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    request = json.loads(re.search(r'^> (\{.*"channel":"bar".*\})$', text, re.M)[1])
    shown = text[text.index('"type":"subscribed","id":2,"channel":"bar"'):]
    async with Client(gateway) as client:
        await client.send(**request)
        messages = {}
        while "bar" not in messages:
            message = await client.receive()
            messages.setdefault(message["type"], message)
    equal(list(messages), ["subscribed", "status", "bar_history", "bar"], "what comes, in order")
    equal(len(messages["bar_history"]["bars"]), request["history"] + 1, "bars of the history")
    for kind, message in messages.items():
        example = json.loads(re.search(r'\{"type":"' + kind + r'".*?\}(?=\]?,?$)', "{" + shown, re.M)[0])
        message.pop("note", None)
        equal(list(message), list(example), f"keys of {kind}")


async def test_several_intervals_of_one_symbol(gateway):
    async with Client(gateway) as client:
        for interval in BAR_SECONDS:
            await client.subscribe("bar", "SIM:BTC-USD", interval=interval, history=10)
        for interval in BAR_SECONDS:
            await client.unsubscribe("bar", "SIM:BTC-USD", interval=interval) \
                if interval not in ("1s", "1d") else None
        listed, _ = await client.ask(op="list")
        equal(sorted(entry["interval"] for entry in listed["subscriptions"]), ["1d", "1s"], "held")
        for interval in ("1s", "1d"):
            await client.until(lambda one, wanted=interval: is_bar(one, interval=wanted),
                               f"a bar of {interval}", seconds=15)
        await client.unsubscribe("bar", "*")
        listed, _ = await client.ask(op="list")
        equal(listed["subscriptions"], [], "held")


async def test_history_of_all_symbols_goes_in_frames(gateway):
    async with Client(gateway) as client:
        for interval in BAR_SECONDS:  # what is held comes at once, before the next answer
            await client.send(op="subscribe", id=interval, channel="bar", symbols=["*"],
                              interval=interval, history=1000)
        seen, deadline = set(), time.monotonic() + 50  # a quiet symbol may have no open bar
        symbols = len({one["symbol"] for one in json.loads(gateway.public("/v1/instruments").body)
                       if not one["symbol"].startswith("BEST:")})
        while len(seen) < symbols * len(BAR_SECONDS):
            expect(time.monotonic() < deadline, f"histories: {len(seen)} of {symbols}, seven times")
            message = await client.receive(10)
            expect(message is not None, f"silence after {len(seen)}")
            if message["type"] == "bar_history":
                seen.add((message["symbol"], message["interval"]))


async def test_snapshot_of_the_open_bar(gateway):
    def ask(more):
        return gateway.public(f"/v1/snapshot?channel=bar&symbols=SIM:BTC-USD{more}")

    def bars():
        return [one for one in json.loads(ask("&interval=1m").body) if one["type"] == "bar"]
    equal(ask("").status, 400, "no interval")
    equal(json.loads(ask("&interval=3m").body)["code"], "unknown_interval", "none that there is")
    await eventually(lambda: len(bars()) == 1, "the open bar")
    equal((bars()[0]["symbol"], bars()[0]["interval"]), ("SIM:BTC-USD", "1m"), "what it is of")


async def test_metrics_of_bars(gateway):
    async with Client(gateway) as client:
        await client.subscribe("bar", "SIM:BTC-USD", interval="5m", history=5)
        await history_of(client, "SIM:BTC-USD", "5m")
        # Gauges are set ten times a second.
        await eventually(lambda: gateway.metric("tickgate_subscriptions", channel="bar") == 1,
                         "the subscription, counted")
        expect(gateway.metric("tickgate_bar_series") >= 1, "series held")
        expect(gateway.metric("tickgate_bar_series_asked_total") >= 1, "series asked for")
        expect(gateway.metric("tickgate_messages_sent_total", channel="bar") >= 1, "sent")
