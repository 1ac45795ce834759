# SPDX-License-Identifier: Apache-2.0
"""An edge holds of NATS what its clients want, and lets go of it after a while; who comes later is never
shown what was true when the last one left."""

import asyncio
import time

from client import Client
from harness import equal, eventually, expect
from nats_client import Nats
from tier import Names, edge, fresh_prefix, ingest, processes
from witness import Witness

LINGER = 1.0
FEED = {"linger": f"{LINGER:g}s"}
MICROS = 1_000_000
SYMBOL = "SIM:BTC-USD"
SLOW = [{"venue": "simulator", "seed": 5, "symbol_count": 200, "rate": 20, "names": "generated"}]
QUIET = [{"venue": "simulator", "seed": 5, "symbol_count": 6, "rate": 1}]


async def first_value(client, kind, symbol, seconds=5):
    found, _ = await client.until(lambda one: one["type"] == kind and one["symbol"] == symbol, f"a {kind}", seconds)
    return found


async def test_nobody_is_shown_what_was_true_when_the_last_one_left(binary, broker):
    prefix = fresh_prefix()
    served = edge(binary, prefix, broker, feed=FEED)
    with processes(ingest(binary, prefix, broker), served):
        base = served.metric("edge_subscriptions")
        for _ in range(3):
            for kind in ("quote", "book", "ticker"):
                async with Client(served.gateway) as client:
                    await client.subscribe(kind, SYMBOL)
                    asked = time.time_ns() // 1000
                    first = await first_value(client, kind, SYMBOL)
                    # Of tickers there is one a second.
                    expect(first["received"] > asked - (1.5 if kind == "ticker" else 0.5) * MICROS,
                           f"{(asked - first['received']) / MICROS} s old: {first}")
                    expect(served.metric("edge_subscriptions") > base, "it is followed")
            await eventually(lambda: served.metric("edge_subscriptions") == base, "let go of", LINGER + 5)
            await asyncio.sleep(1)


async def test_who_comes_back_within_the_linger_time_finds_it_followed(binary, broker):
    prefix = fresh_prefix()
    served = edge(binary, prefix, broker, feed={"linger": "30s"})
    with processes(ingest(binary, prefix, broker), served):
        async with Client(served.gateway) as client:
            await client.subscribe("quote", SYMBOL)
            await first_value(client, "quote", SYMBOL)
            held = served.metric("edge_subscriptions")
        await asyncio.sleep(1)
        equal(served.metric("edge_subscriptions"), held, "still followed")
        async with Client(served.gateway) as client:
            await client.subscribe("quote", SYMBOL)
            asked = time.time_ns() // 1000
            first = await first_value(client, "quote", SYMBOL)
            expect(first["received"] > asked - MICROS // 2, f"old: {first}")


async def test_a_value_that_does_not_change_is_there_at_once(binary, broker):
    """From the stream of last values: the next tick of the symbol is seconds away."""
    prefix = fresh_prefix()
    served = edge(binary, prefix, broker, feed=FEED)
    with processes(ingest(binary, prefix, broker, feeds=QUIET), served):
        began = time.monotonic()
        async with Client(served.gateway) as client:
            await client.subscribe("quote", "*")
            seen = set()
            while len(seen) < 6:
                one, _ = await client.until(lambda one: one["type"] == "quote", "a quote", 3)
                seen.add(one["symbol"])
        expect(time.monotonic() - began < 3, "waited for the market")


async def test_a_pattern_of_many_is_a_wildcard_and_has_every_last_value(binary, broker):
    prefix = fresh_prefix()
    served = edge(binary, prefix, broker, feed=FEED)
    with processes(ingest(binary, prefix, broker, feeds=SLOW), served):
        await eventually(lambda: served.metric("edge_instruments") == 201, "all instruments")  # with SIM:QUIET
        base = served.metric("edge_subscriptions")
        async with Witness(served.gateway, wishes=[("quote", {})]) as all_of_it, Client(served.gateway) as one:
            await one.subscribe("quote", "SIM:S0007-USD")
            await first_value(one, "quote", "SIM:S0007-USD")
            await all_of_it.wait(lambda: len({came["symbol"] for came in all_of_it.of("quote")}) >= 200,
                                 "all values", 5)
            expect(served.metric("edge_subscriptions") - base < 20, "one by one")
            equal(served.metric("edge_bad_messages_total"), 0, "what could not be read")


async def test_symbols_that_an_edge_leaves_out_are_not_there(binary, broker):
    prefix = fresh_prefix()
    served = edge(binary, prefix, broker, feed={"symbols": ["SIM:BTC-USD", "*:ETH-USD"]})
    with processes(ingest(binary, prefix, broker), served):
        async with Client(served.gateway) as client:
            answer = await client.subscribe("quote", "*")
            equal(sorted(answer["accepted"]), ["SIM:BTC-USD", "SIM:ETH-USD"], "served")


async def test_the_streams_are_as_they_are_documented(binary, broker):
    names = Names(fresh_prefix())
    with processes(ingest(binary, names.prefix, broker)):
        async with Nats(broker.url) as nats:
            last, trades = await nats.stream(names.last), await nats.stream(names.trades)
            equal((last["config"]["storage"], last["config"]["max_msgs_per_subject"], last["config"]["allow_direct"]),
                  ("memory", 1, True), "last values")
            equal((trades["config"]["max_age"], trades["config"]["max_bytes"], trades["config"]["allow_direct"]),
                  (300 * 10**9, 16 << 20, True), "trades")
            deadline = time.monotonic() + 10  # it may be ready before it leads
            while (bucket := await nats.stream(names.bucket)) is None:
                expect(time.monotonic() < deadline, "no bucket of the lease")
                await asyncio.sleep(0.05)
            equal((bucket["config"]["storage"], bucket["config"]["max_age"]), ("file", 1500 * 10**6), "the lease")
