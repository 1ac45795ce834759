# SPDX-License-Identifier: Apache-2.0
"""Three servers of NATS, one of which is killed: the one that the edge is connected to, or the one that
leads the streams."""

import asyncio
import time

import pytest

import venue_words
from broker import Cluster, until_it_works
from harness import equal, eventually, expect
from nats_client import Nats
from tier import Names, edge, fresh_prefix, ingest, processes, the_leader, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Witness

ELECTION_SECONDS = 20  # without a leader of a stream, that is how long snapshots may wait


async def ready(cluster):
    async with Nats(cluster[0].url) as nats:
        async def three():
            name = f"READY{time.monotonic_ns()}"
            await nats.make_stream(name, [name], num_replicas=3)
            await nats.delete_stream(name)
        await until_it_works(three, "a cluster of three", 20)


async def leader_of(cluster, stream):
    async with Nats(cluster[0].url) as nats:
        async def elected():
            return (await nats.stream(stream))["cluster"]["leader"]
        return cluster.named(await until_it_works(elected, f"a leader of {stream}"))


@pytest.mark.takes(120)
@pytest.mark.parametrize("who", ["of the edge", "of the streams"])
async def test_one_of_three_is_killed(binary, nats_server, who):
    names = Names(fresh_prefix())
    with Cluster(nats_server) as cluster, Venue(venue_words.Kraken, A, B) as venue:
        await ready(cluster)
        feeds, replicas = [venue_feed(venue, **TIMES)], {"replicas": 3}
        ingests = [ingest(binary, names.prefix, *cluster.urls, name=f"ingest-{letter}", feeds=feeds, publish=replicas)
                   for letter in "ab"]
        symbols = [venue.symbol(pair) for pair in (A, B)]
        with processes(*ingests):
            await the_leader(*ingests, seconds=20)
            lead = await leader_of(cluster, names.last)
            others = [one for one in cluster.brokers if one is not lead]
            # The edge knows all three, and is with the first.
            first = lead if who == "of the streams" else others[0]
            served = edge(binary, names.prefix, first, *(one for one in cluster.brokers if one is not first))
            with processes(served):
                async with Witness(served.gateway) as eyes:
                    await eyes.all_live(2)
                    await eyes.goes_on()
                    began = time.monotonic()
                    victim = lead if who == "of the streams" else first
                    victim.kill()
                    await asyncio.sleep(2)
                    await eyes.wait(lambda: eyes.all_are("live"), "all live", ELECTION_SECONDS)
                    await eyes.goes_on(5)
                    print(f"{who}: trades stood still for {eyes.longest_silence(began):.2f} s")
                    await asyncio.to_thread(victim.start)
                    await eyes.goes_on(10)
                    await eyes.wait(lambda: eyes.all_are("live"), "all live", ELECTION_SECONDS)
                    late = edge(binary, names.prefix, *cluster.urls, name="late")
                    with processes(late):
                        async with Witness(late.gateway) as other:
                            await other.all_live(2)
                            await other.goes_on()
                            equal(other.epochs, eyes.epochs, "epochs")
                eyes.no_trade_twice_or_lost(gaps=None)
                equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")
                for symbol in symbols:
                    ids = eyes.venue_ids(symbol)
                    equal(ids, sorted(set(ids)), f"{symbol}: a trade twice")
                equal(sum(one.leads for one in ingests), 1, "leaders")


@pytest.mark.takes(120)
async def test_an_ingest_takes_over_after_its_server_and_its_peer_died_together(binary, nats_server):
    names = Names(fresh_prefix())
    with Cluster(nats_server) as cluster, Venue(venue_words.Kraken, A) as venue:
        await ready(cluster)
        feeds = [venue_feed(venue, **TIMES)]
        ingests = [ingest(binary, names.prefix, *cluster.urls, name=f"ingest-{letter}", feeds=feeds,
                          publish={"replicas": 3}) for letter in "ab"]
        served = edge(binary, names.prefix, *cluster.urls)
        with processes(*ingests, served):
            leader, (standby,) = await the_leader(*ingests, seconds=20)
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(1)
                await eyes.goes_on()
                victim = await leader_of(cluster, names.bucket)
                victim.kill()
                leader.kill()
                await eventually(lambda: standby.leads, "the other leads", 30)
                await eyes.wait(lambda: eyes.all_are("live"), "all live", ELECTION_SECONDS)
                await eyes.goes_on(5)
            eyes.no_trade_twice_or_lost(gaps=None)
            ids = eyes.venue_ids(venue.symbol(A))
            equal(ids, sorted(set(ids)), "a trade twice")
            expect(len(eyes.epochs) == 1, f"{eyes}")
