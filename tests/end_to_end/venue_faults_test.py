# SPDX-License-Identifier: Apache-2.0
"""Every kind of trouble that a venue can make, at every venue that it can befall: what a client saw,
how old what it was shown as live really was, and what /metrics said."""

import pytest

import venue_words
from client import Client
from harness import Gateway, expect
from venue import Venue
from watching import A, B, PATIENCE, TIMES, Eyes, every_venue, watched


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
async def test_a_second_outage_is_noticed_as_soon_as_the_first(binary, words):
    with Venue(words, A) as venue:
        async with watched(binary, venue, learned=11) as (_, eyes):
            for _ in range(2):
                eyes.forget()
                venue.MUTE |= {(kind, A) for kind in ("book", "quote", "trade", "ticker")}
                await eyes.until(lambda: eyes.state(A) == "stale", "stale", seconds=8)
                await eyes.for_(4)
                venue.MUTE.clear()
                await eyes.until(lambda: eyes.state(A) == "live", "live again")
                expect(eyes.oldest[A] < PATIENCE, f"shown as live, {eyes.oldest[A]:.1f} s old")
                await eyes.for_(1)


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


@every_venue
async def test_a_link_slower_than_the_venue_is_not_live(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, "book", "quote", learned=11) as (gateway, eyes):
            for _ in range(100):
                venue.LAG += 0.05
                await eyes.for_(0.08)
            await eyes.until(lambda: eyes.was(A, "stale") or eyes.was(A, "down"), "not live")
            expect(eyes.oldest[A] < PATIENCE, f"shown as live, {eyes.oldest[A]:.1f} s old")
            venue.LAG = 0.0
            await eyes.until(lambda: eyes.state(A) == "live", "live again", seconds=30)


@every_venue
async def test_what_is_late_from_the_first_message_on_is_not_live(binary, words):
    with Venue(words, A) as venue:
        venue.LAG, venue.SKEW = 6.0, -3600.0  # an hour behind us, and it says so itself
        times = {**TIMES, "subscribe_ack_timeout": "20s"}
        with Gateway.serve(binary, venue.feed(**times)) as gateway:
            async with Client(gateway) as client:
                eyes = Eyes(client, venue)
                for channel in ("book", "quote"):
                    await client.subscribe(channel, "*")
                await eyes.until(lambda: eyes.was(A, "stale", "the venue's data is"), "stale",
                                 seconds=30)
                eyes.forget()  # the first message may be history, and is not judged
                await eyes.for_(3)
                expect(eyes.oldest[A] == 0, f"shown as live, {eyes.oldest[A]:.1f} s old")


@every_venue
async def test_a_clock_that_is_ahead_or_behind_is_no_age(binary, words):
    with Venue(words, A) as venue:
        venue.SKEW = -3600.0
        async with watched(binary, venue, learned=3) as (_, eyes):
            await eyes.goes_on(A)
            expect(eyes.always(A, "live"), f"disturbed: {eyes}")
