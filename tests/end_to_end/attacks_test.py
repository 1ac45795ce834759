# SPDX-License-Identifier: Apache-2.0
"""People who mean harm, against a gateway that others use: its clients are served on, its feeds go on,
its memory and its descriptors are bounded, and when it is over nothing is left of it."""

import contextlib
import http.client
import json
import pathlib
import resource
import ssl
import subprocess
import sys
import threading
import time

import pytest

import venue_words
from certificate import self_signed
from harness import Gateway, equal, eventually, expect, is_sanitized
from raw_socket import RawClient
from venue import Venue

ATTACKER = pathlib.Path(__file__).with_name("attacker.py")
SILENCE = 2.0        # seconds; far more than is seen, for machines that do something else beside
MEMORY = 192 * 2**20  # that an attack may add: the bytes of all unread answers, and the visitors
PROBE = 2.0          # seconds for an answer of the admin port
MARKET = "- venue: simulator\n  seed: 7\n  rate: 500\n  symbol_count: 2000\n  names: generated\n"
REQUEST = {"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["*"], "interval_ms": 10}


class Witness(threading.Thread):
    """A healthy client that reads all it is sent, and how long it ever heard nothing."""

    def __init__(self, port, context=None):
        super().__init__(daemon=True)
        self.client = RawClient(port, [REQUEST], context=context)
        self.client.wire.settimeout(SILENCE * 2)
        self.silence, self.ended, self.over = 0.0, "", threading.Event()
        self.start()

    def run(self):
        last = time.monotonic()
        while not self.over.is_set():
            try:
                data = self.client.wire.recv(1 << 18)
            except OSError as error:
                data, self.ended = b"", f"{error}"
            now = time.monotonic()
            self.silence, last = max(self.silence, now - last), now
            if not data:
                self.ended = self.ended or "it was closed"
                return

    def end(self):
        self.over.set()
        self.join(SILENCE * 3)
        self.client.close()


@contextlib.contextmanager
def attack(gateway, name, count, seconds, path="/v1/instruments", port=None):
    """Runs it to its end; inside, it goes on. -> a dict that then holds what became of it"""
    found = {}
    process = subprocess.Popen([sys.executable, ATTACKER, name, str(port or gateway.port),
                                str(count), str(seconds), path], stdout=subprocess.PIPE, text=True)
    try:
        yield found
        out, _ = process.communicate(timeout=seconds + 30)
        found.update(json.loads(out.splitlines()[-1]))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def livez(gateway):
    """-> its status. Where the port itself is attacked, and the machine is busy, a probe may be the
    oldest there that yields: whoever probes asks again, and so do we, once."""
    try:
        return gateway.admin("/livez").status
    except http.client.RemoteDisconnected:
        return gateway.admin("/livez").status


async def survives(gateway, name, count, seconds, context=None, **more):
    """A healthy client, probes and memory while it is attacked. -> what became of the attacker"""
    witness = Witness(gateway.port, context)
    before, descriptors = gateway.memory(), gateway.descriptors()
    most, slowest = before, 0.0
    with attack(gateway, name, count, seconds, **more) as found:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            began = time.monotonic()
            equal(livez(gateway), 200, "/livez")
            slowest = max(slowest, time.monotonic() - began)
            most = max(most, gateway.memory())
            time.sleep(0.1)
    witness.end()
    print(f"{name}: {found}; longest silence {witness.silence * 1000:.0f} ms, slowest probe "
          f"{slowest * 1000:.0f} ms, {(most - before) / 2**20:.0f} MiB more")
    expect(not witness.ended, f"the healthy client's end: {witness.ended}: {gateway.log()}")
    expect(witness.silence < SILENCE, f"a silence of {witness.silence:.2f} s")
    expect(slowest < PROBE, f"a probe took {slowest:.2f} s")
    if not is_sanitized(gateway.binary):
        expect(most - before < MEMORY, f"{(most - before) / 2**20:.0f} MiB more")
    await eventually(lambda: gateway.descriptors() <= descriptors, "its descriptors are given back",
                     seconds=30)
    return found


def most(count):
    """As many sockets as a process may have here."""
    return min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 200)


@pytest.mark.parametrize("name", ["silent", "half"])
@pytest.mark.parametrize("port", ["public", "admin"])
async def test_many_who_ask_for_nothing(binary, name, port):
    with Gateway.serve(binary, MARKET) as gateway:
        at = gateway.port if port == "public" else gateway.admin_port
        found = await survives(gateway, name, most(10_000), 5, port=at)
        expect(found["connected"] > 500, f"the attack itself was none: {found}")


async def test_many_who_ask_and_do_not_read(binary):
    with Gateway.serve(binary, MARKET) as gateway:
        found = await survives(gateway, "unread", most(14_000), 8)
        expect(found["connected"] > 500, f"the attack itself was none: {found}")
        await eventually(lambda: gateway.public("/v1/instruments").status == 200,
                         "others are answered again", seconds=20)


async def test_one_who_asks_for_books_in_a_loop(binary):
    """Another venue's prices come as they did, and are never called stale."""
    with Venue(venue_words.Kraken, "AAA-USD") as venue:
        with Gateway.serve(binary, MARKET + venue.feed()) as gateway:
            found = await survives(gateway, "asking", 64, 5,
                                   path="/v1/book?symbol=KRAKEN:AAA-USD&depth=1000")
            expect(sum(found.values()) > 100, f"the attack itself was none: {found}")
            for feed in ("simulator", "kraken"):
                equal(gateway.metric("tickgate_feed_stale_total", feed=feed), 0.0, f"stale: {feed}")


async def test_a_flood_of_first_messages_of_tls(binary, tmp_path):
    certificate, key = self_signed(tmp_path, "localhost")
    server = f"tls:\n  certificate: {certificate}\n  key: {key}\n"
    with Gateway.serve(binary, MARKET, server=server) as gateway:
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        found = await survives(gateway, "hello", 20_000, 5, context=context)
        expect(found["connected"] > 500, f"the attack itself was none: {found}")
