# SPDX-License-Identifier: Apache-2.0
"""A network that is really cut: NATS in a network namespace of its own, two cables into it. Nothing says
that a cable was pulled; packets do not arrive, and the connection stands. Needs root."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import time

import pytest

import venue_words
from broker import Broker
from harness import equal, eventually, expect
from nats_client import Nats
from takeover_test import BATCH_SECONDS
from tier import (SLACK_SECONDS, TAKEOVER_SECONDS, Names, edge, fresh_prefix, ingest, processes, the_leader,
                  venue_feed)
from venue import Venue
from watching import TIMES, A, B
from witness import Tap, Witness


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20, check=False)


class Cables:
    """A namespace with two cables into it: cable n ends here at 10.213.N.1, and there at 10.213.N.2."""

    def __init__(self):
        self.space, self.number = f"tickgate{os.getpid()}", os.getpid() % 120 * 2

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which("ip") or ip("netns", "add", self.space).returncode != 0:
            pytest.skip("a real cut of the network needs root and network namespaces")
        ip("-n", self.space, "link", "set", "lo", "up")
        for cable in range(2):
            here, there, net = f"tg{os.getpid()}h{cable}", f"tg{os.getpid()}t{cable}", self.net(cable)
            for words in (("link", "add", here, "type", "veth", "peer", "name", there, "netns", self.space),
                          ("addr", "add", f"{net}.1/30", "dev", here), ("link", "set", here, "up"),
                          ("-n", self.space, "addr", "add", f"{net}.2/30", "dev", there),
                          ("-n", self.space, "link", "set", there, "up")):
                done = ip(*words)
                if done.returncode != 0:
                    self.__exit__()
                    pytest.skip(f"no cable between network namespaces here: {done.stderr}")
        return self

    def __exit__(self, *error):
        ip("netns", "del", self.space)

    def net(self, cable):
        return f"10.213.{self.number + cable}"

    def address(self, cable):
        return f"{self.net(cable)}.2"

    def pull(self, cable):
        ip("-n", self.space, "link", "set", f"tg{os.getpid()}t{cable}", "down")

    def plug(self, cable):
        ip("-n", self.space, "link", "set", f"tg{os.getpid()}t{cable}", "up")


@contextlib.contextmanager
def broker_beyond(program, cables):
    with Broker(program, host="0.0.0.0", prefix=["ip", "netns", "exec", cables.space]) as broker:
        yield broker, [f"nats://{cables.address(cable)}:{broker.port}" for cable in range(2)]


@pytest.mark.takes(90)
async def test_split_brain_by_a_cable_that_is_pulled(binary, nats_server):
    names = Names(fresh_prefix())
    with Cables() as cables, broker_beyond(nats_server, cables) as (_, (risky, sound)), \
            Venue(venue_words.Kraken, A, B) as venue:
        feeds = [venue_feed(venue, **TIMES)]
        first = ingest(binary, names.prefix, risky, name="ingest-a", feeds=feeds)
        second = ingest(binary, names.prefix, sound, name="ingest-b", feeds=feeds)
        served = edge(binary, names.prefix, sound)
        with processes(first, served):
            await the_leader(first)
            with processes(second):
                async with Nats(sound) as nats, Witness(served.gateway) as eyes, Witness(first.gateway) as own:
                    tap = Tap(nats, names)
                    await eyes.all_live(2)
                    await eyes.goes_on()
                    began = time.monotonic()
                    cables.pull(0)
                    await eventually(lambda: second.leads, "the other leads", TAKEOVER_SECONDS + SLACK_SECONDS)
                    await eyes.goes_on(10)
                    cables.plug(0)
                    await eventually(lambda: first.metric("nats_connected") == 1 and not first.leads,
                                     "it stands by", 20)
                    await asyncio.sleep(1)
                    await eyes.goes_on(10)
                    await own.goes_on()
                equal((len(eyes.epochs), eyes.closes), (1, []), "epochs and closes")
                eyes.no_trade_twice_or_lost()
                eyes.every_id_once()
                own.every_id_once()
                expect(tap.both_published() < BATCH_SECONDS, f"both for {tap.both_published():.2f} s")
                expect(eyes.longest_silence(began) < TAKEOVER_SECONDS + SLACK_SECONDS,
                       f"no trade for {eyes.longest_silence(began):.2f} s")


@pytest.mark.takes(90)
async def test_an_edge_whose_cable_is_pulled(binary, nats_server):
    prefix = fresh_prefix()
    with Cables() as cables, broker_beyond(nats_server, cables) as (_, (risky, sound)), \
            Venue(venue_words.Kraken, A, B) as venue:
        source = ingest(binary, prefix, sound, feeds=[venue_feed(venue, **TIMES)])
        served = edge(binary, prefix, risky)
        with processes(source, served):
            async with Witness(served.gateway) as eyes:
                await eyes.all_live(2)
                await eyes.goes_on()
                began = time.monotonic()
                cables.pull(0)
                await eyes.wait(lambda: eyes.all_were("stale", began), "stale", 5)
                await eyes.wait(lambda: eyes.all_are("down"), "down", 20)
                cables.plug(0)
                await eyes.all_live(2, seconds=20)
                await eyes.goes_on()
            eyes.no_trade_twice_or_lost()
            eyes.every_id_once()
