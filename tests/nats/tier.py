# SPDX-License-Identifier: Apache-2.0
"""Processes of tickgate around a nats-server: an ingest, an edge, a relay, each from its YAML."""

import contextlib
import itertools
import os
import pathlib
import signal
import subprocess

import yaml

from harness import eventually, expect
from running import Running

# Of a small market, so that two cores carry several processes and everything is seen.
MARKET = [{"venue": "simulator", "seed": 5, "symbol_count": 6, "rate": 400}]
PUBLISH = {"trades_age": "5m", "trades_memory": "16MiB"}
TAKEOVER_SECONDS = 3.0  # without a leader, at most
STALE_SECONDS = 2.0     # until what is not live any more is said to be so
SLACK_SECONDS = 1.0     # of a busy machine, and of looking

numbers = itertools.count(1)


def fresh_prefix():
    """Subjects, and so streams, that no other test of the same server has."""
    return f"test{os.getpid()}-{next(numbers)}.v1"


class Names:
    """What the subjects, streams and the bucket of a prefix are called."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.upper = prefix.upper().replace(".", "_")
        self.last, self.trades = f"{self.upper}_LAST", f"{self.upper}_TRADES"
        self.lease = f"$KV.{self.upper}.lease"
        self.bucket = f"KV_{self.upper}"

    def subject(self, channel, *tokens):
        return ".".join((self.prefix, channel, *tokens))


class Node(Running):
    """One process. `name` is what it is called in messages."""

    def __init__(self, binary, feeds, name, **sections):
        super().__init__(binary, feeds, **sections)
        self.name = name

    def start(self):
        self.gateway.start()
        return self

    def kill(self):
        self.gateway.process.kill()
        self.gateway.process.wait()

    def freeze(self):
        self.gateway.terminate(signal.SIGSTOP)

    def thaw(self):
        self.gateway.terminate(signal.SIGCONT)

    def stop(self):
        """Cleanly, to its end."""
        self.gateway.terminate()
        self.gateway.wait_for_exit(0)

    def metric(self, name, **labels):
        return self.gateway.metric(f"tickgate_{name}", **labels)

    @property
    def leads(self):
        return self.metric("ingest_leader") == 1

    @contextlib.contextmanager
    def mortal(self):
        """It runs inside, is ready at the start, and may be dead at the end."""
        try:
            self.gateway.start().wait_until_ready()
            yield self
        finally:
            if self.gateway.process.poll() is None:
                self.thaw()
            self.gateway.end()


def urls(*of):
    """From brokers, wires or texts."""
    return [one if isinstance(one, str) else one.url for one in of]


def ingest(binary, prefix, *brokers, name="ingest-a", feeds=None, publish=None, **sections):
    nats = {"url": urls(*brokers), "name": name, "subject_prefix": prefix, **PUBLISH, **(publish or {})}
    return Node(binary, feeds or MARKET, name, publish={"nats": nats}, **sections)


def nats_feed(prefix, *brokers, **more):
    return {"venue": "nats", "url": urls(*brokers), "subject_prefix": prefix, **more}


def edge(binary, prefix, *brokers, name="edge", feed=None, **sections):
    return Node(binary, [nats_feed(prefix, *brokers, **(feed or {}))], name, **sections)


def relay(binary, source, target, name="relay", **sections):
    """`source` and `target` are (prefix, broker)."""
    nats = {"url": urls(target[1]), "name": name, "subject_prefix": target[0], **PUBLISH}
    return Node(binary, [nats_feed(*source)], name, publish={"nats": nats}, **sections)


def venue_feed(venue, **more):
    """The feed of a venue on loopback, as `Running` has it."""
    return yaml.safe_load(venue.feed(**more))[0]


@contextlib.contextmanager
def processes(*nodes):
    """All of them started, then all ready; each is to end well unless a test ended it."""
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.gateway.wait_until_ready()
        yield nodes
        for node in nodes:
            code = node.gateway.process.poll()
            if code is None:
                node.thaw()
                node.gateway.terminate()
        for node in nodes:
            if node.gateway.process.poll() is None:
                node.gateway.wait_for_exit(0)
    finally:
        for node in nodes:
            node.gateway.end()


async def the_leader(*nodes, seconds=10):
    """-> the one that leads, and the others"""
    await eventually(lambda: sum(one.leads for one in nodes) == 1, f"one of {len(nodes)} leads", seconds)
    leader = next(one for one in nodes if one.leads)
    return leader, [one for one in nodes if one is not leader]


def built_with_nats(binary, folder):
    """Whether this tickgate knows NATS, by what it says of a configuration that names it."""
    path = pathlib.Path(folder) / "nats.yaml"
    path.write_text(yaml.safe_dump({"feeds": [{"venue": "nats", "url": "nats://127.0.0.1:1"}]}), encoding="utf-8")
    done = subprocess.run([binary, "check", "--config", path], capture_output=True, text=True, timeout=60,
                          check=False)
    said = done.stdout + done.stderr
    knows = "without NATS" not in said and 'got "nats"' not in said
    expect(done.returncode == 0 or not knows, f"check of a feed from NATS: {said}")
    return knows
