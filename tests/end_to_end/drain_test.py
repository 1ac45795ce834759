# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: not ready, one client after the other told to come back, closed with 1012, exit code 0; in
a time that grows with the number of clients."""

import asyncio
import contextlib
import re
import signal
import socket
import ssl
import time

import websockets

from client import Client
from harness import Gateway, equal, eventually, expect, together
from raw_socket import HANDSHAKE, RawClient, text_frame

FEED = "- venue: simulator\n  seed: 1\n  rate: 1000\n"
CLIENTS = 20
NOTICE = 2.0  # from being told to the Close


async def connected(gateway):
    clients = [await Client(gateway).__aenter__() for _ in range(CLIENTS)]
    for client in clients:
        await client.subscribe("quote", "*", interval_ms=500)
    return clients


async def test_every_client_is_told_and_sent_away_two_seconds_later(binary):
    gateway = Gateway.serve(binary, FEED, server="drain_time: 20s\ndrain_delay: 1s\n")
    with gateway:
        clients = await connected(gateway)
        gateway.terminate()
        began = time.monotonic()
        await eventually(lambda: gateway.admin("/readyz").status == 503, "not ready", seconds=2)
        equal(gateway.admin("/livez").status, 200, "/livez while draining")

        async def last_words(client):
            found, code, reason = await client.closed(seconds=15)
            equal(reason, "restart: come back now", "close reason")
            drains = [message for message in found if message["type"] == "drain"]
            equal((len(drains), code), (1, 1012), "drain messages and close code")
            rest = found[found.index(drains[0]) + 1:]
            return drains[0]["reconnect_after_ms"], time.monotonic() - began, len(rest)

        told = await together(*(last_words(client) for client in clients))
        equal([delay for delay, _, _ in told], [NOTICE * 1000] * CLIENTS, "the delays told")
        ends = sorted(moment for _, moment, _ in told)
        expect(1 + NOTICE <= ends[0] and ends[-1] < 4 + NOTICE,
               f"drain_delay and notice, and 4 ms for each: {ends}")
        gateway.wait_for_exit(0, seconds=3)


async def exit_time(gateway, *signals):
    """-> seconds from the signals (one SIGTERM, if none is given) to the end of the process"""
    for number in signals or (signal.SIGTERM,):
        gateway.terminate(number)
    began = time.monotonic()
    await asyncio.to_thread(gateway.wait_for_exit, 0, 10)
    return time.monotonic() - began


async def test_one_client_is_gone_after_the_notice_and_none_at_once(binary):
    for count in (0, 1):
        with Gateway.serve(binary, FEED, server="drain_time: 20s\n") as gateway:
            clients = [await Client(gateway).__aenter__() for _ in range(count)]
            ends = [asyncio.ensure_future(client.closed()) for client in clients]
            took = await exit_time(gateway)
            print(f"{count} clients: ended {took:.2f} s after SIGTERM")
            expect(took < (NOTICE + 1 if count else 1), f"{count} clients took {took:.2f} s")
            equal([code for _, code, _ in await together(*ends)], [1012] * count, "codes")


async def see_off(clients):
    """Answers each one's Close. -> when each was told and when its Close came, in order, and the
    delays told"""
    told, ends, delays, deadline = [], {}, [], time.monotonic() + 20
    while clients and time.monotonic() < deadline:
        await asyncio.sleep(0.002)
        for client in list(clients):
            size = client.read()
            if size == 0:
                expect(client in ends and client.ended == "end of stream",
                       f"ended before its Close: {client.ended}")
                client.close()
                clients.remove(client)
                continue
            frames = list(client.frames())
            for _, payload in frames:
                delays += [int(delay) for delay in re.findall(rb'"reconnect_after_ms":(\d+)', payload)]
            told += [time.monotonic()] * (len(delays) - len(told))
            if 0x8 in [opcode for opcode, _ in frames]:
                ends[client] = time.monotonic()
                client.wire.send(text_frame((1012).to_bytes(2, "big"), 0x8))
    expect(not clients, f"{len(clients)} were not sent away")
    return told, sorted(ends.values()), set(delays)


def most_within(seconds, moments):
    return max(sum(1 for one in moments if start <= one < start + seconds) for start in moments)


async def test_a_thousand_clients_leave_within_seconds_and_not_at_once(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 20s\n") as gateway:
        clients = [RawClient(gateway.port, []) for _ in range(1000)]
        # The answer to the last handshake may be here before that client is counted.
        await eventually(lambda: gateway.metric("tickgate_connections") == 1000, "all counted")
        took, (told, ends, delays) = await together(exit_time(gateway), see_off(clients))
        print(f"1,000 clients: told over {told[-1] - told[0]:.2f} s, {most_within(1, told)} at most in a "
              f"second; sent away over {ends[-1] - ends[0]:.2f} s; ended {took:.2f} s after SIGTERM")
        equal((len(told), delays), (1000, {NOTICE * 1000}), "how many were told, and which delays")
        # 4 ms for each, evenly; but a busy machine may read late what many were told.
        expect(told[-1] - told[0] > 2.5 and most_within(1, told) < 800, "told in a crowd")
        expect(took < 4 + NOTICE + 5, f"end after {took:.2f} s")


def last_words(wire):
    """-> all that it was sent, up to a refusal or a Close"""
    answer, data = b"", b"-"
    while data and b"restart" not in answer and b"503" not in answer:
        data = b""
        with contextlib.suppress(ConnectionError):
            data = wire.recv(1 << 16)
        answer += data
    return answer


def shake_hands_around(wires, terminate):
    """Handshakes before, while and after the drain begins. -> the last words of each"""
    early, late = wires[:100], wires[100:]
    for wire in early:
        wire.sendall(HANDSHAKE)
    answers = [early[0].recv(1 << 16)]  # it is in
    terminate()
    for wire in late:
        with contextlib.suppress(ConnectionError):
            wire.sendall(HANDSHAKE)
        time.sleep(0.0005)
    answers[0] += last_words(early[0])
    return answers + [last_words(wire) for wire in wires[1:]]


async def test_who_is_let_in_as_the_drain_begins_is_told_to_leave_too(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 3s\ndrain_delay: 50ms\n") as gateway:
        wires = [socket.create_connection(("127.0.0.1", gateway.port), 10) for _ in range(300)]
        answers = await asyncio.to_thread(shake_hands_around, wires, gateway.terminate)
        let_in = [answer for answer in answers if answer.startswith(b"HTTP/1.1 101")]
        for answer in let_in:
            expect(b'"type":"drain"' in answer and b"restart" in answer, f"left with {answer!r}")
        expect(let_in, "nobody came before it")
        for wire in wires:
            wire.close()
        gateway.wait_for_exit(0, seconds=10)


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


async def test_a_second_signal_ends_it_at_once(binary):
    for number in (signal.SIGTERM, signal.SIGINT):
        gateway = Gateway.serve(binary, FEED, server="drain_delay: 60s\n").start()
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


async def test_clients_that_do_not_read_cannot_hold_the_drain_or_the_others(binary):
    with Gateway.serve(binary, "- venue: simulator\n  rate: 20000\n", server="drain_time: 2s\n") as gateway:
        everything = {"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"]}
        deaf = [RawClient(gateway.port, [everything], receive_buffer=4096) for _ in range(20)]
        readers = [await Client(gateway).__aenter__() for _ in range(5)]
        await eventually(lambda: gateway.metric("tickgate_send_queue_bytes") > 0, "full sockets")
        ends = [asyncio.ensure_future(client.closed(seconds=15)) for client in readers]
        took = await exit_time(gateway)
        equal([code for _, code, _ in await together(*ends)], [1012] * len(readers), "codes of the others")
        expect(took < 2 + 5 + 2, f"drain_time, and the last words: {took:.1f} s")
        for client in deaf:
            client.close()


async def test_without_a_drain_time_all_are_told_and_closed_at_once(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 0s\n") as gateway:
        clients = await connected(gateway)
        ends = [asyncio.ensure_future(client.closed()) for client in clients]
        took = await exit_time(gateway)
        for found, code, _ in await together(*ends):
            told = [message["reconnect_after_ms"] for message in found if message["type"] == "drain"]
            equal((told, code), ([0], 1012), "what each was told")
        expect(took < 3, f"took {took:.1f} s")


async def test_a_signal_while_it_begins_ends_it_with_0(binary):
    nowhere = ("- venue: kraken\n  symbols: [BTC-USD]\n"
               "  websocket_url: ws://127.0.0.1:1\n  rest_url: http://127.0.0.1:1\n")
    gateway = Gateway.serve(binary, nowhere, server="ready_patience: 5m\n").start()
    try:
        await eventually(lambda: "listening" in gateway.log(), "it listens")
        equal(gateway.public("/readyz").status, 503, "/readyz before any venue is there")
        async with Client(gateway) as client:  # it is served all the same, and told
            gateway.terminate()
            _, code, _ = await client.closed(seconds=15)
            equal(code, 1012, "close code")
        gateway.wait_for_exit(0, seconds=10)
    finally:
        gateway.end()


async def test_reloads_while_it_drains_change_nothing(binary, keys):
    certificate, key = keys
    tls = f"tls:\n  certificate: {certificate}\n  key: {key}\n"
    with Gateway.serve(binary, FEED, server=f"drain_time: 4s\n{tls}") as gateway:
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        wires = [RawClient(gateway.port, [], context=context) for _ in range(20)]
        # One SIGTERM: a second, unless it falls together with the first, ends all at once.
        reloads = (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP)
        took, (_, ends, delays) = await together(exit_time(gateway, *reloads), see_off(wires))
        equal((len(ends), delays), (20, {NOTICE * 1000}), "how many were sent away, and what they were told")
        expect(took < 4 + 5, f"took {took:.1f} s")
