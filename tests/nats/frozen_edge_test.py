# SPDX-License-Identifier: Apache-2.0
"""An edge that does not read is cut off, and nobody waits for it; when it wakes, it says stale before it
says anything else."""

import asyncio
import time

import pytest

from harness import equal, eventually, expect
from nats_client import Nats
from tier import STALE_SECONDS, Names, edge, fresh_prefix, ingest, processes
from wire import Wire
from witness import Tap, Witness

BUSY = [{"venue": "simulator", "seed": 5, "symbol_count": 200, "rate": 8000, "names": "generated"}]
FROZEN_SECONDS = 6


@pytest.mark.takes(90)
async def test_one_frozen_edge_does_not_stall_another(binary, broker):
    prefix = fresh_prefix()
    source = ingest(binary, prefix, broker, feeds=BUSY)
    frozen, sound = (edge(binary, prefix, broker, name=name) for name in ("frozen", "sound"))
    with processes(source, frozen, sound):
        slow = {"wishes": [("quote", {"interval_ms": 200})]}
        async with Witness(frozen.gateway, **slow) as sleeper, Witness(sound.gateway, **slow) as eyes:
            for one in (sleeper, eyes):
                await one.all_live(200)
            await asyncio.sleep(1)
            began = time.monotonic()
            frozen.freeze()
            await asyncio.sleep(FROZEN_SECONDS)
            frozen.thaw()
            thawed = time.monotonic()
            await sleeper.wait(lambda: frozen.metric("nats_reconnects_total") >= 1
                               and sleeper.all_are("live"), "the frozen one is back", 20)
            await asyncio.sleep(1)
            expect(eyes.longest_silence(began, "quote") < 1,
                   f"the other heard nothing for {eyes.longest_silence(began, 'quote'):.2f} s")
            expect(not any(at > began for every in eyes.states.values() for at, *_ in every), f"{eyes}")
            # What it had not read is not shown as live now.
            states = {}
            for came in sleeper.came:
                if came["type"] == "status":
                    states[came["symbol"]] = came["state"]
                elif came["type"] == "quote" and came.at > thawed and states.get(came["symbol"]) == "live":
                    old = time.time() - (time.monotonic() - came.at) - came["received"] / 1e6
                    expect(old < 2, f"shown as live, {old:.1f} s old: {came.one}")
        equal(sound.metric("edge_dropped_total"), 0, "dropped at the other")


async def test_an_edge_that_is_slower_than_the_feed_reads_again_and_is_truthful(binary, broker):
    """A network of a few kilobytes a second: the server cuts the edge off, again and again."""
    prefix = fresh_prefix()
    with Wire(broker.port) as wire:
        source, served = ingest(binary, prefix, broker, feeds=BUSY), edge(binary, prefix, wire)
        with processes(source, served):
            async with Witness(served.gateway, wishes=[("quote", {"interval_ms": 200})]) as eyes:
                await eyes.all_live(200)
                wire.slow(200_000)
                await eyes.wait(lambda: not eyes.all_are("live"), "it is not live on such a link", 20)
                wire.mend()
                await eyes.all_live(200, seconds=30)
                for came in eyes.came[-200:]:
                    expect(came["type"] != "quote"
                           or time.time() - (time.monotonic() - came.at) - came["received"] / 1e6 < 2, f"{came.one}")


async def test_an_ingest_hears_nothing_of_edges_that_come_and_go(binary, broker):
    names = Names(fresh_prefix())
    with processes(ingest(binary, names.prefix, broker)) as (source,):
        async with Nats(broker.url) as nats:
            tap = Tap(nats, names)
            for _ in range(4):
                doomed = edge(binary, names.prefix, broker)
                with doomed.mortal():
                    async with Witness(doomed.gateway, wishes=[("quote", {})]) as eyes:
                        await eyes.all_live(6)
                    doomed.kill()
            beats = [at for at, *_ in tap.objects("heartbeat")]
            expect(max(b - a for a, b in zip(beats, beats[1:])) < STALE_SECONDS, "heartbeats stood still")
            equal(len({fence for _, fence in tap.fenced()}), 1, "fences")
            await eventually(lambda: source.leads, "it leads")
