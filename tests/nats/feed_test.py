# SPDX-License-Identifier: Apache-2.0
"""Any client of NATS can read the feed: a hundred lines of Python do, and what they read is what the
documents say."""

import asyncio
import json

import pytest

import venue_words
from client import KEYS, check_shape
from harness import equal, eventually, expect
from nats_client import Nats, token
from tier import MARKET, Names, fresh_prefix, ingest, processes, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Tap

VALUES = ("quote", "trade", "book", "ticker", "bar", "status")


@pytest.fixture(scope="module")
def feed(binary, broker):
    names = Names(fresh_prefix())
    with Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, names.prefix, broker, feeds=[*MARKET, venue_feed(venue, **TIMES)],
                        publish={"bars": ["1s", "1m"]})
        with processes(source):
            yield names, source, venue


def of_the_protocol(one):
    """The members that a client is sent."""
    more = {"note", "delayed_s", "corrected", "complete", "since", "bid_venue", "ask_venue", "crossed"}
    return {key: value for key, value in one.items()
            if key in KEYS[one["type"]] | {"type", "symbol"} | (more if one["type"] != "status" else {"note"})}


async def test_every_payload_is_the_object_of_the_protocol_with_epoch_and_fence_behind(feed, broker):
    names, _, _ = feed
    async with Nats(broker.url) as nats:
        tap = Tap(nats, names)
        await nats.flush()
        await asyncio.sleep(6)
        tap.check()
        kinds, epochs, fences = {}, set(), set()
        for message in tap.messages:
            text, one = message.payload.decode(), message.json()
            words = message.subject.removeprefix(f"{names.prefix}.").split(".")
            if words[0] in ("ask", "want"):
                continue
            kinds[one["type"]] = kinds.get(one["type"], 0) + 1
            expect(text.endswith(f',"epoch":"{one["epoch"]}","fence":{one["fence"]}}}'), f"its end: {text}")
            epochs.add(one["epoch"])
            fences.add(one["fence"])
            if one["type"] not in VALUES:
                continue
            venue, _, pair = one["symbol"].partition(":")
            tail = [one["interval"]] if one["type"] == "bar" else []
            equal(words, [one["type"], token(venue), token(pair), *tail], "the subject")
            check_shape(of_the_protocol(one))
        expect(set(VALUES) | {"heartbeat", "venues"} <= set(kinds) | {"status"}, f"{kinds}")
        equal((len(epochs), len(fences)), (1, 1), "epochs and fences")
        expect(kinds["heartbeat"] >= 16, f"four a second: {kinds}")
        expect(4 <= kinds["venues"] <= 8, f"one a second: {kinds}")


async def test_last_values_are_read_and_followed_without_a_hole(feed, broker):
    """As it is recommended to anybody: subscribe, get what is stored, and once more; the greater number wins."""
    names, _, venue = feed
    subject = names.subject("quote", "KRAKEN", A)
    async with Nats(broker.url) as nats:
        live = nats.subscribe(subject)
        await nats.flush()
        first = (await nats.stored(names.last, subject)).json()
        await asyncio.sleep(0.25)
        second = (await nats.stored(names.last, subject)).json()
        expect(second["seq"] >= first["seq"], "back")
        await eventually(lambda: live and live[-1].json()["seq"] > second["seq"], "live")
        expect(venue[A].seconds_old(live[-1].json()["bid"]) < 1, "old")


async def test_the_stream_of_trades_has_each_once_in_order(feed, broker):
    names, _, venue = feed
    async with Nats(broker.url) as nats:
        await asyncio.sleep(2)
        for pair in (A, B):
            kept = [json.loads(payload) for _, _, payload in
                    await nats.all_stored(names.trades, names.subject("trade", "KRAKEN", pair))]
            trades = [one for one in kept if one["type"] == "trade"]
            expect(len(trades) > 5, f"{kept}")
            equal([one["seq"] for one in trades], list(range(trades[0]["seq"], trades[0]["seq"] + len(trades))), "seq")
            ids = [int(one["id"]) for one in trades]
            equal(ids, list(range(ids[0], ids[0] + len(ids))), f"ids at {venue.symbol(pair)}")


async def test_instruments_and_states_are_stored(feed, broker):
    names, _, _ = feed
    async with Nats(broker.url) as nats:
        found = [json.loads(payload) for _, _, payload in
                 await nats.all_stored(names.last, names.subject("instrument", ">"))]
        equal({one["symbol"] for one in found} >= {"SIM:BTC-USD", f"KRAKEN:{A}", f"KRAKEN:{B}"}, True, f"{found}")
        one = next(one for one in found if one["symbol"] == f"KRAKEN:{A}")
        base, _, quote = A.partition("-")
        equal((one["venue"], one["base"], one["quote"], one["removed"]), ("kraken", base, quote, False), "one")
        for _, _, payload in await nats.all_stored(names.last, names.subject("status", ">")):
            equal(json.loads(payload)["state"], "live", "a state")


async def test_a_book_and_bars_are_asked_for(feed, broker):
    names, _, venue = feed
    async with Nats(broker.url) as nats:
        ask = json.dumps({"symbol": venue.symbol(A), "depth": 1000})
        book = (await nats.request(names.subject("ask", "book"), ask)).json()
        equal((book["type"], len(book["bids"])), ("book", len(venue[A].depth()[0])), f"{book}")
        ask = json.dumps({"symbol": "SIM:NONE", "depth": 5})
        refused = (await nats.request(names.subject("ask", "book"), ask)).json()
        equal(refused["type"], "error", f"{refused}")
        ask = json.dumps({"symbol": "SIM:BTC-USD", "interval": "1m"})
        bars = (await nats.request(names.subject("ask", "bars"), ask)).json()["bars"]
        starts = [bar["start"] for bar in bars]
        equal(starts, sorted(set(starts)), "oldest first")
        expect(len(bars) > 100 and all(bar["closed"] for bar in bars[:-1]), f"{len(bars)} bars")


async def test_what_is_no_question_is_answered_or_passed_over_and_harms_nothing(feed, broker):
    names, source, _ = feed
    async with Nats(broker.url) as nats:
        for payload in (b"", b"{", b"[]", b"null", b'{"symbol":7}', b'{"symbol":"' + b"x" * 100_000 + b'"}',
                        b'{"symbol":"SIM:BTC-USD","depth":-1}', b'{"symbol":"SIM:BTC-USD","interval":"2m"}',
                        b"\xff\xfe"):
            for what in ("book", "bars"):
                nats.publish(names.subject("ask", what), payload, reply="_INBOX.nobody")
                nats.publish(names.subject("ask", what), payload)
            nats.publish(names.subject("want", "bars"), payload)
        await nats.flush()
        ask = json.dumps({"symbol": "SIM:BTC-USD", "depth": 5})
        equal((await nats.request(names.subject("ask", "book"), ask)).json()["type"], "book", "still there")
    expect(source.leads, "it leads")
