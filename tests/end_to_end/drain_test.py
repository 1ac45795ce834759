# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: not ready, each client told when to come back, closed with 1012, exit code 0."""

import asyncio
import signal
import time

import websockets

from client import Client
from harness import Gateway, equal, eventually, expect, together

FEED = "- venue: simulator\n  seed: 1\n  rate: 1000\n"
CLIENTS = 20


async def connected(gateway):
    clients = [await Client(gateway).__aenter__() for _ in range(CLIENTS)]
    for client in clients:
        await client.subscribe("quote", "*")
    return clients


async def test_every_client_is_sent_away_at_its_own_time(binary):
    gateway = Gateway.serve(binary, FEED, server="drain_time: 3s\ndrain_delay: 1s\n")
    with gateway:
        clients = await connected(gateway)
        gateway.terminate()
        began = time.monotonic()
        await eventually(lambda: gateway.admin("/readyz").status == 503, "not ready", seconds=2)
        equal(gateway.admin("/livez").status, 200, "/livez while draining")

        async def last_words(client):
            found, code, _ = await client.closed(seconds=15)
            drains = [message for message in found if message["type"] == "drain"]
            equal((len(drains), code), (1, 1012), "drain messages and close code")
            rest = found[found.index(drains[0]) + 1:]
            return drains[0]["reconnect_after_ms"], time.monotonic() - began, len(rest)

        told = await together(*(last_words(client) for client in clients))
        delays = [delay for delay, _, _ in told]
        expect(all(type(delay) is int and delay > 0 for delay in delays), f"delays {delays}")
        expect(len(set(delays)) > CLIENTS / 2, f"delays are not spread: {sorted(delays)}")
        ends = sorted(moment for _, moment, _ in told)
        expect(ends[-1] - ends[0] > 0.5, f"all closed at once: {ends}")
        gateway.wait_for_exit(0, seconds=10)
        expect(time.monotonic() - began < 12, f"took {time.monotonic() - began:.1f} s")


async def test_nobody_new_is_let_in_while_draining(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 3s\ndrain_delay: 1s\n") as gateway:
        async with Client(gateway):
            gateway.terminate()
            await eventually(lambda: gateway.admin("/readyz").status == 503, "not ready", seconds=2)
            try:
                async with Client(gateway) as late:
                    # Let in before the listener closed: then it is told to leave like the others.
                    _, code, _ = await late.closed(seconds=15)
                    equal(code, 1012, "close code of a late client")
            except (OSError, websockets.InvalidStatusCode, websockets.InvalidMessage) as refused:
                status = getattr(refused, "status_code", 503)
                equal(status, 503, "status of the refusal")
        gateway.wait_for_exit(0, seconds=10)


async def test_without_clients_it_ends_at_once(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 20s\n") as gateway:
        gateway.terminate()
        gateway.wait_for_exit(0, seconds=5)


async def test_a_second_signal_ends_it_at_once(binary):
    for number in (signal.SIGTERM, signal.SIGINT):
        gateway = Gateway.serve(binary, FEED, server="drain_time: 60s\n").start()
        try:
            gateway.wait_until_ready()
            async with Client(gateway):
                gateway.terminate(number)
                await eventually(lambda: gateway.admin("/readyz").status == 503, "draining",
                                 seconds=2)
                gateway.terminate(number)
                await asyncio.to_thread(gateway.process.wait, 3)
        finally:
            gateway.end()


async def test_a_client_that_does_not_read_cannot_hold_the_drain(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 2s\n") as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=1)
        writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                     b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        expect((await reader.read(12)).startswith(b"HTTP/1.1 101"), "not upgraded")
        gateway.terminate()
        gateway.wait_for_exit(0, seconds=15)
        writer.close()
