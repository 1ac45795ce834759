# SPDX-License-Identifier: Apache-2.0
"""Each connection that ends is one line in the log: who, how long, how much, and why."""

import json
import socket
import struct
import time

from harness import Gateway, equal, eventually, expect
from raw_socket import RawClient, text_frame

FEED = "- venue: simulator\n  seed: 4\n  rate: 3000\n"
LIMITS = "idle_time: 3s\nwrite_deadline: 1s\n"
QUOTES = {"op": "subscribe", "channel": "quote", "symbols": ["SIM:BTC-USD", "SIM:ETH-USD"]}
BOOKS = {"op": "subscribe", "channel": "book", "symbols": ["*"]}


def ends(gateway):
    """The lines, by address."""
    lines = [json.loads(line) for line in gateway.log_path.read_text().splitlines()
             if line.startswith("{")]
    found = {}
    for line in lines:
        if line.get("message", line.get("msg")) == "connection ended":
            expect(line["address"] not in found, f"two lines of one connection: {line}")
            found[line["address"]] = line
    return found


def address(client):
    return "{}:{}".format(*client.wire.getsockname())


async def test_each_end_is_told_with_its_reason(binary):
    with Gateway.serve(binary, FEED, limits=LIMITS) as gateway:
        cases = {name: RawClient(gateway.port, [QUOTES]) for name in
                 ("closed", "broken", "vanished", "reset", "silent")}
        cases["slow"] = RawClient(gateway.port, [BOOKS], receive_buffer=4096)
        names = {address(client): name for name, client in cases.items()}
        first = cases["closed"]
        await eventually(lambda: first.read() > 0 and first.total > 5000, "updates")
        first.wire.send(text_frame((1001).to_bytes(2, "big") + b"going to lunch", 0x8))
        cases["broken"].wire.send(b"\x81\x01x")
        cases["vanished"].close()
        # What was sent to it is unread: its end is a reset.
        cases["reset"].wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        cases["reset"].close()
        await eventually(lambda: len(ends(gateway)) == len(cases), "a line for each", seconds=15)
        told = {names[where]: line for where, line in ends(gateway).items()}
        what = {name: (line["by"], line["reason"], line.get("code")) for name, line in told.items()}
        equal(what, {
            "closed": ("client", "normal", 1001),
            "broken": ("gateway", "protocol_error", 1002),
            "vanished": ("network", "peer_lost", None),
            "reset": ("network", "peer_lost", None),
            "silent": ("gateway", "no_pong", 4010),
            "slow": ("gateway", "slow_consumer", 4008),
        }, "who ended it, and why")
        equal(told["closed"]["detail"], "going to lunch", "what the client said")
        equal(told["broken"]["detail"], "client frames must be masked", "what was wrong")
        for name, line in told.items():
            equal((line["subprotocol"], line["level"]), ("tickgate.v1.json", "info"), name)
            expect(name == "slow" or line["subscriptions"] == 2, f"subscriptions: {line}")
            expect(0 <= line["lasted_ms"] < 10_000 and line["bytes_sent"] > 100, f"{line}")
        expect(told["slow"]["subscriptions"] > 2 and told["slow"]["bytes_sent"] > 5_000,
               f"{told['slow']}")
        expect(told["closed"]["bytes_sent"] >= first.total, f"{first.total} bytes: {told['closed']}")
        for client in cases.values():
            client.close()


async def test_a_drain_is_told_for_each(binary):
    with Gateway.serve(binary, FEED) as gateway:
        clients = [RawClient(gateway.port, [QUOTES]) for _ in range(50)]
        await eventually(lambda: gateway.metric("tickgate_subscriptions", channel="quote") == 100,
                         "all subscriptions")
        began = time.monotonic()
        gateway.terminate()

        def answered():
            for client in clients:
                client.read()
                if 0x8 in [opcode for opcode, _ in client.frames()]:
                    client.wire.send(text_frame((1012).to_bytes(2, "big"), 0x8))
            return gateway.process.poll() is not None
        await eventually(answered, "the end")
        lasted = (time.monotonic() - began) * 1000 + 10_000
        told = ends(gateway)
        equal(set(told), {address(client) for client in clients}, "who is told of")
        for line in told.values():
            equal((line["by"], line["reason"], line["code"], line["subscriptions"]),
                  ("gateway", "restart", 1012, 2), "the end")
            expect(line["lasted_ms"] < lasted, f"{line}")
        for client in clients:
            client.close()
