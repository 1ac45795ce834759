# SPDX-License-Identifier: Apache-2.0
"""Two ingests of the same venue: one leads, the other takes over, and whoever watches all the time neither
misses a trade nor sees one twice. The venue numbers its trades, so it knows."""

import asyncio
import contextlib
import time

import pytest

import venue_words
from harness import equal, eventually, expect
from nats_client import Nats
from still_feeds_test import stopped_thread
from tier import (SLACK_SECONDS, TAKEOVER_SECONDS, Names, edge, fresh_prefix, ingest, processes, the_leader,
                  venue_feed)
from venue import Venue
from watching import TIMES, A, B
from wire import Wire
from witness import Tap, Witness

BATCH_SECONDS = 0.5  # what two may publish beside each other


class Pair:
    """Two ingests, each behind a network of its own, an edge, and who listens to NATS itself."""

    def __init__(self, binary, broker, venue, wires):
        self.names = Names(fresh_prefix())
        self.venue, self.symbols = venue, [venue.symbol(pair) for pair in (A, B)]
        self.wires = {f"ingest-{letter}": wire for letter, wire in zip("ab", wires)}
        self.ingests = [ingest(binary, self.names.prefix, wire, name=name, feeds=[venue_feed(venue, **TIMES)])
                        for name, wire in self.wires.items()]
        self.edge = edge(binary, self.names.prefix, broker)


@pytest.fixture
def pair(binary, broker):
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(broker.port)) for _ in range(2)]
        venue = stack.enter_context(Venue(venue_words.Kraken, A, B))
        made = Pair(binary, broker, venue, wires)
        stack.enter_context(processes(*made.ingests, made.edge))
        yield made


def leading_fence(tap):
    return max((fence for _, fence in tap.fenced()), default=0)


class Watch:
    """Somebody at the edge, and somebody at NATS."""

    def __init__(self, pair, broker):
        self.pair, self.nats = pair, Nats(broker.url)
        self.eyes = Witness(pair.edge.gateway)

    async def __aenter__(self):
        await self.nats.__aenter__()
        self.tap = Tap(self.nats, self.pair.names)
        await self.eyes.__aenter__()
        await self.eyes.all_live(2)
        await self.eyes.goes_on()
        return self

    async def __aexit__(self, *error):
        await self.eyes.__aexit__(*error)
        await self.nats.__aexit__(*error)

    async def taken_over(self, began, fence, seconds=TAKEOVER_SECONDS + SLACK_SECONDS):
        """-> seconds until somebody published with a newer fence"""
        await self.eyes.wait(lambda: leading_fence(self.tap) > fence, "a takeover", seconds + 3)
        at = next(at for at, newer in self.tap.fenced() if newer > fence)
        expect(at - began < seconds, f"taken over after {at - began:.2f} s")
        return at - began

    async def goes_on(self):
        await self.eyes.goes_on(10)
        await self.eyes.all_live(2)

    def all_is_well(self, began, silence=TAKEOVER_SECONDS + SLACK_SECONDS):
        """Nothing lost, nothing double, one epoch, one stream, and no two publishers but for a moment."""
        eyes = self.eyes
        equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")
        eyes.no_trade_twice_or_lost()
        eyes.every_id_once()
        expect(eyes.longest_silence(began) < silence, f"no trade for {eyes.longest_silence(began):.2f} s")
        expect(self.tap.both_published() < BATCH_SECONDS, f"both published for {self.tap.both_published():.2f} s")


async def test_one_leads_and_the_other_is_silent(pair, broker):
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        began = time.monotonic()
        await asyncio.sleep(2)
        equal(len({fence for _, fence in watch.tap.fenced()}), 1, "fences")
        equal({one["ingest"] for _, one, _ in watch.tap.objects("heartbeat")}, {leader.name}, "heartbeats")
        equal(standby.metric("ingest_published_total"), 0, "what the standby published")
        async with Witness(standby.gateway) as own:  # its feeds are warm
            await own.all_live(2)
            await own.goes_on()
    watch.all_is_well(began, silence=2)
    equal(pair.edge.metric("edge_fenced_total"), 0, "fenced")


async def test_kill_9_of_the_leader(pair, broker):
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        for _ in range(2):  # there and back
            fence, began = leading_fence(watch.tap), time.monotonic()
            leader.kill()
            print(f"taken over after {await watch.taken_over(began, fence):.2f} s")
            await watch.goes_on()
            expect(standby.leads, "the metric")
            await asyncio.to_thread(leader.start().gateway.wait_until_ready)
            await asyncio.sleep(1)
            expect(not leader.leads, "two lead")
            leader, standby = standby, leader
        watch.all_is_well(began)


async def test_the_leader_is_stopped_cleanly(pair, broker):
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        fence, began = leading_fence(watch.tap), time.monotonic()
        leader.gateway.terminate()
        await watch.taken_over(began, fence)
        await asyncio.to_thread(leader.gateway.wait_for_exit, 0)
        await watch.goes_on()
        watch.all_is_well(began)
        # The key is gone with the one that held it, so nobody waits for it to expire.
        stops = [one.at for one in watch.eyes.of("trade") if one.at > began]
        expect(max(b - a for a, b in zip(stops, stops[1:])) < 1.4, "waited for the lease to run out")
        expect(all(state == "live" for every in watch.eyes.states.values() for _, state, _ in every), f"{watch.eyes}")


async def test_the_leader_is_frozen_and_wakes(pair, broker):
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        fence, began = leading_fence(watch.tap), time.monotonic()
        leader.freeze()
        await watch.taken_over(began, fence)
        await watch.goes_on()
        leader.thaw()
        await eventually(lambda: not leader.leads, "it has noticed", 5)
        await asyncio.sleep(2)
        expect(standby.leads, "the new one was disturbed")
        await watch.goes_on()
        watch.all_is_well(began)
        print(f"{watch.tap.older()} objects with the older fence, over {watch.tap.both_published():.3f} s; "
              f"the edge dropped {pair.edge.metric('edge_fenced_total')}")
        fence, began = leading_fence(watch.tap), time.monotonic()
        standby.freeze()  # and back
        await watch.taken_over(began, fence)
        await watch.goes_on()
        standby.thaw()
        await watch.goes_on()
        watch.all_is_well(began)


@pytest.mark.parametrize("kind", ["cut", "half_open", "stall"])
async def test_the_leader_is_cut_off(pair, broker, kind):
    """Split brain: it lives, has its venues and its clients, and believes that it leads."""
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch, Witness(leader.gateway) as own:
        await own.all_live(2)
        fence, began = leading_fence(watch.tap), time.monotonic()
        getattr(pair.wires[leader.name], kind)()
        await watch.taken_over(began, fence)
        await watch.goes_on()
        await asyncio.sleep(2)
        pair.wires[leader.name].mend()  # what was held is delivered now, where it was
        await eventually(lambda: leader.metric("nats_connected") == 1 and not leader.leads, "it stands by", 10)
        await asyncio.sleep(1)
        expect(standby.leads, "the new one was disturbed")
        await watch.goes_on()
        watch.all_is_well(began)
        await own.goes_on()
        own.every_id_once()
        expect(own.longest_silence(began) < 1, "its own clients waited")
        print(f"{watch.tap.older()} objects with the older fence; dropped {pair.edge.metric('edge_fenced_total')}")


async def test_an_ingest_whose_feeds_stand_still_hands_over(pair, broker):
    """Its process is well and its connection too, but what it says would be old."""
    leader, _ = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        fence, began = leading_fence(watch.tap), time.monotonic()
        with stopped_thread(leader.gateway.process, "feeds"):
            await watch.taken_over(began, fence, seconds=TAKEOVER_SECONDS + 1 + SLACK_SECONDS)
            await watch.goes_on()
        await watch.goes_on()
        watch.all_is_well(began, silence=TAKEOVER_SECONDS + 1 + SLACK_SECONDS)


async def test_a_late_edge_after_takeovers_counts_as_all_do(binary, pair, broker):
    leader, (standby,) = await the_leader(*pair.ingests)
    async with Watch(pair, broker) as watch:
        fence, began = leading_fence(watch.tap), time.monotonic()
        leader.kill()
        await watch.taken_over(began, fence)
        await watch.goes_on()
        late = edge(binary, pair.names.prefix, broker, name="late")
        with processes(late):
            async with Witness(late.gateway) as other:
                await other.all_live(2)
                await other.goes_on(10)
                await asyncio.sleep(0.5)
            equal(other.epochs, watch.eyes.epochs, "epoch")
            known = {(one["type"], one["symbol"], one["seq"]): one.one for one in watch.eyes.came
                     if "seq" in one.one and one["type"] != "status"}  # each edge has some of its own
            both = [one for one in other.came if (one["type"], one["symbol"], one.one.get("seq")) in known]
            expect(len(both) > 30, f"{len(both)} alike")
            for one in both:
                equal(one.one, known[one["type"], one["symbol"], one["seq"]], "of both")
