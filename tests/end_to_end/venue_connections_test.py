# SPDX-License-Identifier: Apache-2.0
"""Connections that end, begin slowly, or are asked to wait, at every venue: what a client saw of it."""

import asyncio
import time

from client import Client
from harness import Gateway, expect
from venue import Venue
from watching import A, B, TIMES, Eyes, every_venue, of_its_own_quotes, watched


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
