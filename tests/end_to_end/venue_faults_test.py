# SPDX-License-Identifier: Apache-2.0
"""Every kind of trouble that a venue can make, at every venue that it can befall: what a client saw,
how old what it was shown as live really was, and what /metrics said."""

import pytest

from harness import expect
from venue import Venue
from watching import A, B, PATIENCE, every_venue, watched


@every_venue
async def test_a_book_that_stops_while_trades_go_on_is_stale_and_asked_for_anew(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, learned=11) as (gateway, eyes):
            venue.MUTE.add(("book", A))
            await eyes.until(lambda: eyes.was(A, "stale"), "stale", seconds=8)
            expect(eyes.oldest[A] < PATIENCE, f"shown as live, {eyes.oldest[A]:.1f} s old")
            expect(gateway.metric("tickgate_feed_resyncs_total") >= 1, "asked for anew")
            venue.MUTE.clear()
            await eyes.until(lambda: eyes.state(A) == "live", "live again")
            await eyes.goes_on(A)
            expect(eyes.always(B, "live"), f"the other was disturbed: {eyes}")
            expect(not gateway.metric("tickgate_feed_reconnects_total"), "no new connection")


@every_venue
async def test_a_venue_that_only_keeps_the_connection_alive_is_not_live(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, learned=11) as (gateway, eyes):
            venue.MUTE |= {(kind, pair) for kind in ("book", "quote", "trade", "ticker")
                           for pair in (A, B)}
            await eyes.until(lambda: eyes.state(A) == "stale" and eyes.state(B) == "stale",
                             "stale", seconds=10)
            expect(max(eyes.oldest.values()) < PATIENCE, f"shown as live: {eyes.oldest}")
            expect(gateway.metric("tickgate_feed_instruments", state="live") == 0, "metrics")
            venue.MUTE.clear()
            await eyes.until(lambda: eyes.state(A) == "live" and eyes.state(B) == "live", "live")


@every_venue
@pytest.mark.parametrize("trouble", ["REFUSE", "IGNORE"])
async def test_a_refused_channel_is_said_and_asked_for_until_it_comes(binary, words, trouble):
    with Venue(words, A, B) as venue:
        getattr(venue, trouble).add(("trade", A))
        async with watched(binary, venue) as (_, eyes):
            await eyes.until(lambda: eyes.says(A, "live", "trade"), "the note", seconds=10)
            expect(("trade", A) not in eyes.counts, "no trade yet")
            await eyes.goes_on(B, "trade")
            getattr(venue, trouble).clear()
            await eyes.until(lambda: eyes.counts.get(("trade", A), 0) > 3, "trades", seconds=50)
            await eyes.until(lambda: not eyes.statuses[A][-1].get("note"), "the note is gone")


@every_venue
async def test_a_halt_in_mid_session_reaches_clients(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (_, eyes):
            venue.STATUS[A] = words.halted
            venue.words.tell_status(venue)
            await eyes.until(lambda: eyes.says(A, "halted", words.halted), "halted")
            await eyes.until(lambda: eyes.state(B) == "live", "the other is live")
            venue.MUTE.add(("trade", A))  # one that is printed shows that it trades
            venue.STATUS[A] = words.trades
            venue.words.tell_status(venue)
            await eyes.until(lambda: eyes.state(A) == "live", "live")
