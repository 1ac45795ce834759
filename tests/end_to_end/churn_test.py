# SPDX-License-Identifier: Apache-2.0
"""Clients that subscribe and unsubscribe at random, from a fixed seed. What must hold for every
message they receive (only what was granted, rising sequences, no silent loss) is in client.py."""

import random
import time

from client import Client
from harness import Gateway, equal, eventually, expect, together

SEED = 20261120
CLIENTS = 8
SECONDS = 15
CHANNELS = ("quote", "trade", "book", "ticker", "status")


def start(binary):
    return Gateway.demo(binary, "--seed", 11, "--symbols", 24, "--rate", 2000)


async def churn(client, names, dice):
    """Subscribes and unsubscribes; reads in between. -> updates seen"""
    seen, deadline = 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        channel = dice.choice(CHANNELS)
        symbols = dice.choice(([dice.choice(names)], dice.sample(names, 5), ["SIM:*"], ["*"],
                               ["*:" + dice.choice(names).split(":")[1]]))
        if dice.random() < 0.5:
            more = {"depth": dice.randint(1, 25)} if channel == "book" else {}
            if dice.random() < 0.5:
                more["interval_ms"] = dice.choice((0, 20, 100, 500))
            answer, before = await client.ask(op="subscribe", channel=channel, symbols=symbols,
                                              **more)
            equal((answer["type"], answer.get("rejected")), ("subscribed", []), "answer")
        else:
            answer, before = await client.ask(op="unsubscribe", channel=channel, symbols=symbols)
            equal(answer["type"], "unsubscribed", "answer")
        seen += len(before) + len(await client.collect(dice.random() * 0.2))
    return seen


async def test_nothing_reaches_a_client_that_was_not_granted(gateway):
    async with Client(gateway) as first:
        names = (await first.subscribe("status", "*"))["accepted"]
    clients = [await Client(gateway).__aenter__() for _ in range(CLIENTS)]
    try:
        counts = await together(*(
            churn(client, names, random.Random(SEED + number))
            for number, client in enumerate(clients)))
        expect(min(counts) > 100, f"updates seen by each: {counts} (seed {SEED})")
        granted = sum(len(client.promises.granted) for client in clients)
        await eventually(lambda: gateway.metric("tickgate_subscriptions") == granted,
                         f"the gauge says {gateway.metric('tickgate_subscriptions')} "
                         f"subscriptions, the acknowledgements {granted}")
        for client in clients:
            for channel in CHANNELS:
                await client.unsubscribe(channel, "*")
            equal(client.promises.granted, {}, "left after unsubscribing from all")
        for client in clients:
            kinds = {message["type"] for message in await client.collect(0.3)}
            expect(kinds <= {"heartbeat", "degraded", "restored"},
                   f"after unsubscribing from all came {kinds}")
    finally:
        await together(*(client.leave() for client in clients))


async def test_memory_and_descriptors_come_back_after_many_short_lives(gateway):
    async def life():
        async with Client(gateway) as client:
            await client.subscribe("quote", "*")
            await client.receive()

    for _ in range(3):
        await together(*(life() for _ in range(20)))
    await eventually(lambda: gateway.metric("tickgate_connections") == 0, "all gone")
    descriptors, memory = gateway.descriptors(), gateway.memory()
    for _ in range(15):
        await together(*(life() for _ in range(20)))
    await eventually(lambda: gateway.metric("tickgate_connections") == 0, "all gone")
    await eventually(lambda: gateway.descriptors() <= descriptors,
                     f"{descriptors} descriptors again, not {gateway.descriptors()}")
    grown = gateway.memory() - memory
    expect(grown < 8 * 2**20, f"300 short lives left {grown} bytes")
