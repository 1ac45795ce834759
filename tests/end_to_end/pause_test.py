# SPDX-License-Identifier: Apache-2.0
"""A gateway that was stopped itself (SIGSTOP; a machine that slept) holds its pause against nobody."""

import asyncio
import contextlib
import os
import signal
import time

from client import Client
from harness import Gateway, equal, eventually, expect, together
from raw_socket import RawClient

FEED = "- venue: simulator\n  seed: 6\n  rate: 2000\n"
LIMITS = "idle_time: 3s\nwrite_deadline: 4s\nhandshake_time: 4s\n"
PAUSE_SECONDS = 5
PROBE = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
SUBSCRIBE = {"op": "subscribe", "channel": "book", "symbols": ["*"], "depth": 25}


@contextlib.asynccontextmanager
async def paused(gateway):
    """Stopped inside, for as long as that takes and PAUSE_SECONDS at least."""
    began = time.monotonic()
    os.kill(gateway.process.pid, signal.SIGSTOP)
    try:
        yield
        await asyncio.sleep(began + PAUSE_SECONDS - time.monotonic())
    finally:
        os.kill(gateway.process.pid, signal.SIGCONT)


def read_all(client):
    """Reads what is there. -> the codes of the Close frames among it, and how it ended"""
    while client.read() > 0:
        pass
    return [int.from_bytes(payload[:2], "big") for opcode, payload in client.frames()
            if opcode == 0x8], client.ended


async def test_nobody_is_sent_away_for_our_own_pause(binary):
    with Gateway.serve(binary, FEED, limits=LIMITS) as gateway:
        clients = [await Client(gateway).__aenter__() for _ in range(5)]
        for client in clients[1:]:
            await client.subscribe("quote", "*")
        slow = RawClient(gateway.port, [SUBSCRIBE], receive_buffer=4096)
        visitors = [await asyncio.open_connection("127.0.0.1", port)
                    for port in (gateway.port, gateway.admin_port)]
        for _, writer in visitors:
            writer.write(PROBE[:20])
        await eventually(lambda: gateway.metric("tickgate_send_queue_bytes") > 0, "a full socket")
        async with paused(gateway):
            pass
        # Everyone is looked at twice a second.
        await asyncio.sleep(0.6)
        for reader, writer in visitors:
            writer.write(PROBE[20:])
            expect((await asyncio.wait_for(reader.read(64), 2)).startswith(b"HTTP/1.1 200"),
                   "a visitor who was half way through his request was not answered")
            writer.close()
        await together(*(client.collect(0.7) for client in clients))
        equal(read_all(slow), ([], ""), "the end of the slow client")
        for client in clients:
            await client.ask(op="ping")
        equal(gateway.metric("tickgate_client_disconnects_total"), 0.0,
              f"clients sent away; {gateway.log()}")
        slow.close()
        await together(*(client.leave() for client in clients))


async def test_who_is_silent_after_it_is_sent_away_in_its_time(binary):
    with Gateway.serve(binary, FEED, limits=LIMITS) as gateway:
        silent = RawClient(gateway.port, [])
        silent.answer = lambda _: None
        async with paused(gateway):
            pass
        resumed, codes = time.monotonic(), []
        while not codes and time.monotonic() < resumed + 10:
            codes, ended = read_all(silent)
            expect(codes or not ended, f"ended without a Close: {ended}")
            await asyncio.sleep(0.02)
        took = time.monotonic() - resumed
        equal(codes, [4010], "the code")
        expect(1 < took < 5, f"after {took:.1f} s")
        silent.close()


async def test_a_drain_goes_on_where_it_stopped(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 20s\n") as gateway:
        clients = [RawClient(gateway.port, []) for _ in range(1000)]
        gateway.terminate()
        await eventually(lambda: any(client.read() > 0 for client in clients), "the drain")
        async with paused(gateway):
            pass
        codes, deadline = {}, time.monotonic() + 20
        while len(codes) < len(clients) and time.monotonic() < deadline:
            for client in set(clients) - set(codes):
                closes, ended = read_all(client)
                expect(closes or not ended, f"ended without a Close: {ended}")
                if closes:
                    codes[client] = closes[0]
                    client.close()
            await asyncio.sleep(0.01)
        equal(set(codes.values()), {1012}, "the codes")
        equal(len(codes), len(clients), "how many were sent away")
        gateway.wait_for_exit(0, seconds=5)
