# SPDX-License-Identifier: Apache-2.0
"""Ticks that cannot be right, at every venue: what a client saw, and what operators are told."""

import json
import time

from explain_test import ask, documented, explained, fields
from harness import equal, expect
from lines_test import both_live
from venue import Market, Venue
from watching import A, B, every_venue, watched


class Wrong(Market):
    """A market's trades, at a price that it never had."""

    def __init__(self, market, price):
        super().__init__(market.pair)
        market.trades += 1
        self.trades, self.price = market.trades, price

    def best(self, update=None):
        return self.price, self.price


def print_trade(venue, pair, price):
    venue.TELL.append(lambda peer: venue.words.trade(venue, peer, Wrong(venue[pair], price)))


def quarantine(gateway):
    return json.loads(gateway.admin("/v1/quarantine").body)


@every_venue
async def test_a_fat_finger_is_a_gap_and_is_kept_with_what_the_venue_sent(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (gateway, eyes):
            expect(quarantine(gateway) == [], "nothing yet")
            await eyes.goes_on(A, "trade")
            for count, price in enumerate(("98765.43", "0.00"), 1):
                print_trade(venue, A, price)
                await eyes.until(lambda: len(eyes.gaps) == count, "a gap")
                await eyes.goes_on(A, "trade")
            expect(all(gap["from"] == gap["to"] and gap["reason"] == "feed_gap"
                       for gap in eyes.gaps), f"{eyes.gaps}")
            expect(eyes.always(A, "live") and eyes.always(B, "live"), f"disturbed: {eyes}")
            kept = quarantine(gateway)
            reasons = {(one["reason"], one["price"]) for one in kept}
            expect(reasons == {("bad_price", "0.00"), ("off_median", "98765.43")}, f"{kept}")
            for one in kept:
                expect(one["symbol"] == venue.symbol(A) and one["channel"] == "trade", f"{one}")
                expect(one["price"] in one["message"] and not one["binary"], f"{one}")
                expect(abs(one["time"] / 1e6 - time.time()) < 60, f"{one}")
            expect(next(one for one in kept if one["reason"] == "off_median")["reference"]
                   .startswith("100."), f"{kept}")
            for reason, count in (("off_median", 1), ("bad_price", 1), ("crossed_book", 0),
                                  ("crossed_quote", 0), ("bad_size", 0)):
                expect(gateway.metric("tickgate_feed_quarantined_total", reason=reason) == count,
                       reason)


@every_venue
async def test_explain_tells_the_ticks_of_an_instrument_over_one_line_or_two(binary, words):
    for lines in (1, 2):
        with Venue(words, A, B) as venue:
            more = venue.two_lines() if lines == 2 else {}
            async with watched(binary, venue, **more) as (gateway, eyes):
                def told(pair):
                    return explained(gateway, venue.symbol(pair))["quarantined"]
                if lines == 2:
                    await both_live(gateway, eyes)
                await eyes.goes_on(A, "trade")
                equal(told(A)["newest"], [], "nothing yet")
                for price in ("98765.43", "0.00"):
                    print_trade(venue, A, price)
                    await eyes.until(lambda price=price: price in str(told(A)), "it is told")
                await eyes.for_(2)  # the other line has seen them, too
                some = told(A)
                equal(fields(some, "quarantined"),
                      {one for one in documented("/v1/explain") if one.startswith("quarantined.")},
                      "fields")
                equal([(one["channel"], one["reason"], one["price"]) for one in some["newest"]],
                      [("trade", "bad_price", "0.00"), ("trade", "off_median", "98765.43")],
                      "each once, the newest first")
                equal({reason: count["all"] for reason, count in some["counts"].items()
                       if count["all"]}, {"bad_price": 1, "off_median": 1}, "counts")
                expect(all(one["price"] in one["message"] for one in some["newest"]), f"{some}")
                equal((told(B)["newest"], len(quarantine(gateway))), ([], 2), "of the other; of all")
                text = (await ask(gateway, venue.symbol(A))).stdout
                expect("bad price 1 (1 in all), off median 1 (1 in all)" in text, text)
                expect("trade bad price: 0.00" in text, text)


@every_venue
async def test_a_crash_is_recovering_and_gets_through_in_ten_seconds(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (gateway, eyes):
            venue[A].TIMES = 0.05
            began = time.monotonic()
            await eyes.until(lambda: eyes.says(A, "recovering", "cannot be right"), "recovering",
                             seconds=3)
            await eyes.until(lambda: eyes.state(A) == "live", "live", seconds=15)
            expect(9 < time.monotonic() - began < 14, f"after {time.monotonic() - began:.1f} s")
            await eyes.goes_on(A)
            await eyes.goes_on(A, "trade")
            expect(float(eyes.last["quote", A]["bid"]) < 6, f"{eyes.last['quote', A]}")
            expect(float(eyes.last["trade", A]["price"]) < 6, f"{eyes.last['trade', A]}")
            expect(eyes.gaps and eyes.always(B, "live"), f"the other was disturbed: {eyes}")
            expect(not gateway.metric("tickgate_feed_reconnects_total"), "no new connection")
            expect(len(quarantine(gateway)) == 100, "the last hundred")


@every_venue
async def test_a_venue_that_talks_nonsense_for_a_while_is_recovering_until_it_stops(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (_, eyes):
            venue[A].TIMES = 20
            await eyes.until(lambda: eyes.says(A, "recovering", "cannot be right"), "recovering",
                             seconds=3)
            await eyes.for_(2)
            expect(eyes.state(A) == "recovering", f"{eyes}")
            venue[A].TIMES = 1
            await eyes.until(lambda: eyes.state(A) == "live", "live", seconds=3)
            await eyes.goes_on(A)
            expect(float(eyes.last["book", A]["bids"][0][0]) < 200, f"{eyes.last['book', A]}")
            expect(eyes.always(B, "live"), f"the other was disturbed: {eyes}")
