# SPDX-License-Identifier: Apache-2.0
"""Every kind of trouble that a venue can make, at every venue that it can befall: what a client saw,
how old what it was shown as live really was, and what /metrics said."""

import asyncio
import time

import pytest

import venue_words
from client import Client
from harness import Gateway, expect
from venue import Venue
from watching import A, B, PATIENCE, TIMES, Eyes, every_venue, of_its_own_quotes, watched

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


@pytest.mark.parametrize("words", [venue_words.Coinbase, venue_words.Kraken],
                         ids=lambda words: words.name)
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
    if words is not venue_words.Kraken:
        pytest.skip("known to this venue by a question every few minutes")
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (_, eyes):
            venue.STATUS[A] = "cancel_only"
            venue.FRAMES.append(venue.words.instruments(venue, "update"))
            await eyes.until(lambda: eyes.says(A, "halted", "cancel_only"), "halted")
            venue.STATUS[A] = "online"
            venue.FRAMES.append(venue.words.instruments(venue, "update"))
            await eyes.until(lambda: eyes.state(A) == "live", "live")
            expect(eyes.always(B, "live"), f"the other was disturbed: {eyes}")


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
async def test_a_clock_that_is_ahead_or_behind_is_no_age(binary, words):
    with Venue(words, A) as venue:
        venue.SKEW = -3600.0
        async with watched(binary, venue, learned=3) as (_, eyes):
            await eyes.goes_on(A)
            expect(eyes.always(A, "live"), f"disturbed: {eyes}")


@every_venue
async def test_a_planned_reconnect_takes_nothing_down(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, planned_reconnect="3s") as (gateway, eyes):
            await eyes.until(lambda: venue.connections >= 2, "a new connection")
            await eyes.for_(3)
            await eyes.goes_on(A)
            expect(eyes.always(A, "live") and eyes.always(B, "live"), f"disturbed: {eyes}")
            expect(gateway.metric("tickgate_feed_reconnects_total", reason="planned") >= 1, "said")
            expect(not eyes.gaps, f"trades were lost: {eyes.gaps}")


@every_venue
async def test_a_lost_connection_is_back_at_once(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, reconnect_max="30s", learned=1) as (_, eyes):
            for _ in range(4):  # each time as quickly as the first
                eyes.forget()
                venue.hang_up()
                await eyes.until(lambda: eyes.state(A) == "down", "down")
                began = time.monotonic()
                await eyes.until(lambda: eyes.state(A) == "live", "live")
                expect(time.monotonic() - began < 4, f"took {time.monotonic() - began:.1f} s")
                await eyes.for_(0.5)


@of_its_own_quotes
async def test_quotes_are_live_while_their_book_waits(binary, words):
    with Venue(words, A, B) as venue:
        venue.FAIL += [(503, {})] * 200
        gateway = Gateway.serve(binary, venue.feed(**TIMES))
        gateway.ready_path = "/livez"
        with gateway:
            async with Client(gateway) as client:
                eyes = Eyes(client, venue)
                await client.subscribe("quote", "*")
                await eyes.until(lambda: eyes.state(A) == "live" and eyes.state(B) == "live",
                                 "quotes live without a book")
                await eyes.goes_on(A, "quote")
                await client.subscribe("book", "*")
                await eyes.until(lambda: eyes.state(A) == "recovering", "not with the book")
                venue.FAIL.clear()
                await eyes.until(lambda: eyes.state(A) == "live", "whole", seconds=30)
                await eyes.goes_on(A)


@of_its_own_quotes
async def test_one_ban_pauses_every_feed_of_the_venue_and_is_shown(binary, words):
    with Venue(words, A, B) as venue:
        venue.FAIL += [(429, {"Retry-After": "3"})]
        feed = venue.feed(**TIMES)
        one = feed.replace(f"[{A}, {B}]", f"[{A}]").replace("symbols", "name: one\n  symbols")
        two = feed.replace(f"[{A}, {B}]", f"[{B}]").replace("symbols", "name: two\n  symbols")
        gateway = Gateway.serve(binary, one + two)
        gateway.ready_path = "/livez"
        with gateway:
            await asyncio.sleep(0)
            deadline = time.monotonic() + 10
            while '"paused_until":1' not in (shown := gateway.admin("/v1/feeds").body.decode()):
                expect(time.monotonic() < deadline, f"not shown: {shown}")
                await asyncio.sleep(0.05)
            fetched = len(venue.fetches)
            await asyncio.sleep(1.5)
            expect(len(venue.fetches) == fetched, f"asked on: {venue.fetches[fetched:]}")
            async with Client(gateway) as client:
                eyes = Eyes(client, venue)
                await client.subscribe("book", "*")
                await eyes.until(lambda: eyes.state(A) == "live" and eyes.state(B) == "live",
                                 "live after the pause", seconds=30)
