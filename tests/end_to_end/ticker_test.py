# SPDX-License-Identifier: Apache-2.0
"""A ticker has every field at every venue: what the venue lacks is made of its own candles."""

import json
import math

import venue_candles
import venue_words
from client import Client
from harness import Gateway, expect
from venue import Venue
from watching import A, TIMES, every_venue

DAY, STEP = 86400, 300
MICROS = 1_000_000


def first_step(now):
    """The first whole five minutes within the 24 hours before."""
    return math.ceil((now - DAY) / STEP) * STEP


@every_venue
async def test_a_ticker_has_an_open_at_every_venue(binary, words):
    with Venue(words, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("ticker", "*")
            ticker, _ = await client.until(
                lambda it: it["type"] == "ticker" and it["open"] is not None, "an open")
            expect(float(ticker["low"]) <= float(ticker["last"]) <= float(ticker["high"]), f"{ticker}")
            expect(("since" in ticker) == (words is venue_words.Coinbase), f"{ticker}")


async def test_the_open_that_coinbase_lacks_is_that_of_its_candles(binary):
    with (Venue(venue_words.Coinbase, A) as venue,
          Gateway.serve(binary, venue.feed(**TIMES)) as gateway):
        async with Client(gateway) as client:
            await client.subscribe("ticker", "*")
            ticker, _ = await client.until(
                lambda it: it["type"] == "ticker" and it["open"] is not None, "an open")
            begins = {first_step(venue.now()), first_step(venue.now() - 10)}
            expect(ticker["since"] / MICROS in begins, f"{ticker} since one of {begins}")
            cents = venue_candles.minute_of(ticker["since"] // MICROS)[0]
            expect(float(ticker["open"]) == cents / 100, f"{ticker}, not {cents} cents")
            asked = [path for path in venue.fetches if path.endswith(tuple("0123456789"))
                     and "/candles?" in path]
            expect(len(asked) == 1 and "granularity=FIVE_MINUTE" in asked[0], f"{asked}")
            snapshot = json.loads(gateway.public("/v1/snapshot?channel=ticker&symbols=*").body)
            opens = {one["open"] for one in snapshot if one["type"] == "ticker"}
            expect(opens == {ticker["open"]}, f"REST: {snapshot}")
