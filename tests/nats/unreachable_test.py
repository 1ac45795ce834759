# SPDX-License-Identifier: Apache-2.0
"""NATS is away, frozen, or swallows what it is sent; the ingest stands still: nothing is live that is not,
and all of it comes back by itself."""

import asyncio
import json
import time

import pytest

import venue_words
from broker import Broker
from harness import equal, eventually, expect, is_sanitized
from tier import (MARKET, SLACK_SECONDS, STALE_SECONDS, edge, fresh_prefix, ingest, processes, venue_feed)
from venue import Venue
from watching import TIMES, A, B
from wire import Wire
from witness import Witness

GIVEN_UP_SECONDS = 10  # without a connection; then it is down
BACK_SECONDS = 15
OLDEST = 2.0           # seconds, of a price that is shown as live
SOON = STALE_SECONDS + SLACK_SECONDS


class Scene:
    """One ingest, one edge behind a network of its own, and a watcher of each."""

    def __init__(self, broker, wire, source, served, venue):
        self.broker, self.wire, self.source, self.served, self.venue = broker, wire, source, served, venue
        self.symbols = [venue.symbol(pair) for pair in (A, B)]

    async def all_stale(self, eyes, began, words=""):
        await eyes.wait(lambda: eyes.all_were("stale", began), "all stale", SOON + 2)
        for symbol in self.symbols:
            at, why = eyes.first(symbol, "stale", began)
            expect(at - began < SOON, f"{symbol}: said after {at - began:.2f} s")
            expect(words in why, f"why: {why}")

    async def all_back(self, eyes, mended):
        await eyes.wait(lambda: eyes.all_are("live"), "all live again", BACK_SECONDS)
        await eyes.goes_on(3)
        check_ages(eyes, self.venue, mended)


def check_ages(eyes, venue, since):
    """What came as a price while it was live was true a moment before: of venues on loopback a price says
    which update it is of, and they are watched as they come."""
    late = [(came.one, came.age) for came in eyes.came
            if came.age is not None and came.at > since and came.age > OLDEST]
    expect(not late, f"shown as live: {late[:3]}")


class Eyes(Witness):
    """A witness that looks, as each price comes, how long it has been untrue at the venue."""

    def __init__(self, gateway, venue, **more):
        super().__init__(gateway, **more)
        self.venue = venue

    def take(self, message):
        super().take(message)
        came = self.came[-1]
        came.age = None
        if message["type"] in ("quote", "book") and self.state(message["symbol"]) == "live":
            bid = message["bid"] if message["type"] == "quote" else message["bids"][0][0]
            came.age = self.venue[message["symbol"].split(":")[1]].seconds_old(bid)


@pytest.fixture
def scene(binary, nats_server):
    prefix = fresh_prefix()
    with Broker(nats_server) as broker, Wire(broker.port) as wire, Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, prefix, broker, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, prefix, wire)
        with processes(source, served):
            yield Scene(broker, wire, source, served, venue)


def cut(scene):
    scene.wire.cut()
    return scene.wire.mend


def half_open(scene):
    scene.wire.half_open()
    return scene.wire.mend


def killed(scene):
    scene.broker.kill()
    return scene.broker.start


def frozen(scene):
    scene.broker.freeze()
    return scene.broker.thaw


@pytest.mark.parametrize("trouble", [cut, half_open, killed, frozen], ids=lambda one: one.__name__)
async def test_stale_within_two_seconds_down_when_given_up_and_back(scene, trouble):
    own = {"wishes": [("trade", {}), ("quote", {})]}
    async with Eyes(scene.served.gateway, scene.venue) as eyes, Witness(scene.source.gateway, **own) as beside:
        await eyes.all_live(2)
        await eyes.goes_on()
        began = time.monotonic()
        mend = await asyncio.to_thread(trouble, scene)
        await scene.all_stale(eyes, began)
        await eventually(lambda: scene.served.metric("edge_state", state="stale") == 1, "the metric")
        await eyes.wait(lambda: eyes.all_are("down"), "down, once it is given up", GIVEN_UP_SECONDS + 5)
        at, _ = eyes.first(scene.symbols[0], "down", began)
        expect(at - began > GIVEN_UP_SECONDS - 3, f"given up after {at - began:.1f} s")
        expect(not eyes.values_while_not_live(began + SOON), "values behind what is not live")
        listed = json.loads(scene.served.gateway.public("/v1/instruments").unpacked())
        equal({one["state"] for one in listed}, {"down"}, "to whoever asks")
        equal(scene.served.metric("nats_connected"), 0, "the connection")
        mended = time.monotonic()
        await asyncio.to_thread(mend)
        await scene.all_back(eyes, mended)
        expect(scene.served.metric("nats_reconnects_total") >= 1, "reconnects")
        expect(scene.served.metric("edge_resyncs_total") >= 1, "read again")
        await beside.goes_on()
    equal(len(eyes.epochs), 1, "epochs")
    eyes.no_trade_twice_or_lost(gaps=0 if trouble in (cut, half_open) else None)
    if trouble in (cut, half_open):  # the stream of trades held what was missed
        eyes.every_id_once()
    beside.every_id_once()
    expect(beside.longest_silence(began) < 1, "the ingest's own clients wait for NATS")
    expect(all(state == "live" for every in beside.states.values() for at, state, _ in every if at > began),
           f"the ingest's own clients: {beside}")


async def test_a_short_cut_is_no_gap(scene):
    async with Eyes(scene.served.gateway, scene.venue) as eyes:
        await eyes.all_live(2)
        await eyes.goes_on()
        for _ in range(3):
            scene.wire.cut()
            await asyncio.sleep(0.3)
            scene.wire.mend()
            await eyes.goes_on(5)
            await eyes.all_live(2)
    eyes.no_trade_twice_or_lost()
    eyes.every_id_once()
    check_ages(eyes, scene.venue, 0)


async def test_a_network_that_stalls_and_then_brings_all_of_it(scene):
    async with Eyes(scene.served.gateway, scene.venue) as eyes:
        await eyes.all_live(2)
        await eyes.goes_on()
        began = time.monotonic()
        scene.wire.stall()
        await scene.all_stale(eyes, began)
        await asyncio.sleep(1)
        mended = time.monotonic()
        scene.wire.mend()
        await scene.all_back(eyes, mended)
    eyes.no_trade_twice_or_lost()
    eyes.every_id_once()


async def test_an_ingest_that_stands_still(scene):
    """The connection is well, nothing comes over it: stale, and never down."""
    async with Eyes(scene.served.gateway, scene.venue) as eyes:
        await eyes.all_live(2)
        await eyes.goes_on()
        fence = scene.served.metric("edge_fence")
        began = time.monotonic()
        scene.source.freeze()
        await scene.all_stale(eyes, began, "heartbeat")
        await asyncio.sleep(3)
        expect(not eyes.values_while_not_live(began + SOON), "values behind what is not live")
        mended = time.monotonic()
        scene.source.thaw()
        await scene.all_back(eyes, mended)
        expect(scene.served.metric("edge_fence") > fence, "its lease had run out")
        expect(eyes.first(scene.symbols[0], "down", began) is None, "down, though NATS is there")
    eyes.no_trade_twice_or_lost(gaps=None)
    equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")


async def test_an_ingest_that_is_killed_and_started_anew(scene):
    async with Eyes(scene.served.gateway, scene.venue) as eyes:
        await eyes.all_live(2)
        await eyes.goes_on()
        began = time.monotonic()
        scene.source.kill()
        await scene.all_stale(eyes, began)
        mended = time.monotonic()
        await asyncio.to_thread(scene.source.start().gateway.wait_until_ready)
        await scene.all_back(eyes, mended)
    equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes: the numbers go on")
    eyes.no_trade_twice_or_lost(gaps=None)
    for symbol in scene.symbols:
        ids = eyes.venue_ids(symbol)
        equal(ids, sorted(set(ids)), f"{symbol}: a trade twice")
    equal({one["reason"] for one in eyes.gaps} - {"feed_gap", "feed_restart"}, set(), "reasons of gaps")


async def test_nats_is_not_there_at_the_start(binary, nats_server):
    prefix = fresh_prefix()
    with Broker(nats_server) as broker:
        broker.kill()
        source, served = ingest(binary, prefix, broker), edge(binary, prefix, broker)
        try:
            source.start().gateway.wait_until_ready()
            served.start()
            async with Witness(source.gateway) as own:
                await own.all_live(6)
                await eventually(lambda: alive(served), "it listens")
                answer = served.gateway.admin("/readyz")
                equal(answer.status, 503, "ready")
                expect(b"nats" in answer.body.lower(), f"why: {answer.body}")
                answer = served.gateway.public("/v1/stream", headers=UPGRADE)
                equal((answer.status, "retry-after" in answer.headers), (503, True), "an upgrade without an epoch")
                broker.start()
                await asyncio.to_thread(served.gateway.wait_until_ready)
                async with Witness(served.gateway) as eyes:
                    await eyes.all_live(6)
                    await eyes.goes_on()
        finally:
            for node in (source, served):
                node.gateway.end()


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


def alive(node):
    try:
        return node.gateway.admin("/livez").status == 200
    except OSError:
        return False


async def test_nats_gone_costs_an_ingest_bounded_memory_and_its_clients_nothing(binary, nats_server):
    prefix = fresh_prefix()
    busy = [{**MARKET[0], "rate": 5000, "symbol_count": 24}]
    with Broker(nats_server) as broker:
        with processes(ingest(binary, prefix, broker, feeds=busy)) as (source,):
            async with Witness(source.gateway, wishes=[("trade", {}), ("quote", {"interval_ms": 100})]) as own:
                await own.all_live(24)
                await asyncio.sleep(2)
                before, began = source.gateway.memory(), time.monotonic()
                broker.freeze()
                await asyncio.sleep(4)
                broker.kill()
                await asyncio.sleep(4)
                grown = source.gateway.memory() - before
                if not is_sanitized(binary):
                    expect(grown < 48 << 20, f"grown by {grown >> 20} MiB")
                expect(own.longest_silence(began) < 1, "its own clients wait")
                await asyncio.to_thread(broker.start)
                await eventually(lambda: source.metric("nats_connected") == 1 and source.leads, "it leads again", 15)
                published = source.metric("ingest_published_total")
                await eventually(lambda: source.metric("ingest_published_total") > published + 100, "it publishes")
            own.no_trade_twice_or_lost()
            equal(source.metric("messages_dropped_total"), 0, "to its own clients")
