# SPDX-License-Identifier: Apache-2.0
"""A feed of two lines at every venue: what befalls one of them, no client sees."""

import json

from harness import expect
from venue import Venue
from watching import A, B, every_venue, watched


def by_line(gateway):
    feed = json.loads(gateway.admin("/v1/feeds").body)[0]
    return {one["line"]: one["state"] for one in feed["by_connection"]}


def counted(gateway, what, line):
    return gateway.metric(f"tickgate_feed_line_{what}", line=str(line))


async def undisturbed(eyes, seconds, oldest):
    """Nothing that a client could notice for so long, and no price older than this."""
    await eyes.for_(seconds)
    for pair in (A, B):
        expect(eyes.always(pair, "live"), f"disturbed: {eyes}")
        expect(eyes.oldest[pair] < oldest, f"{pair} showed what was {eyes.oldest[pair]:.2f} s old")
        await eyes.goes_on(pair)
        await eyes.goes_on(pair, "trade")
    expect(not eyes.gaps, f"trades were lost: {eyes.gaps}")


async def both_live(gateway, eyes):
    await eyes.until(lambda: by_line(gateway) == {1: "live", 2: "live"}, "both lines live", 30)
    eyes.forget()


@every_venue
async def test_a_line_that_is_cut_again_and_again_is_not_noticed(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, **venue.two_lines()) as (gateway, eyes):
            for line in (1, 2):
                await both_live(gateway, eyes)
                for _ in range(5):
                    venue.hang_up(line)
                    await undisturbed(eyes, 1, oldest=1.5)
            expect(gateway.metric("tickgate_feed_reconnects_total", reason="closed") >= 6, "cut")


@every_venue
async def test_a_line_that_freezes_is_not_noticed(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, **venue.two_lines()) as (gateway, eyes):
            for line in (1, 2):
                await both_live(gateway, eyes)
                venue.FROZEN.add(line)
                await undisturbed(eyes, 6, oldest=2.5)
                venue.FROZEN.clear()


@every_venue
async def test_a_line_that_is_late_is_not_noticed(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, **venue.two_lines()) as (gateway, eyes):
            await both_live(gateway, eyes)
            venue.LINE_LAG = {1: 1.2}
            await undisturbed(eyes, 5, oldest=2.5)
            venue.hang_up(1)
            await undisturbed(eyes, 3, oldest=2.5)
            if words.name == "binance":
                expect(counted(gateway, "wins_total", 2) > 0, "the second was first")
            else:
                expect(counted(gateway, "takeovers_total", 2) >= 2, "it speaks for both")


@every_venue
async def test_both_lines_down_is_down_and_is_shown_by_line(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, **venue.two_lines()) as (gateway, eyes):
            await both_live(gateway, eyes)
            expect([counted(gateway, "connections", line) for line in (1, 2)] == [1, 1], "both up")
            told = json.loads(gateway.admin(f"/v1/explain?symbol={venue.symbol(A)}").body)
            expect(told["line"]["of"] == 2 and told["line"]["index"] in (1, 2), f"explained: {told}")
            venue.hang_up()
            await eyes.until(lambda: eyes.was(A, "down"), "down")
            await eyes.until(lambda: eyes.state(A) == "live", "live")
            await eyes.goes_on(A)


@every_venue
async def test_a_planned_reconnect_of_a_line_is_not_noticed(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, planned_reconnect="3s",
                           **venue.two_lines()) as (_, eyes):
            await eyes.until(lambda: venue.connections >= 4, "both renewed", 30)
            await undisturbed(eyes, 2, oldest=1.5)
