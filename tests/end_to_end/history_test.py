# SPDX-License-Identifier: Apache-2.0
"""What was before us, from each venue's candles, joined to what we saw: no hole, no bar twice, and
each with the venue's own prices."""

import time

import pytest

import venue_candles
import venue_words
from bars_test import history_of
from client import BAR_SECONDS, Client
from harness import Gateway, equal, expect
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


COUNTS = {"1s": 60, "1m": 700, "5m": 20, "15m": 12, "1h": 12, "4h": 12, "1d": 5}
NO_SECONDS = ("kraken", "coinbase")


@every_venue
async def test_the_past_of_every_interval_is_the_venues(binary, words):
    """All at once. Each comes before its bars, which Client looks to."""
    with Venue(words, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            began, rows, ended = time.time(), {}, set()
            for interval, count in COUNTS.items():
                await client.send(op="subscribe", id=interval, channel="bar", interval=interval,
                                  symbols=[venue.symbol(A)], history=count)
            while ended != set(COUNTS):
                message, _ = await client.until(
                    lambda one: one["type"] in ("bar_history", "bar")
                    and one["interval"] not in ended, f"more than {ended}", seconds=20)
                if message["type"] == "bar_history":
                    rows.setdefault(message["interval"], []).extend(message["bars"])
                if message["type"] == "bar" or message.get("open"):
                    ended.add(message["interval"])
    equal(set(rows), set(COUNTS), "intervals with a history")
    for interval, count in COUNTS.items():
        expect(len(rows[interval]) <= count + 1, f"{interval}: {len(rows[interval])} rows")
        if interval != "1s" or words.name not in NO_SECONDS:
            # In which we began, and while we asked, is not all the venue's.
            check_past(rows[interval], interval, began - max(BAR_SECONDS[interval], 10),
                       count - (20 if interval == "1s" else 2))


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


@pytest.mark.parametrize("words", [venue_words.Kraken, venue_words.Coinbase],
                         ids=lambda words: words.name)
async def test_nobody_is_asked_for_candles_that_there_are_none_of(binary, words):
    with Venue(words, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("bar", venue.symbol(A), interval="1s", history=100)
            bar, passed = await client.until(
                lambda it: it["type"] == "bar" and it["closed"], "the end of a second")
            expect(float(bar["close"]) >= 100, f"{bar}")
            expect(passed_history(passed), f"no history before {bar}")
            asked = [path for path in venue.fetches if "/OHLC" in path or "/candles" in path]
            # A ticker's day is made of these.
            expect(all("granularity=FIVE_MINUTE" in path for path in asked), f"{asked}")


def passed_history(messages):
    return any(one["type"] == "bar_history" for one in messages)


@every_venue
async def test_history_comes_first_though_candles_fail(binary, words):
    with Venue(words, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("quote", venue.symbol(A))
            await client.until(lambda it: it.get("state") == "live", "live")
            venue.FAIL = [(500, {})] * 100
            await client.subscribe("bar", venue.symbol(A), interval="1m", history=100)
            bar, passed = await client.until(lambda it: it["type"] == "bar", "a bar")
            expect(passed_history(passed), f"no history before {bar}")
            expect(len(venue.FAIL) < 100, "nobody was asked")
