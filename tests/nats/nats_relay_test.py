# SPDX-License-Identifier: Apache-2.0
"""A relay is an edge and an ingest at once: between two clusters of NATS, or two regions."""

import asyncio

import pytest

import venue_words
from broker import Broker
from harness import equal, expect
from nats_client import Nats
from tier import Names, edge, fresh_prefix, ingest, processes, relay, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Tap, Witness, compact


@pytest.mark.takes(90)
async def test_epoch_and_numbers_pass_through_a_relay(binary, broker, nats_server):
    near, far = Names(fresh_prefix()), Names(fresh_prefix())
    with Broker(nats_server, name="far") as beyond, Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, near.prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        middle = relay(binary, (near.prefix, broker), (far.prefix, beyond))
        first, second = edge(binary, near.prefix, broker), edge(binary, far.prefix, beyond, name="beyond")
        with processes(source, middle, first, second):
            async with Nats(beyond.url) as nats, Witness(first.gateway) as here, Witness(second.gateway) as there, \
                    Witness(middle.gateway) as own:
                tap = Tap(nats, far)
                for one in (here, there, own):
                    await one.all_live(2)
                    await one.goes_on(10)
                await asyncio.sleep(0.5)
        equal(here.epochs, there.epochs, "epochs")
        equal(own.epochs, here.epochs, "of the relay's own clients")
        known = {(one["type"], one["symbol"], one["seq"]): compact(one.one) for one in here.came
                 if one["type"] != "status"}
        for witness in (there, own):
            witness.no_trade_twice_or_lost(gaps=None)
            expect(all(gap["from"] == 1 for gap in witness.gaps), f"lost after the relay led: {witness.gaps}")
            witness.every_id_once()
            both = [one for one in witness.came if (one["type"], one["symbol"], one.one.get("seq")) in known]
            expect(len(both) > 50, f"{len(both)} alike")
            for one in both:
                equal(compact(one.one), known[one["type"], one["symbol"], one["seq"]], "of both")
        equal({one["epoch"] for _, one, _ in tap.objects("quote")}, set(here.epochs), "the epoch that is published")


@pytest.mark.takes(90)
async def test_a_relay_whose_upstream_stops_says_so(binary, broker):
    near, far = Names(fresh_prefix()), Names(fresh_prefix())
    source = ingest(binary, near.prefix, broker)
    middle = relay(binary, (near.prefix, broker), (far.prefix, broker))
    last = edge(binary, far.prefix, broker)
    with processes(source, middle, last):
        async with Witness(last.gateway) as eyes:
            await eyes.all_live(6)
            await eyes.goes_on()
            source.freeze()
            await eyes.wait(lambda: eyes.all_are("stale"), "stale at the end of the chain", 5)
            source.thaw()
            await eyes.all_live(6)
            await eyes.goes_on()
        eyes.no_trade_twice_or_lost(gaps=None)
