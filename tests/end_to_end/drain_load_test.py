# SPDX-License-Identifier: Apache-2.0
"""A drain under load: a crowd that streams is told, and moves to a second gateway by the rule of our
libraries, evenly, in time, and without losing a trade."""

import asyncio
import time

import venue_words
from harness import Gateway, equal, eventually, expect, is_sanitized
from load import Load, stood_still
from venue import Venue
from watching import TIMES, A, B

NOTICE_MS = 2000
PER_CLIENT = 0.004  # seconds
LAST_WORDS = 5      # after the drain time, for the last Close frames


def crowd(binary):
    return 100 if is_sanitized(binary) else 1000


async def moved(binary, first, second, *flags):
    """A crowd of the first, which drains. -> the report, and how long the first took to end"""
    clients = crowd(binary)
    async with Load(binary, first.stream_url, "--then", second.stream_url, "--connections", clients,
                    "--warm-up", "0s", "--duration", "1h", *flags) as running:
        await eventually(lambda: first.metric("tickgate_connections") == clients, "all of them", 20)
        sent = first.metric("tickgate_messages_sent_total")
        await eventually(lambda: first.metric("tickgate_messages_sent_total") > sent + 5 * clients,
                         "they stream")
        await asyncio.sleep(1.2)  # a second of what comes is judged by nobody: not all have begun
        first.terminate()
        began = time.monotonic()
        await asyncio.to_thread(first.wait_for_exit, 0)
        took = time.monotonic() - began
        await eventually(lambda: second.metric("tickgate_connections") == clients, "all moved", 15)
        await asyncio.sleep(1.2)  # likewise the last
        return await running.interrupt(None), took


def check_moves(report, clients, took, drain_time):
    moves = report["moves"]
    print(moves, f"ended after {took:.2f} s")
    equal((moves["told"], moves["sent_away"], moves["cut_off"], moves["closed_otherwise"]),
          (clients, clients, 0, 0), "told, and closed with 1012")
    equal((moves["told_ms_min"], moves["told_ms_max"]), (NOTICE_MS, NOTICE_MS), "the delay told")
    equal((moves["arrived"], moves["served"], moves["refused"]), (clients, clients, 0), "at the second")
    expect(took < drain_time + LAST_WORDS, f"ended after {took:.1f} s")


async def test_a_crowd_moves_evenly_and_loses_no_trade(binary):
    with Venue(venue_words.Kraken, A, B) as venue:
        first, second = (Gateway.serve(binary, venue.feed(**TIMES)) for _ in range(2))
        with second:
            first.start().wait_until_ready()
            try:
                report, took = await moved(binary, first, second, "--channel", "trade", "--symbols", "all",
                                           "--interval", 0)
            finally:
                first.end()
    clients, seconds = crowd(binary), report["moves"]["arrived_per_second"]
    check_moves(report, clients, took, drain_time=10)
    moves = report["moves"]
    expect(moves["trades_had"] > 10 * clients, f"so few trades: {moves}")
    equal(moves["gaps"], 0, "gaps")
    expect(moves["clients_lost"] <= moves["late"], f"lost though served all the while: {moves}")
    if stood_still(report):
        return
    equal((moves["late"], moves["trades_lost"], report["findings"]), (0, 0, []), "lost")
    if clients * PER_CLIENT > 3:  # so many that there is something to spread
        mean = 1 / PER_CLIENT
        expect(max(seconds) <= 2 * mean, f"a second with more than twice the mean, {mean}: {seconds}")


async def test_a_crowd_that_is_too_large_for_its_time_is_sent_away_within_it(binary):
    feed = "- venue: simulator\n  seed: 3\n  rate: 2000\n"
    first, second = Gateway.serve(binary, feed, server="drain_time: 2s\n"), Gateway.serve(binary, feed)
    with second:
        first.start().wait_until_ready()
        try:
            report, took = await moved(binary, first, second, "--subscribe", "SIM:*")
        finally:
            first.end()
    moves = report["moves"]
    equal((moves["told"], moves["sent_away"]), (crowd(binary), crowd(binary)), "told, and closed with 1012")
    equal((moves["told_ms_min"], moves["told_ms_max"]), (1000, 1000), "half of the drain time")
    expect(took < 2 + LAST_WORDS, f"ended after {took:.1f} s")
    equal((moves["served"], report["findings"]), (crowd(binary), []), "served by the second; findings")
