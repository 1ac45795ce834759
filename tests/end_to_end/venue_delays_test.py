# SPDX-License-Identifier: Apache-2.0
"""Time as a trouble, at every venue: outages, links and queues that are slow, clocks that differ. What
a client saw, and how old what it was shown as live really was."""

from client import Client
from harness import Gateway, expect
from venue import Venue
from watching import A, B, PATIENCE, TIMES, Eyes, every_venue, watched


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
