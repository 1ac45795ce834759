# SPDX-License-Identifier: Apache-2.0
"""What becomes of the streams: gone with their server, deleted by hand, full. Live data does not need
them, so clients see as little as can be; what they hold is there again by itself."""

import asyncio
import contextlib
import os
import shutil
import time

import pytest

import venue_words
from broker import Broker, until_it_works
from harness import equal, eventually, expect, logged
from nats_client import Nats
from tier import MARKET, Names, edge, fresh_prefix, ingest, processes, venue_feed
from venue import Venue
from watching import TIMES, A, B
from witness import Tap, Witness

REPUBLISHED_SECONDS = 30  # each last value, slowly and always
CROWD = [{"venue": "simulator", "seed": 5, "symbol_count": 1000, "rate": 300, "names": "generated"}]


async def late_values(gateway, symbols, seconds=5):
    """Who comes now is shown a quote, a book and a ticker of each at once."""
    async with Witness(gateway, wishes=[("quote", {}), ("book", {}), ("ticker", {})]) as late:
        await late.wait(lambda: all(late.of(kind, symbol) for kind in ("quote", "book", "ticker")
                                    for symbol in symbols), f"all values of {symbols}", seconds)


async def test_a_server_is_killed_and_is_back_a_second_later(binary, nats_server):
    names = Names(fresh_prefix())
    with Broker(nats_server) as broker, Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, names.prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, names.prefix, broker, feed={"linger": "1s"})
        symbols = [venue.symbol(pair) for pair in (A, B)]
        with processes(source, served):
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(2)
                await eyes.goes_on()
                fence = served.metric("edge_fence")
                for _ in range(2):
                    made, began = source.metric("ingest_streams_made_total"), time.monotonic()
                    broker.kill()
                    await asyncio.sleep(1)
                    await asyncio.to_thread(broker.start)
                    await eventually(lambda: source.metric("ingest_streams_made_total") >= made + 2, "streams", 15)
                    await eyes.all_live(2)
                    await eyes.goes_on(5)
                    print(f"trades stood still for {eyes.longest_silence(began):.2f} s")
                    await late_values(served.gateway, symbols)
            equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes: the ingest was there")
            eyes.no_trade_twice_or_lost(gaps=None)
            for symbol in symbols:
                ids = eyes.venue_ids(symbol)
                equal(ids, sorted(set(ids)), f"{symbol}: a trade twice")
            expect(served.metric("edge_fence") >= fence, "the fence went back")
            expect(source.metric("nats_reconnects_total") >= 2, "reconnects")


async def test_all_is_gone_and_begins_anew_with_another_epoch(binary, nats_server):
    """Server and ingest together: nobody knows the numbers any more. Clients are told to come again, and
    no connection has two epochs."""
    prefix = fresh_prefix()
    with Broker(nats_server) as broker:
        source, served = ingest(binary, prefix, broker), edge(binary, prefix, broker)
        with processes(source, served):
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(6)
                await eyes.goes_on()
                source.kill()
                broker.kill()
                await eyes.wait(lambda: not eyes.all_are("live"), "not live", 5)
                await asyncio.to_thread(broker.start)
                await asyncio.to_thread(source.start().gateway.wait_until_ready)
                await eyes.wait(lambda: len(eyes.epochs) == 2, "another epoch", 30)
                await eyes.all_live(6)
                await eyes.goes_on()
            equal([code for _, code in eyes.closes], [1012], "closes")
            eyes.no_trade_twice_or_lost(gaps=None)
            equal(served.metric("edge_epochs_total"), 2, "the metric")


@pytest.mark.parametrize("which", ["last", "trades"])
async def test_a_stream_is_deleted_by_hand(binary, broker, which):
    names = Names(fresh_prefix())
    with Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, names.prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, names.prefix, broker, feed={"linger": "1s"})
        symbols = [venue.symbol(pair) for pair in (A, B)]
        with processes(source, served):
            async with Nats(broker.url) as nats, Witness(served.gateway, wishes=[("trade", {})]) as eyes:
                await eyes.all_live(2)
                await eyes.goes_on()
                made, began = source.metric("ingest_streams_made_total"), time.monotonic()
                await nats.delete_stream(getattr(names, which))
                await eventually(lambda: source.metric("ingest_streams_made_total") > made, "it is made again", 5)
                expect(await nats.stream(getattr(names, which)), "it is there")
                await late_values(served.gateway, symbols)
                await eyes.goes_on(5)
                expect(eyes.longest_silence(began) < 1.5, f"trades stood still: {eyes.longest_silence(began)} s")
                expect(not any(at > began for every in eyes.states.values() for at, *_ in every), f"{eyes}")
            eyes.no_trade_twice_or_lost()
            eyes.every_id_once()
            equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")


@pytest.mark.takes(90)
async def test_what_was_purged_by_hand_is_stored_again(binary, broker):
    names = Names(fresh_prefix())
    still = [{**MARKET[0], "rate": 1}]
    with processes(ingest(binary, names.prefix, broker, feeds=still)):
        async with Nats(broker.url) as nats:
            subjects = [names.subject(kind, "SIM", pair) for kind in ("quote", "book", "status", "instrument")
                        for pair in ("BTC-USD", "ETH-USD")]

            async def all_there():
                for subject in subjects:
                    expect(await nats.stored(names.last, subject), f"{subject} is not stored")
            await until_it_works(all_there, "all of it")
            await nats.purge(names.last)
            await until_it_works(all_there, "all of it again", REPUBLISHED_SECONDS + 10)


async def test_the_memory_limit_is_reached(binary, nats_server):
    """What is live stays live; what could not be stored is said."""
    names = Names(fresh_prefix())
    with Broker(nats_server, max_mem="1500KB") as broker:
        source = ingest(binary, names.prefix, broker, feeds=CROWD, publish={"trades_memory": "1MiB"})
        served = edge(binary, names.prefix, broker)
        with processes(source, served):
            async with Witness(served.gateway, wishes=[("quote", {})]) as eyes:
                await eyes.wait(lambda: len(eyes.of("quote")) > 500, "quotes")
                await eventually(lambda: source.metric("ingest_heartbeats_unacked_total") > 0, "it is noticed", 20)
                count, began = len(eyes.of("quote")), time.monotonic()
                await eyes.wait(lambda: len(eyes.of("quote")) > count + 500, "they go on")
                expect(eyes.all_are("live"), "all that is served is live")
                expect(eyes.longest_silence(began, "quote") < 2, "they stood still")
            expect("memory" in source.gateway.log(20000) or "resource" in source.gateway.log(20000), "the log says so")


async def test_the_disk_is_full(binary, nats_server):
    """The bucket of the lease is on disk: a file system of a few megabytes. A server reads nothing more of the
    connection whose renewal it cannot store, and that is not the one that has the ticks."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a full disk needs root: a tmpfs in a namespace of its own")
    names = Names(fresh_prefix())
    small = Broker(nats_server)
    small.prefix = ["unshare", "-m", "sh", "-c",
                    f'mount -t tmpfs -o size=6m none {small.store} && exec "$@"', "sh"]
    with small as broker:
        source = ingest(binary, names.prefix, broker, publish={"trades_memory": "4MiB"})
        served = edge(binary, names.prefix, broker)
        with processes(source, served):
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(6)
                await eyes.goes_on()
                fence, began = served.metric("edge_fence"), time.monotonic()
                with contextlib.suppress(OSError), \
                        open(f"/proc/{broker.process.pid}/root{small.store}/filler", "wb", buffering=0) as filler:
                    while True:
                        filler.write(bytes(4096))
                await eventually(lambda: source.metric("ingest_lease_unconfirmed_total") > 1, "it is noticed", 20)
                # Nobody can take the lease, so whoever has it goes on, and says so.
                await logged(source.gateway, "the lease is not confirmed")
                await eyes.goes_on(5)
                noticed = source.metric("ingest_lease_unconfirmed_total")
                await eventually(lambda: source.metric("ingest_lease_unconfirmed_total") > noticed + 6,
                                 "longer than the lease", 20)
                expect(eyes.longest_silence(began) < 2, f"trades stood still: {eyes.longest_silence(began):.2f} s")
                expect(eyes.all_are("live"), f"{eyes}")
                expect(source.leads, "it stepped down")
            eyes.no_trade_twice_or_lost()
            equal((len(eyes.epochs), eyes.closes, served.metric("edge_fence")), (1, [], fence), "nothing changed")


async def test_streams_that_others_made_are_said_and_not_touched(binary, broker):
    """Subjects that overlap belong to somebody: the ingest says what is wrong, and serves its clients."""
    names = Names(fresh_prefix())
    async with Nats(broker.url) as nats:
        await nats.make_stream(f"{names.upper}_OTHERS", [f"{names.prefix}.quote.>"])
        source = ingest(binary, names.prefix, broker)
        with processes(source):
            tap = Tap(nats, names)
            await eventually(lambda: "overlap" in source.gateway.log(20000), "the log says so", 10)
            async with Witness(source.gateway) as own:
                await own.all_live(6)
                await own.goes_on()
        expect(await nats.stream(f"{names.upper}_OTHERS"), "theirs is there")
        equal(tap.objects("heartbeat"), [], "no heartbeat, for nothing is stored")
        await nats.delete_stream(f"{names.upper}_OTHERS")
