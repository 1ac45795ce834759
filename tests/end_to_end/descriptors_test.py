# SPDX-License-Identifier: Apache-2.0
"""With few open files allowed, clients cannot take those of feeds and of the admin port."""

import asyncio
import contextlib
import socket
import time

from address_test import connect, head_of
from door_test import slow_reader, status_of
from harness import Gateway, equal, eventually, expect, logged
from raw_socket import HANDSHAKE
from venue import Venue
from venue_words import Binance
from client import Client
from watching import A, B, TIMES, Eyes

ALLOWED = 200
COMERS = 1500


def of_few_files(gateway, allowed):
    gateway.arguments = [f"--nofile={allowed}", gateway.binary, *gateway.arguments]
    gateway.binary = "prlimit"
    return gateway


def come(port, number):
    """One of three upgrades, one is silent, one asks and does not read."""
    wire = socket.socket()
    wire.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        wire.connect(("127.0.0.1", port))
    return wire, (HANDSHAKE, b"", b"GET /v1/instruments HTTP/1.1\r\nHost: a\r\n\r\n")[number % 3]


async def storm(gateway, eyes, held):
    """They come, and stay if they may. -> the most descriptors and the slowest probe meanwhile"""
    most, slowest = 0, 0.0
    for number in range(COMERS):
        held.append(come(gateway.port, number))
        if number % 50 < 49:
            continue
        await eyes.for_(0.01)
        for wire, words in held[-50:]:
            with contextlib.suppress(OSError):
                wire.send(words)
        began = time.monotonic()
        equal(gateway.admin("/livez").status, 200, "a probe")
        slowest = max(slowest, time.monotonic() - began)
        most = max(most, gateway.descriptors())
    return most, slowest


async def test_feeds_and_probes_have_theirs_while_clients_want_all(binary):
    with Venue(Binance, A, B) as venue:
        gateway = of_few_files(Gateway.serve(binary, venue.feed(**TIMES)), ALLOWED)
        with gateway:
            await logged(gateway, "limits.connections lowered")
            held = []
            async with Client(gateway) as client:
                eyes = Eyes(client, venue)
                await client.subscribe("book", "*")
                await eyes.until(lambda: eyes.state(A) == "live", "live")
                most, slowest = await storm(gateway, eyes, held)
                before = venue.connections
                venue.hang_up()
                await eyes.until(lambda: venue.connections > before, "the feed is back")
                await eyes.until(lambda: eyes.state(A) == "live", "live again")
                await eyes.goes_on(A)
                most = max(most, gateway.descriptors())
                streams = gateway.metric("tickgate_connections")
                expect(streams > 60, f"{streams} streams")
                expect(most <= ALLOWED, f"{most} descriptors")
                equal(gateway.metric("tickgate_accept_failures_total"), 0, "accepts that failed")
                print(f"      {COMERS} clients want {ALLOWED} files: {most} open at most, "
                      f"{streams:.0f} streams, the slowest probe {slowest * 1e3:.0f} ms")
                for wire, _ in held:
                    wire.close()
                await eventually(lambda: gateway.metric("tickgate_connections") == 1, "all gone")
                async with Client(gateway) as another:
                    await another.subscribe("book", "*")


async def test_whoever_comes_when_none_are_left_is_told(binary):
    feed = "- venue: simulator\n  seed: 9\n  rate: 5\n  symbol_count: 600\n  names: generated\n"
    gateway = of_few_files(Gateway.serve(binary, feed, server="shards: 1\n"), ALLOWED)
    with gateway, contextlib.ExitStack() as stack:
        def come_from(address, words):
            """-> the head of what is answered"""
            wire = connect(gateway.port, address)
            stack.callback(wire.close)
            wire.sendall(words)
            return head_of(wire)

        expect(come_from("127.0.0.5", HANDSHAKE).startswith("HTTP/1.1 101"), "the first")
        streams = 1
        while come_from("127.0.0.5", HANDSHAKE).startswith("HTTP/1.1 101"):
            streams += 1
            expect(streams < ALLOWED, "more than there are files")
        for _ in range(ALLOWED):
            reader = stack.enter_context(slow_reader(gateway))
            if status_of(reader) != 200:
                break
        else:
            expect(False, "more are answered than there are files")
        for _ in range(20):
            head = come_from("127.0.0.7", HANDSHAKE)
            expect(head.startswith("HTTP/1.1 503") and "\r\nRetry-After: " in head, f"an upgrade: {head}")
            head = come_from("127.0.0.7", b"GET /v1/venues HTTP/1.1\r\nHost: a\r\n\r\n")
            expect(head.startswith("HTTP/1.1 503") and "\r\nRetry-After: " in head, f"a request: {head}")
            head = come_from("127.0.0.7", b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
            expect(head.startswith("HTTP/1.1 200"), f"a probe: {head}")
            expect(gateway.descriptors() <= ALLOWED, f"{gateway.descriptors()} descriptors")
        equal(gateway.metric("tickgate_accept_failures_total"), 0, "accepts that failed")


async def test_what_is_asked_for_and_cannot_be_had_is_refused_at_start(binary):
    gateway = of_few_files(Gateway.serve(binary, "- venue: simulator\n",
                                         limits="connections: 5000\n"), ALLOWED)
    try:
        gateway.start().wait_for_exit(2)
        await logged(gateway, "limits.connections: expected at most")
        await logged(gateway, "200 open files")
    finally:
        gateway.end()


async def test_too_few_for_anybody_is_said_at_start(binary):
    gateway = of_few_files(Gateway.serve(binary, "- venue: simulator\n"), 50)
    try:
        gateway.start().wait_for_exit(2)
        await logged(gateway, "open files: 50 are allowed")
    finally:
        gateway.end()
    await asyncio.sleep(0)
