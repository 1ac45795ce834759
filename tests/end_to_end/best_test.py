# SPDX-License-Identifier: Apache-2.0
"""The best price over several venues: what is in it, and who leaves it when."""

import json
import re
import time

import pytest
import websockets

import contract
import venue_words
from client import Client
from harness import Gateway, eventually, expect
from still_feeds_test import stopped_thread
from venue import Venue
from watching import A, TIMES

BEST = f"BEST:{A}"
BOTH = "- pairs: ['*-USD']\n"


async def frames(gateway, *symbols):
    """Each frame of a stream of these symbols' quotes, as an array of objects."""
    async with websockets.connect(gateway.stream_url, max_size=None) as socket:
        await socket.send(json.dumps(
            {"op": "subscribe", "id": 1, "channel": "quote", "symbols": list(symbols)}))
        while True:
            frame = json.loads(await socket.recv())
            contract.check_frame(frame)
            yield frame


def venues_of(quote):
    return {quote["bid_venue"], quote["ask_venue"]} - {None}


def is_status(message, symbol, state):
    return (message["type"], message.get("symbol"), message.get("state")) == ("status", symbol, state)


async def until_gone(gateway, symbol, trouble, learned=0.0):
    """Reads until this venue's symbol is no more live, which `trouble` brings about, and some frames
    on. From that frame on, until it is live again, no quote may be the newest that names it."""
    venue, newest, begun, gone = symbol.split(":")[0].lower(), None, 0.0, 0
    async for frame in frames(gateway, BEST, symbol):
        for message in frame:
            if message["type"] == "quote" and message["symbol"] == BEST:
                newest = message
            if begun and message["type"] == "status" and message["symbol"] == symbol:
                if message["state"] == "live" and gone:
                    return newest
                gone = max(gone, int(message["state"] != "live"))
        named = newest is not None and venue in venues_of(newest)
        begun = begun or time.monotonic()
        if trouble is not None and named and time.monotonic() - begun > learned:
            trouble()
            trouble = None
        if gone:
            expect(not named, f"{venue} is still in it: {newest}")
            gone += 1
        if gone > 20:
            return newest


async def test_a_venue_that_goes_stale_has_left_within_the_same_frame(binary):
    with Venue(venue_words.Kraken, A) as kraken, Venue(venue_words.Coinbase, A) as coinbase:
        with Gateway.serve(binary, kraken.feed(**TIMES) + coinbase.feed(**TIMES),
                           consolidated=BOTH) as gateway:
            newest = await until_gone(gateway, coinbase.symbol(A), lambda: coinbase.MUTE.update(
                (kind, A) for kind in ("book", "quote", "trade", "ticker")), learned=11)
            expect(venues_of(newest) == {"kraken"}, f"{newest}")


@pytest.mark.parametrize("threads", [1, 2])
async def test_a_venue_that_is_cut_has_left_within_the_same_frame(binary, threads):
    with Venue(venue_words.Kraken, A) as kraken, Venue(venue_words.Coinbase, A) as coinbase:
        with Gateway.serve(binary, kraken.feed(**TIMES) + coinbase.feed(**TIMES),
                           server=f"feed_threads: {threads}\n", consolidated=BOTH) as gateway:
            # That of the thread that consolidates.
            await until_gone(gateway, kraken.symbol(A), kraken.hang_up)
            async with Client(gateway) as client:
                await client.subscribe("quote", BEST)
                await client.until(lambda it: it["type"] == "status"
                                   and it.get("note") == "kraken, coinbase", "both", seconds=30)
                coinbase.hang_up()
                status, _ = await client.until(lambda it: it["type"] == "status"
                                               and it.get("note") == "kraken", "one", seconds=10)
                expect(status["state"] == "live" and "coinbase" in status["reason"], f"{status}")
                kraken.STATUS[A] = venue_words.Kraken.halted
                kraken.words.tell_status(kraken)
                await client.until(lambda it: it["type"] == "status"
                                   and "kraken halted" in it["reason"], "halted", seconds=10)


async def test_over_several_threads_all_that_asks_of_feeds_works(binary):
    with Venue(venue_words.Kraken, A) as kraken, Venue(venue_words.Coinbase, A) as coinbase:
        with Gateway.serve(binary, kraken.feed(**TIMES) + coinbase.feed(**TIMES),
                           server="feed_threads: 2\n", consolidated=BOTH) as gateway:
            names = [one["feed"] for one in json.loads(gateway.admin("/v1/feeds").body)]
            expect(names == ["kraken", "coinbase"], f"/v1/feeds: {names}")
            for venue in (kraken, coinbase):
                await eventually(lambda: gateway.public(
                    f"/v1/book?symbol={venue.symbol(A)}").status == 200, f"{venue.symbol(A)}: book")
            async with Client(gateway) as client:
                await client.subscribe("quote", "BEST:*", f"*:{A}")
                await client.until(lambda it: it["type"] == "status"
                                   and it.get("note") == "kraken, coinbase", "both", seconds=30)
                # The other thread cannot say that what it said is old.
                with stopped_thread(gateway.process, "feeds-1"):
                    began = time.monotonic()
                    status, _ = await client.until(
                        lambda it: it["type"] == "status" and it.get("symbol") == BEST
                        and "stands still" in it["reason"], "taken out", seconds=5)
                    expect(time.monotonic() - began < 3, "said late")
                    expect(status["note"] == "kraken", f"{status}")
                    quotes, _ = await client.until(
                        lambda it: it["type"] == "quote" and it["symbol"] == BEST, "a quote")
                    expect(venues_of(quotes) == {"kraken"}, f"{quotes}")
                    await eventually(lambda: gateway.admin("/readyz").status == 503, "not ready")
                await client.until(lambda it: it["type"] == "status" and it.get("symbol") == BEST
                                   and it.get("note") == "kraken, coinbase", "both again", seconds=30)
                with stopped_thread(gateway.process, "feeds"):
                    await client.until(lambda it: is_status(it, BEST, "stale"), "stale", seconds=5)
                await client.until(lambda it: is_status(it, BEST, "live"), "live", seconds=30)


async def test_the_demo_has_best_prices_of_three_venues_sometimes_crossed(binary):
    with Gateway.demo(binary, "--venues", 3) as gateway:
        listed = {one["symbol"] for one in json.loads(gateway.public("/v1/instruments?limit=1000").body)}
        expect({"BEST:BTC-USD", "SIM:BTC-USD", "SIM2:BTC-USD", "SIM3:BTC-USD"} <= listed, f"{listed}")
        async with Client(gateway) as client:
            await client.subscribe("quote", "BEST:*")
            named, crossed = set(), False
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and not (crossed and named == {"sim", "sim2", "sim3"}):
                quote, _ = await client.until(lambda it: it["type"] == "quote", "a quote")
                expect(quote["time"] is None, f"{quote}")
                named |= venues_of(quote)
                expect(quote.get("crossed") in (None, True), f"{quote}")
                expect(("crossed" in quote) == (float(quote["bid"]) > float(quote["ask"])), f"{quote}")
                crossed = crossed or "crossed" in quote
            expect(crossed and named == {"sim", "sim2", "sim3"}, f"{named} {crossed}")
        snapshot = json.loads(gateway.public(f"/v1/snapshot?channel=quote&symbols=BEST:BTC-USD").body)
        expect(venues_of(snapshot[1]) <= {"sim", "sim2", "sim3"}, f"{snapshot}")
        expect(re.fullmatch("sim, sim2, sim3", snapshot[0]["note"]), f"{snapshot}")


@pytest.mark.parametrize("channel", ["trade", "book", "ticker", "status"])
async def test_a_best_price_has_quotes_and_a_status_only(binary, channel):
    with Gateway.demo(binary, "--venues", 2, "--symbols", 1) as gateway:
        async with Client(gateway) as client:
            answer = await client.subscribe(channel, "BEST:BTC-USD")
            expect(answer["accepted"] == ["BEST:BTC-USD"], f"{answer}")
            kinds = {it["type"] for it in await client.collect(1.0)}
            expect(kinds == {"status"}, f"{kinds}")
        expect(gateway.public("/v1/book?symbol=BEST:BTC-USD").status != 200, "/v1/book")
