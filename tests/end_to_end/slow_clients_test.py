# SPDX-License-Identifier: Apache-2.0
"""A tenth of a thousand clients stops reading for 20 s while 5,000 ticks a second arrive."""

import json
import resource
import selectors
import time

from harness import Failure, Gateway, equal, eventually, expect, is_sanitized
from raw_socket import RawClient

CLIENTS = 1000
SLOW = 100
RETURNING = 10        # of the slow ones: they read again before the write deadline
STALL_SECONDS = 20
WRITE_DEADLINE = 28
HEALTHY_SILENCE = 5   # seconds; they asked for an update every 500 ms
GROWTH_BYTES = SLOW * 256 * 1024
OLD_BYTES = 300_000   # read before a value of now: what the kernel held, and two frames

FEED = "- venue: simulator\n  seed: 3\n  rate: 5000\n"
LIMITS = f"write_deadline: {WRITE_DEADLINE}s\nconnections: 2000\n"
HEALTHY = [{"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["*"], "interval_ms": 500}]
BOOKS = [{"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"], "depth": 25},
         {"op": "subscribe", "id": 2, "channel": "quote", "symbols": ["*"]}]
# Trades are not folded: who asked for them reads the newest 256 of each symbol first.
GREEDY = [*BOOKS, {"op": "subscribe", "id": 3, "channel": "trade", "symbols": ["*"]}]


class Pump:
    """Reads every healthy client whenever it has something, and keeps the longest silence."""

    def __init__(self, clients):
        self.selector = selectors.DefaultSelector()
        now = time.monotonic()
        for client in clients:
            client.last, client.silence, client.sequences = now, 0.0, {}
            self.selector.register(client.wire, selectors.EVENT_READ, client)
        self.clients = clients
        checked = set(clients[::200])  # to read what all are sent takes a processor of its own
        for client in clients:
            client.checked = client in checked
        self.ages = []  # of the quotes of those, in seconds

    def run(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for key, _ in self.selector.select(0.1):
                self.take(key.data)
        now = time.monotonic()
        for client in self.clients:
            client.silence = max(client.silence, now - client.last)

    def take(self, client):
        if client.read() == 0:
            raise Failure(f"a healthy client was cut off: {client.ended}")
        now = time.monotonic()
        client.silence, client.last = max(client.silence, now - client.last), now
        for opcode, payload in client.frames():
            if opcode == 0x8:
                raise Failure(f"a healthy client was closed: {payload!r}")
            if client.checked and opcode == 0x1:
                self.look(client, json.loads(payload))

    def look(self, client, messages):
        for message in messages:
            if message["type"] != "quote":
                continue
            last = client.sequences.get(message["symbol"], 0)
            expect(message["seq"] > last, f"after seq {last} came {message}")
            client.sequences[message["symbol"]] = message["seq"]
            self.ages.append(time.time() - message["received"] / 1e6)

    def reset(self):
        for client in self.clients:
            client.last, client.silence = time.monotonic(), 0.0
        self.ages.clear()

    def worst(self):
        return max(client.silence for client in self.clients)


def read_again(clients):
    """Reads stalled clients until each has a value of now. -> the seconds and bytes each took"""
    began, wall, took = time.monotonic(), time.time() * 1e6, {}
    before = {client: client.total for client in clients}
    while len(took) < len(clients):
        expect(time.monotonic() < began + 5, f"within 5 s only {len(took)} have a value of now")
        for client in clients:
            if client.read() == 0:
                raise Failure(f"cut off before the write deadline: {client.ended}")
            for opcode, payload in client.frames():
                if opcode == 0x1 and any(message.get("received", 0) >= wall
                                         for message in json.loads(payload)):
                    took.setdefault(client, (time.monotonic() - began,
                                             client.total - before[client]))
        time.sleep(0.001)
    return list(took.values())


def read_to_the_end(client):
    """How a connection that was cut off ends. -> the close code if one is there, or the error"""
    deadline = time.monotonic() + 5
    code = None
    while time.monotonic() < deadline:
        size = client.read()
        for opcode, payload in client.frames():
            if opcode == 0x8:
                code = int.from_bytes(payload[:2], "big")
        if size == 0:
            return code or client.ended
        if size < 0:
            time.sleep(0.001)
    return "still open"


def cut_off(gateway):
    return gateway.metric("tickgate_client_disconnects_total", reason="slow_consumer") or 0


async def test_they_cost_little_and_nobody_else_notices(binary):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    gateway = Gateway.serve(binary, FEED, limits=LIMITS)
    with gateway:
        everyone = []
        try:
            everyone += [RawClient(gateway.port, HEALTHY) for _ in range(CLIENTS - SLOW)]
            pump = Pump(list(everyone))
            pump.run(1)
            before = gateway.memory()
            slow = [RawClient(gateway.port, BOOKS if number < RETURNING else GREEDY,
                              receive_buffer=16384) for number in range(SLOW)]
            everyone += slow
            stalled = time.monotonic()
            pump.run(1)
            pump.reset()
            await stall(gateway, binary, pump, slow, stalled, before)
        finally:
            for client in everyone:
                client.close()


async def stall(gateway, binary, pump, slow, stalled, before):
    most = 0
    while time.monotonic() < stalled + STALL_SECONDS:
        pump.run(1)
        most = max(most, gateway.memory())
    grown = most - before
    returning = read_again(slow[:RETURNING])
    rest = slow[RETURNING:]
    equal(cut_off(gateway), 0, "closed before the write deadline")
    selector = pump.selector
    for client in slow[:RETURNING]:  # they go on as healthy ones do
        client.last, client.silence, client.sequences = time.monotonic(), 0.0, {}
        selector.register(client.wire, selectors.EVENT_READ, client)
    pump.run(stalled + WRITE_DEADLINE + 4 - time.monotonic())
    equal(cut_off(gateway), len(rest), "closed as slow consumers")
    ends = [read_to_the_end(client) for client in rest]
    expect(set(ends) <= {4008, "ConnectionResetError", "end of stream"}, f"ended as {set(ends)}")
    print(f"      1,000 clients, 100 stalled for {STALL_SECONDS} s: memory +{grown / 1024:.0f} KiB; "
          f"longest silence of a healthy one {pump.worst():.2f} s; reading again took at most "
          f"{max(seconds for seconds, _ in returning) * 1e3:.0f} ms and "
          f"{max(size for _, size in returning)} bytes to a value of now", flush=True)
    expect(pump.worst() < HEALTHY_SILENCE, f"a healthy client heard nothing for {pump.worst():.1f} s")
    expect(pump.ages and sorted(pump.ages)[len(pump.ages) // 2] < 1.5,
           f"the median age of a healthy client's quote: {sorted(pump.ages)[len(pump.ages) // 2]}")
    expect(max(size for _, size in returning) <= OLD_BYTES,
           f"bytes read before a value of now: {sorted(size for _, size in returning)}")
    if not is_sanitized(binary):
        expect(grown <= GROWTH_BYTES, f"memory grew by {grown} bytes for {SLOW} stalled clients")
    await eventually(lambda: gateway.metric("tickgate_connections")
                     == CLIENTS - len(rest), "the slow ones are gone from the gauge", seconds=3)
