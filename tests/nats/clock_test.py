# SPDX-License-Identifier: Apache-2.0
"""A clock is set, of an ingest or of an edge, while all goes on. Ages are told by clocks that cannot be
set, so nothing is lost, nothing is double, and nobody is sent away."""

import asyncio
import pathlib

import pytest

import venue_words
from harness import equal, expect, is_sanitized
from nats_client import Nats
from tier import Names, edge, fresh_prefix, ingest, processes, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Tap, Witness

FAKETIME = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
SETTLED_SECONDS = 40
NOTICED_SECONDS = 3  # longer than what is late, or missing, stays unsaid


class Clock:
    """The wall clock of one process, which a test may set."""

    def __init__(self, folder):
        self.path = folder / "clock"
        self.set(0)

    def set(self, seconds):
        self.path.write_text(f"{seconds:+d}s\n")

    def of(self, node):
        gateway = node.gateway
        gateway.arguments = [f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self.path}", "FAKETIME_NO_CACHE=1",
                             "FAKETIME_DONT_FAKE_MONOTONIC=1", str(gateway.binary), *gateway.arguments]
        gateway.binary = "/usr/bin/env"
        return node


@pytest.mark.takes(150)
@pytest.mark.parametrize("whose,step", [("the ingest's", -3600), ("the edge's", 3600)])
async def test_a_clock_is_set(binary, broker, tmp_path, whose, step):
    if FAKETIME is None or is_sanitized(binary):
        pytest.skip("a clock is set by libfaketime, in a program without a sanitizer (apt install faketime)")
    names, clock = Names(fresh_prefix()), Clock(tmp_path)
    with Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, names.prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, names.prefix, broker)
        clock.of(source if whose == "the ingest's" else served)
        await check(names, source, served, broker, clock, step)


async def check(names, source, served, broker, clock, step):
    with processes(source, served):
        async with Witness(served.gateway) as eyes, Nats(broker.url) as nats:
            tap = Tap(nats, names)
            await eyes.all_live(2)
            await eyes.goes_on()
            clock.set(step)
            await asyncio.sleep(NOTICED_SECONDS)
            await eyes.wait(lambda: eyes.all_are("live"), "live again", SETTLED_SECONDS)
            await eyes.goes_on(10)
            clock.set(0)
            await asyncio.sleep(NOTICED_SECONDS)
            await eyes.wait(lambda: eyes.all_are("live"), "live again", SETTLED_SECONDS)
            await eyes.goes_on(10)
            told = sorted({(state, why) for every in eyes.states.values() for _, state, why in every})
            print(f"set by {step} s: {told}")
        eyes.no_trade_twice_or_lost()
        eyes.every_id_once()
        equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")
        equal(len({fence for _, fence in tap.fenced()}), 1, "fences: the lease is by the server's clock")


async def test_two_ingests_whose_clocks_differ_are_one_feed(binary, broker, tmp_path):
    """Of a minute: a takeover does not take that for a minute's delay."""
    if FAKETIME is None or is_sanitized(binary):
        pytest.skip("a clock is set by libfaketime, in a program without a sanitizer (apt install faketime)")
    names, clock = Names(fresh_prefix()), Clock(tmp_path)
    clock.set(-60)
    with Venue(venue_words.Kraken, A, B) as venue:
        feeds = [venue_feed(venue, **TIMES)]
        first = ingest(binary, names.prefix, broker, name="ingest-a", feeds=feeds)
        second = clock.of(ingest(binary, names.prefix, broker, name="ingest-b", feeds=feeds))
        served = edge(binary, names.prefix, broker)
        with processes(first, served), processes(second):
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(2)
                await eyes.goes_on()
                first.kill()
                await eyes.wait(lambda: second.leads, "taken over", 5)
                await eyes.wait(lambda: eyes.all_are("live"), "all live", SETTLED_SECONDS)
                await eyes.goes_on(10)
            eyes.no_trade_twice_or_lost()
            eyes.every_id_once()
            expect(len(eyes.epochs) == 1, f"{eyes}")
