# SPDX-License-Identifier: Apache-2.0
"""Limits of the configuration, each seen from a client that meets it."""

import asyncio
import json
import socket
import time

import websockets

from client import Client
from harness import Gateway, equal, eventually, expect
from raw_socket import RawClient, text_frame

FEED = "- venue: simulator\n  seed: 9\n  rate: 5000\n"
LIMITS = """connections: 3
subscriptions_per_connection: 10
min_interval: 300ms
handshake_time: 500ms
idle_time: 2s
write_deadline: 4s
"""
BOOKS = [{"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"], "depth": 25}]


def start(binary):
    return Gateway.serve(binary, FEED, limits=LIMITS)


def read_for(client, seconds):
    """Everything a RawClient gets within so many seconds. -> [(opcode, payload)]"""
    found, deadline = [], time.monotonic() + seconds
    while time.monotonic() < deadline and not client.ended:
        if client.read() <= 0:
            time.sleep(0.005)
        found.extend(client.frames())
    return found


def objects(frames):
    return [item for opcode, payload in frames if opcode == 0x1 for item in json.loads(payload)]


async def test_the_server_says_which_interval_it_grants(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:BTC-USD", interval_ms=100)
        equal(answer["interval_ms"], 300, "granted in place of 100")
        equal((await client.subscribe("quote", "SIM:BTC-USD", interval_ms=700))["interval_ms"], 700,
              "granted in place of 700")


async def test_subscriptions_beyond_the_limit_are_refused_by_name(gateway):
    async with Client(gateway) as client:
        answer = await client.subscribe("quote", "SIM:*")
        equal((len(answer["accepted"]), answer["rejected"]),
              (10, [{"symbol": "SIM:*", "code": "too_many_symbols"}]), "accepted and rejected")
        await client.unsubscribe("quote", *answer["accepted"][:4])
        answer = await client.subscribe("ticker", *answer["accepted"][:5])
        equal([item["code"] for item in answer["rejected"]], ["too_many_symbols"], "of five more")


async def test_one_connection_too_many_is_sent_away_and_the_others_stay(gateway):
    await eventually(lambda: gateway.metric("tickgate_connections") == 0, "none left over")
    clients = [await Client(gateway).__aenter__() for _ in range(3)]
    try:
        async with Client(gateway):
            expect(False, "a fourth was let in")
    except websockets.InvalidStatusCode as refused:
        equal(refused.status_code, 503, "status")
        expect(int(refused.headers["Retry-After"]) > 0, f"when to come back: {refused.headers}")
    for client in clients:
        equal((await client.ask(op="ping", echo="here"))[0]["type"], "pong", "answer")
        await client.leave()


async def test_a_client_without_a_pong_is_closed_with_4010(gateway):
    silent = RawClient(gateway.port, [])
    silent.answer = lambda payload: None
    async with Client(gateway) as lively:  # its library answers the pings
        began, frames = time.monotonic(), []
        while not silent.ended and time.monotonic() < began + 6:
            await lively.collect(0.05)
            silent.read()
            frames.extend(silent.frames())
        codes = [int.from_bytes(payload[:2], "big") for opcode, payload in frames if opcode == 0x8]
        equal(codes, [4010], f"close code after {time.monotonic() - began:.1f} s")
        equal((await lively.ask(op="ping", echo="here"))[0]["type"], "pong", "answer")
    silent.close()


async def test_who_does_not_finish_the_handshake_is_cut_off(gateway):
    for opening in (b"", b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n"):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as wire:
            began = time.monotonic()
            wire.sendall(opening)
            try:
                while wire.recv(4096):
                    pass
            except ConnectionError:
                pass
            expect(0.3 < time.monotonic() - began < 3,
                   f"cut off after {time.monotonic() - began:.2f} s, having sent {opening!r}")


async def test_a_ping_while_a_frame_is_half_written_stays_outside_of_it(binary):
    limits = "write_deadline: 20s\nframe_bytes: 262144\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        client = RawClient(gateway.port, BOOKS, receive_buffer=8192)
        await asyncio.sleep(1)  # its socket is full now, in the middle of a frame
        for number in range(50):
            client.wire.send(text_frame(b"ping %d" % number, opcode=0x9))
        await asyncio.sleep(0.2)
        found = read_for(client, 2)
        updates = objects(found)  # every frame is whole JSON, or this raises
        expect(len(updates) > 100, f"only {len(updates)} updates")
        pongs = [payload for opcode, payload in found if opcode == 0xA]
        expect(b"ping 49" in pongs, f"the newest ping was not answered: {pongs[-3:]}")
        client.close()


async def test_a_client_that_falls_behind_is_told_and_told_again_when_it_is_over(binary):
    with Gateway.serve(binary, FEED, limits="write_deadline: 20s\n") as gateway:
        three = ["SIM:BTC-USD", "SIM:ETH-USD", "SIM:SOL-USD"]
        client = RawClient(gateway.port, [{**BOOKS[0], "symbols": three}], receive_buffer=8192)
        await asyncio.sleep(4)
        told = [item for item in objects(read_for(client, 1)) if item["type"] == "degraded"]
        equal([(item["reason"], item["interval_ms"]) for item in told], [("slow_consumer", 500)],
              "degraded")
        found = objects(read_for(client, 12))
        kinds = [item["type"] for item in found]
        expect("restored" in kinds, f"not restored within 12 s: {set(kinds)}")
        slow = [item for item in found[:kinds.index("restored")]
                if item["type"] == "book" and item["symbol"] == "SIM:BTC-USD"]
        after = [item for item in objects(read_for(client, 2))
                 if item["type"] == "book" and item["symbol"] == "SIM:BTC-USD"]
        expect(len(slow) <= 26, f"{len(slow)} books of one symbol while degraded to 500 ms")
        expect(len(after) > 10, f"{len(after)} books of one symbol in 2 s after it was restored")
        client.close()


async def test_a_client_that_stops_reading_is_closed_with_4008_in_time(gateway):
    client = RawClient(gateway.port, [{**BOOKS[0], "symbols": ["SIM:BTC-USD"]}], receive_buffer=4096)
    # 4 s without a byte taken; every pong keeps it from being taken for gone.
    began = time.monotonic()
    while time.monotonic() < began + 20:
        try:
            client.wire.send(text_frame(b"", opcode=0xA))
        except OSError:
            break
        if gateway.metric("tickgate_client_disconnects_total", reason="slow_consumer"):
            break
        await asyncio.sleep(0.1)
    equal(gateway.metric("tickgate_client_disconnects_total", reason="slow_consumer"), 1,
          "closed as slow consumers")
    expect(time.monotonic() - began > 3.9, f"closed after {time.monotonic() - began:.1f} s")
    # Who reads now finds 4008 behind what was on its way, unless its socket was reset by then.
    frames = read_for(client, 2)
    codes = [int.from_bytes(payload[:2], "big") for opcode, payload in frames if opcode == 0x8]
    equal(codes, [4008], f"close code; it ended by {client.ended or 'nothing'}")
    client.close()
