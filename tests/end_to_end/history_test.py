# SPDX-License-Identifier: Apache-2.0
"""What was before us, from each venue's candles, joined to what we saw: no hole, no bar twice, and
each with the venue's own prices."""

import time

import pytest

import venue_candles
import venue_words
from bars_test import history_of
from client import BAR_SECONDS, Client
from harness import Gateway, expect
from venue import Venue
from watching import A, TIMES, every_venue

MICROS = 1_000_000


def check_past(rows, interval, began, most):
    """That all whole bars before `began` are the venue's, without a hole."""
    length = BAR_SECONDS[interval]
    starts = [row[0] // MICROS for row in rows]
    expect(starts == list(range(starts[0], starts[-1] + 1, length)), f"a hole: {starts}")
    past = [row for row in rows if row[0] // MICROS + length <= began]
    expect(len(past) >= most, f"{len(past)} bars of the past, not {most}")
    for row in past:
        wanted = venue_candles.texts(row[0] // MICROS, length, time.time())
        expect(row[1:6] == wanted, f"{interval}: {row}, not {wanted}")


@every_venue
@pytest.mark.parametrize("interval, count", [("1m", 700), ("5m", 20), ("4h", 12)])
async def test_the_past_is_the_venues(binary, words, interval, count):
    with Venue(words, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            began = time.time()
            await client.subscribe("bar", venue.symbol(A), interval=interval, history=count)
            rows = await history_of(client, venue.symbol(A), interval)
            expect(len(rows) <= count + 1, f"{len(rows)} rows for {count}")
            check_past(rows, interval, began - BAR_SECONDS[interval], count - 2)


async def test_seconds_join_at_the_seam(binary):
    with (Venue(venue_words.Binance, A) as venue,
          Gateway.serve(binary, venue.feed(**TIMES)) as gateway):
        async with Client(gateway) as client:
            await client.subscribe("bar", venue.symbol(A), interval="1s", history=100)
            rows = await history_of(client, venue.symbol(A), "1s")
            check_past(rows, "1s", time.time() - 10, 80)
            ends = []
            while len(ends) < 4:
                bar, _ = await client.until(
                    lambda it: it["type"] == "bar" and it["closed"], "the end of a second")
                ends.append(bar)
            starts = [bar["start"] for bar in ends]
            expect(starts == list(range(starts[0], starts[-1] + 1, MICROS)), f"a hole: {starts}")
            expect(starts[0] <= rows[-1][0] + MICROS, f"a hole: {rows[-1]} and {ends[0]}")
            expect(float(ends[-1]["close"]) >= 100, f"ours: {ends[-1]}")


async def test_nobody_is_asked_for_candles_that_there_are_none_of(binary):
    with (Venue(venue_words.Kraken, A) as venue,
          Gateway.serve(binary, venue.feed(**TIMES)) as gateway):
        async with Client(gateway) as client:
            await client.subscribe("bar", venue.symbol(A), interval="1s", history=100)
            bar, _ = await client.until(
                lambda it: it["type"] == "bar" and it["closed"], "the end of a second")
            expect(float(bar["close"]) >= 100, f"{bar}")
            expect(not any("/OHLC" in path for path in venue.fetches), f"{venue.fetches}")
