# SPDX-License-Identifier: Apache-2.0
"""Clients that say as much as they can: pings, pongs, empty messages, requests. Whoever listens beside
them is sent updates all the same, and what is said costs no memory."""

import asyncio
import contextlib
import json
import threading
import time

from client import Client
from harness import Gateway, eventually, expect, is_sanitized
from raw_socket import RawClient, text_frame

FEED = "- venue: simulator\n  seed: 9\n  rate: 2000\n"
FLOODERS = 10  # of each kind
SECONDS = 4
KINDS = {
    "pings": text_frame(b"", 0x9) * 8000,
    "large pings": text_frame(b"x" * 125, 0x9) * 400,
    "pongs": text_frame(b"", 0xA) * 8000,
    "empty texts": text_frame("") * 8000,
    "requests": text_frame('{"op":"ping"}') * 3000,
    "fragments": b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 1000 +
                 b"\x80\x80" + bytes(4),
}


class Flood:
    """Clients that send `words` again and again and read what they are sent, in a thread."""

    def __init__(self, port, words, count=FLOODERS):
        self.clients = [RawClient(port, []) for _ in range(count)]
        self.words, self.sent, self.going = words, 0, True
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()
        for client in self.clients:
            client.close()

    def run(self):
        at = {client: 0 for client in self.clients}
        while self.going and at:
            for client in list(at):
                try:
                    at[client] = (at[client] + client.wire.send(self.words[at[client]:])) \
                        % len(self.words)
                    self.sent += 1
                except BlockingIOError:
                    pass
                except OSError:
                    del at[client]
                    continue
                with contextlib.suppress(BlockingIOError, OSError):
                    client.wire.recv(1 << 18)
            time.sleep(0.001)


async def longest_silence(client, seconds):
    """Of one who is owed something at all times."""
    longest, last = 0, time.monotonic()
    end = last + seconds
    while time.monotonic() < end:
        message = await client.receive(seconds=5)
        now = time.monotonic()
        expect(message is not None, "nothing for 5 s")
        longest, last = max(longest, now - last), now
        client.waiting.clear()
    return longest


async def test_a_healthy_client_hears_no_less_beside_a_flood(binary):
    with Gateway.serve(binary, FEED) as gateway:
        async with Client(gateway) as healthy:
            await healthy.subscribe("quote", "*")
            base = await longest_silence(healthy, SECONDS)
            memory = gateway.memory()
            for kind, words in KINDS.items():
                with Flood(gateway.port, words) as flood:
                    silence = await longest_silence(healthy, SECONDS)
                    alive = sum(1 for client in flood.clients if not client.ended)
                    grown = (gateway.memory() - memory) >> 10
                    print(f"{FLOODERS} clients of {kind}: silent for {silence * 1000:.0f} ms at most, "
                          f"{base * 1000:.0f} ms without them; {grown} KiB more, {alive} still there")
                    if not is_sanitized(binary):
                        expect(silence < base + 0.2, f"{kind}: silent for {silence:.3f} s")
                        expect(grown < 20 << 10, f"{kind}: {grown} KiB more")
                    expect(flood.sent > 0, "no flood")


async def test_who_floods_is_still_served_in_turn(binary):
    with Gateway.serve(binary, FEED) as gateway:
        with Flood(gateway.port, KINDS["pings"]):
            client = RawClient(gateway.port, [])
            client.wire.setblocking(True)
            client.wire.sendall(KINDS["pings"] + text_frame(json.dumps({"op": "ping", "id": 77})))
            client.wire.setblocking(False)
            answers = []

            def answered():
                client.read()
                answers.extend(payload for opcode, payload in client.frames() if opcode == 0x1)
                return any(b'"id":77' in answer for answer in answers)
            await eventually(answered, "its request, behind 8,000 pings")
            client.close()
