# SPDX-License-Identifier: Apache-2.0
"""Near its memory budget a gateway lets nobody in, cuts off who holds most, and serves the others."""

import asyncio
import contextlib
import itertools
import json
import time

import pytest

from client import Client
from harness import Gateway, equal, eventually, expect, is_sanitized, logged
from raw_socket import RawClient, text_frame

MIB = 1 << 20
BUDGET = 128
COMERS = 600
GREEDY = {"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"], "depth": 25}


def start(binary):
    return Gateway.serve(
        binary, "- venue: simulator\n  symbol_count: 500\n  names: generated\n  rate: 2000\n",
        server="shards: 1\n", limits=f"memory: {BUDGET}MiB\nwrite_deadline: 300s\n")


async def crowd(gateway, clients):
    """All are in before they ask for all books, and read nothing. -> the most memory, the longest
    silence of one that reads"""
    most, silence = 0, 0.0
    eyes = RawClient(gateway.port, [{"op": "subscribe", "channel": "quote", "symbols": ["*"]}])
    clients += [RawClient(gateway.port, [], receive_buffer=4096) for _ in range(COMERS)]
    eyes.read()
    last, until = time.monotonic(), time.monotonic() + 9
    asking = iter(clients)
    while time.monotonic() < until:
        for client in itertools.islice(asking, 1):
            with contextlib.suppress(OSError):
                client.wire.send(text_frame(json.dumps(GREEDY)))
        if eyes.read() > 0:
            silence = max(silence, time.monotonic() - last)
            last = time.monotonic()
        for _ in eyes.frames():
            pass
        most = max(most, gateway.memory())
        await asyncio.sleep(0.01)
    return eyes, most, silence


async def test_who_holds_most_goes_and_the_others_stay(binary):
    if is_sanitized(binary):
        pytest.skip("memory means nothing under a sanitizer")
    gateway = start(binary)
    with gateway:
        equal(gateway.metric("tickgate_memory_budget_bytes"), BUDGET * MIB, "the budget")
        rest, clients = gateway.memory(), []
        eyes, most, silence = await crowd(gateway, clients)
        shed = gateway.metric("tickgate_clients_shed_total")
        print(f"      {rest / MIB:.0f} MiB at rest, {most / MIB:.0f} at most of {BUDGET}, {shed:.0f} of "
              f"{COMERS} shed, longest silence {silence * 1e3:.0f} ms")
        equal(eyes.ended, "", "the end of who reads")
        expect(0 < shed < COMERS, f"{shed} shed")
        equal(gateway.metric("tickgate_client_disconnects_total", reason="overloaded"), shed, "shed")
        expect(most < BUDGET * MIB, f"{most} bytes held")
        await logged(gateway, "the largest holders are shed")
        answer = gateway.public("/v1/instruments")
        equal((answer.status, answer.headers.get("retry-after")), (503, "5"), "a visitor")
        with pytest.raises(ConnectionError, match="503"):
            RawClient(gateway.port, [])
        equal(gateway.metric("tickgate_handshake_failures_total", reason="over_memory"), 2, "refused")
        equal(gateway.public("/readyz").status, 200, "a load balancer's probe")
        equal(gateway.admin("/livez").status, 200, "a probe")
        for client in clients:
            client.close()
        eyes.close()
        await eventually(lambda: gateway.public("/v1/instruments").status == 200, "room again")
        async with Client(gateway) as client:
            await client.subscribe("book", "*")
