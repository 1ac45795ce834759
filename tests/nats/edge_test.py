# SPDX-License-Identifier: Apache-2.0
"""What the clients of edges are sent is what the ingest published, member by member; and what they may
ask for beside the stream."""

import asyncio
import json

import pytest

import venue_words
from client import Client
from harness import equal, eventually, expect
from nats_client import Nats
from tier import MARKET, Names, edge, fresh_prefix, ingest, processes, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Tap, Witness, compact, same_object

WISHES = [("quote", {}), ("book", {}), ("trade", {}), ("ticker", {}), ("bar", {"interval": "1s"})]
SYMBOLS = 6 + 2 + 1  # of the simulator, of the venue, and the best of one pair
BEST = "BEST:BTC-USD"
NUMBERED = ("quote", "book", "trade", "ticker", "bar")


class Tier:
    """One ingest of two venues, and two edges."""

    def __init__(self, binary, broker, venue):
        self.broker, self.venue, self.names = broker, venue, Names(fresh_prefix())
        self.ingest = ingest(binary, self.names.prefix, broker, feeds=[*MARKET, venue_feed(venue, **TIMES)],
                             publish={"bars": ["1s"]})
        self.ingest.config["consolidated"] = [{"pairs": ["BTC-USD"], "venues": ["sim"]}]
        self.ingest.write()
        self.edges = [edge(binary, self.names.prefix, broker, name=f"edge-{number}") for number in (1, 2)]


@pytest.fixture(scope="module")
def tier(binary, broker):
    with Venue(venue_words.Kraken, A, B) as venue:
        made = Tier(binary, broker, venue)
        with processes(made.ingest, *made.edges):
            yield made


def key_of(one):
    return one["type"], one["symbol"], one.get("interval"), one["seq"]


def numbered(witness):
    """What the ingest gave a number. Who fell behind is told so, too, and is sent bars as rows of a history."""
    return [came for came in witness.came if came["type"] in NUMBERED]


def told(status):
    return tuple(status.get(key) for key in ("symbol", "state", "since", "reason", "note"))


async def test_every_object_is_the_one_that_was_published_with_its_numbers_and_epoch(tier):
    async with Nats(tier.broker.url) as nats:
        tap = Tap(nats, tier.names)
        await nats.flush()
        stored = await nats.all_stored(tier.names.last, tier.names.subject("status", ">"))
        async with Witness(tier.edges[0].gateway, wishes=WISHES) as first, \
                Witness(tier.edges[1].gateway, wishes=WISHES) as second:
            for witness in (first, second):
                await witness.all_live(SYMBOLS)
                await witness.goes_on(20)
        await asyncio.sleep(0.2)
        published, lowest, states = {}, {}, {told(json.loads(text)) for _, _, text in stored}
        for _, one, text in tap.objects():
            if one["type"] == "status":
                states.add(told(one))
            if one["type"] in NUMBERED:
                key = key_of(one)
                # The lease may be taken anew meanwhile, and last values are said again.
                text = text.rpartition(',"fence":')[0]
                expect(published.setdefault(key, text) == text, f"one number, two objects: {text}")
                lowest.setdefault(key[:3], key[3])
        epochs = {one["epoch"] for _, one, _ in tap.objects() if "epoch" in one}
        equal([first.epochs, second.epochs], [list(epochs)] * 2, "epochs")
        for witness in (first, second):
            witness.no_trade_twice_or_lost()
            same = {}
            for came in witness.of("status"):  # an edge numbers them itself, as it has some of its own
                expect(told(came.one) in states, f"nobody published {came.one}")
            for came in numbered(witness):
                key = key_of(came.one)
                if key not in published:  # of before we listened
                    expect(key[3] < lowest.get(key[:3], 10**18), f"nobody published {came.one}")
                    continue
                same_object(published[key], came.one)
                same[key[0]] = same.get(key[0], 0) + 1
            expect(min(same.get(kind, 0) for kind in ("quote", "book", "trade", "bar")) > 20, f"{same}")
            expect({"ticker"} <= set(same), f"{same}")
            expect(witness.of("quote", BEST), "the best of a pair")


async def test_what_two_edges_send_of_one_number_is_alike(tier):
    async with Witness(tier.edges[0].gateway) as first, Witness(tier.edges[1].gateway) as second:
        await first.goes_on(20) if first.trades else await first.all_live(SYMBOLS)
        await second.all_live(SYMBOLS)
        await asyncio.sleep(3)
    known = {key_of(one.one): compact(one.one) for one in numbered(first)}
    both = [one for one in numbered(second) if key_of(one.one) in known]
    expect(len(both) > 200, f"{len(both)} of {len(known)}")
    for one in both:
        equal(compact(one.one), known[key_of(one.one)], "of both")


async def test_instruments_are_those_of_the_ingest(tier):
    def listed(node):
        return json.loads(node.gateway.public("/v1/instruments").unpacked())
    await eventually(lambda: listed(tier.edges[0]) == listed(tier.ingest), "the same instruments")
    equal(len(listed(tier.edges[0])), SYMBOLS, "how many")
    equal({one["state"] for one in listed(tier.edges[0])}, {"live"}, "states")


async def test_venues_are_those_of_the_ingest(tier):
    def venues(node):
        return [(one["name"], one["venue"], one["state"])
                for one in json.loads(node.gateway.public("/v1/venues").unpacked())]
    await eventually(lambda: venues(tier.edges[1]) == venues(tier.ingest), "the same venues")
    equal({name for name, _, _ in venues(tier.edges[1])}, {"simulator", "kraken"}, "names")


async def test_a_whole_book_is_asked_for_at_the_ingest(tier):
    symbol, gateway = tier.venue.symbol(A), tier.edges[0].gateway
    answer = await asyncio.to_thread(gateway.public, f"/v1/book?symbol={symbol}&depth=1000")
    equal(answer.status, 200, f"a book: {answer.body[:300]}")
    book = json.loads(answer.unpacked())
    bids, asks = tier.venue[A].depth()
    equal((book["symbol"], len(book["bids"]), len(book["asks"])), (symbol, len(bids), len(asks)), "levels")
    expect(tier.venue[A].seconds_old(book["bids"][0][0]) < 2, f"old: {book}")
    answer = await asyncio.to_thread(gateway.public, f"/v1/book?symbol={symbol}&depth=3")
    equal(len(json.loads(answer.unpacked())["bids"]), 3, "of three levels")
    equal((await asyncio.to_thread(gateway.public, "/v1/book?symbol=SIM:NOT-THERE")).status, 404, "of none")


async def test_a_snapshot_has_what_nobody_follows(tier):
    gateway, symbol = tier.edges[1].gateway, tier.venue.symbol(B)

    def shown(channel):
        answer = gateway.public(f"/v1/snapshot?channel={channel}&symbols={symbol}")
        equal(answer.status, 200, f"{answer.body[:300]}")
        return {one["type"]: one for one in json.loads(answer.unpacked())}
    for channel in ("quote", "book", "ticker", "trade"):
        await eventually(lambda wanted=channel: wanted in shown(wanted), f"a {channel}")
        found = shown(channel)
        equal(found["status"]["state"], "live", "its status stands before it")
    await eventually(lambda: tier.venue[B].seconds_old(shown("quote")["quote"]["bid"]) < 1, "the newest")


async def history_of(node, symbol, interval, count):
    """-> the closed bars that a client begins with, and the live ones that follow"""
    async with Client(node.gateway) as client:
        await client.subscribe("bar", symbol, interval=interval, history=count)
        history, _ = await client.until(lambda one: one["type"] == "bar_history", "a history", 15)
        bar, _ = await client.until(lambda one: one["type"] == "bar", "a live bar", 15)
        rows = [row for row in history["bars"]]
        return (rows[:-1] if history.get("open") else rows), bar


@pytest.mark.parametrize("interval", ["1s", "1m", "5m"])
async def test_bars_have_the_past_that_the_ingest_has(tier, interval):
    symbol = "SIM:ETH-USD"
    of_edge, live = await history_of(tier.edges[0], symbol, interval, 40)
    of_ingest, _ = await history_of(tier.ingest, symbol, interval, 40)
    known = {row[0]: row for row in of_ingest}
    both = [row for row in of_edge if row[0] in known]
    expect(len(both) >= (10 if interval == "1s" else 30), f"{len(of_edge)} of {len(of_ingest)}")
    for row in both:
        equal(row, known[row[0]], "a closed bar")
    expect(live["start"] >= of_edge[-1][0], f"{live} behind {of_edge[-1]}")


async def test_an_instrument_that_the_ingest_serves_no_more_is_none_at_an_edge(binary, broker):
    names = Names(fresh_prefix())
    with Venue(venue_words.Kraken, A, B) as venue:
        feed = venue_feed(venue, **TIMES)
        source, served = ingest(binary, names.prefix, broker, feeds=[feed]), edge(binary, names.prefix, broker)
        with processes(source, served):
            async with Client(served.gateway) as client:
                await client.subscribe("quote", "*")
                await client.until(lambda one: one["type"] == "quote" and one["symbol"] == venue.symbol(B), "B")
                source.config["feeds"] = [{**feed, "symbols": [A]}]
                await source.hang_up(source.write)
                last, _ = await client.until(lambda one: one["type"] == "unsubscribed" and one["id"] is None, "gone")
                equal(last["rejected"], [{"symbol": venue.symbol(B), "code": "unknown_symbol"}], "which")
                source.config["feeds"] = [feed]
                await source.hang_up(source.write)
                await client.until(lambda one: one["type"] == "quote" and one["symbol"] == venue.symbol(B), "again", 20)
