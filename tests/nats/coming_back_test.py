# SPDX-License-Identifier: Apache-2.0
"""`from` means the same on every edge: who goes from one to another misses no trade and has none twice."""

import asyncio

import pytest

import venue_words
from client import Client
from harness import equal, expect
from tier import edge, fresh_prefix, ingest, processes, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Witness

MOVES = 50


@pytest.fixture(scope="module")
def edges(binary, broker):
    prefix = fresh_prefix()
    with Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        both = [edge(binary, prefix, broker, name=f"edge-{number}") for number in (1, 2)]
        with processes(source, *both):
            yield [one.gateway for one in both], [venue.symbol(pair) for pair in (A, B)]


async def test_a_client_that_moves_fifty_times_misses_nothing(edges):
    gateways, symbols = edges
    async with Witness(*gateways, wishes=[("trade", {}), ("quote", {})]) as witness:
        await witness.all_live(len(symbols))
        await witness.wait(lambda: set(witness.trades) == set(symbols), "trades of each")
        for number in range(MOVES):
            await witness.move()
            await asyncio.sleep(0.05 * (number % 5))
        await witness.goes_on()
    equal(witness.moves, MOVES, "moves")
    equal(len(witness.epochs), 1, "epochs")
    witness.no_trade_twice_or_lost()
    witness.every_id_once()


async def test_who_was_away_has_what_was_traded_meanwhile(edges):
    gateways, symbols = edges
    async with Witness(*gateways, wishes=[("trade", {})]) as witness:
        await witness.wait(lambda: set(witness.trades) == set(symbols), "trades of each")
        witness.gateways = [gateways[1]]
        witness.subscribed.clear()
        witness.task.cancel()
        await asyncio.gather(witness.task, return_exceptions=True)
        await asyncio.sleep(3)
        witness.task = asyncio.ensure_future(witness.run())
        await witness.wait(witness.subscribed.is_set, "served by the other")
        await witness.goes_on()
    witness.no_trade_twice_or_lost()
    witness.every_id_once()


async def test_a_new_edge_has_the_trades_of_before_it_began(binary, broker):
    prefix = fresh_prefix()
    with Venue(venue_words.Kraken, A) as venue:
        symbol = venue.symbol(A)
        source, old = ingest(binary, prefix, broker, feeds=[venue_feed(venue, **TIMES)]), edge(binary, prefix, broker)
        with processes(source, old):
            async with Witness(old.gateway, wishes=[("trade", {})]) as witness:
                await witness.wait(lambda: len(witness.trades.get(symbol, ())) > 5, "some trades")
                await asyncio.sleep(1)
                fresh = edge(binary, prefix, broker, name="fresh")
                with processes(fresh):
                    async with Client(fresh.gateway) as client:
                        begin = witness.trades[symbol][1]
                        ask = {"op": "subscribe", "channel": "trade", "symbols": [symbol],
                               "from": {"epoch": witness.epochs[-1], "seq": {symbol: begin["seq"]}}}
                        await client.ask(**ask)
                        known = {one["seq"]: one.one for one in witness.trades[symbol]}
                        for seq in range(begin["seq"] + 1, max(known) + 1):
                            one, _ = await client.until(lambda one: one["type"] in ("trade", "gap"), "a trade")
                            equal(one, known[seq], "of before")


async def test_what_is_too_old_for_an_edge_is_said(binary, broker):
    prefix = fresh_prefix()
    with Venue(venue_words.Kraken, A) as venue:
        symbol = venue.symbol(A)
        source = ingest(binary, prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, prefix, broker, limits={"trades_kept": 16})
        with processes(source, served):
            async with Witness(served.gateway, wishes=[("trade", {})]) as witness:
                await witness.wait(lambda: len(witness.trades.get(symbol, ())) > 25, "more than are kept", 20)
                seen = witness.trades[symbol][0]
                async with Client(served.gateway) as client:
                    await client.ask(op="subscribe", channel="trade", symbols=[symbol],
                                     **{"from": {"epoch": witness.epochs[-1], "seq": {symbol: seen["seq"]}}})
                    gap, _ = await client.until(lambda one: one["type"] == "gap", "a gap")
                    equal((gap["reason"], gap["from"]), ("too_old", seen["seq"] + 1), f"{gap}")
                    expect(gap["to"] >= gap["from"], f"{gap}")
