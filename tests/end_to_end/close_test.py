# SPDX-License-Identifier: Apache-2.0
"""The end of a connection that the gateway closes, plain and over TLS: the client reads why, and sees
the gateway's side end only behind its own Close; one that does not answer is not waited for long."""

import asyncio
import contextlib
import pathlib
import ssl
import tempfile
import time

from certificate import self_signed
from harness import Gateway, equal, expect, together
from raw_socket import RawClient, text_frame

FEED = "- venue: simulator\n  seed: 3\n  rate: 1000\n"
LIMITS = "idle_time: 1s\nmessage_bytes: 4096\n"
SUBSCRIBE = {"op": "subscribe", "channel": "quote", "symbols": ["*"]}
BINARY = text_frame("binary", 0x2)
NOT_TEXT = text_frame(b"\xff\xfe")
LARGE = text_frame("x" * 5000)


@contextlib.contextmanager
def serving(binary, secured):
    """-> a gateway, and how to open a client of it"""
    with tempfile.TemporaryDirectory() as folder:
        server, context = "drain_time: 1s\n", None
        if secured:
            certificate, key = self_signed(pathlib.Path(folder), "localhost")
            server += f"tls:\n  certificate: {certificate}\n  key: {key}\n"
            context = ssl.create_default_context(cafile=certificate)
            context.check_hostname = False
        with Gateway.serve(binary, FEED, server=server, limits=LIMITS) as gateway:
            yield gateway, lambda: RawClient(gateway.port, [SUBSCRIBE], context=context)


async def close_of(client, seconds=10):
    """Reads until the gateway's Close. -> its code; nothing stands behind it"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        size = client.read()
        frames = list(client.frames())
        closes = [payload for opcode, payload in frames if opcode == 0x8]
        if closes:
            equal(frames[-1], (0x8, closes[0]), "the last frame")
            return int.from_bytes(closes[0][:2], "big")
        expect(size != 0, f"no Close before the end: {client.ended}")
        await asyncio.sleep(0.01 if size < 0 else 0)
    expect(False, f"no Close within {seconds} s")


async def end_of(client, seconds):
    """-> how long it takes until the gateway's side ends; None if it does not within `seconds`"""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        size = client.read()
        if size == 0:
            equal(client.ended, "end of stream", "the end (a FIN; over TLS a close_notify first)")
            return time.monotonic() - began
        expect(size < 0, f"{client.buffer!r} behind the Close")
        await asyncio.sleep(0.01)
    return None


async def ends_behind_the_answer(client, code):
    equal(await close_of(client), code, "the code")
    equal(await end_of(client, 0.7), None, "an end before the client's Close")
    client.wire.send(text_frame(code.to_bytes(2, "big"), 0x8))
    expect(await end_of(client, 1.5) is not None, f"{code}: no end behind the client's Close")
    client.close()


async def test_our_side_ends_behind_the_clients_close(binary):
    for secured in (False, True):
        with serving(binary, secured) as (gateway, connect):
            asked = {1003: BINARY, 1007: NOT_TEXT, 1009: LARGE, 4010: b""}
            clients = {code: connect() for code in asked}
            for code, client in clients.items():
                client.answer = lambda _: None  # no pongs
                client.wire.send(asked[code] or b"\x81")
            await together(*(ends_behind_the_answer(client, code)
                             for code, client in clients.items()))
            restarted = connect()
            gateway.terminate()
            await ends_behind_the_answer(restarted, 1012)


async def test_a_client_that_never_answers_is_ended_in_time(binary):
    for secured in (False, True):
        with serving(binary, secured) as (gateway, connect):
            client = connect()
            gateway.terminate()
            equal(await close_of(client), 1012, "the code")
            took = await end_of(client, 4)
            expect(took is not None and 1.5 < took < 3, f"ended after {took} s")
            gateway.wait_for_exit(0, seconds=1)
            client.close()


async def test_a_client_that_floods_in_place_of_an_answer_is_cut_off(binary):
    for secured in (False, True):
        with serving(binary, secured) as (gateway, connect):
            client = connect()
            client.wire.send(BINARY)
            equal(await close_of(client), 1003, "the code")
            flood, sent = text_frame("x" * 4000) * 16, 0
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while sent < 64 << 20:
                    try:
                        sent += client.wire.send(flood)
                    except (BlockingIOError, ssl.SSLWantWriteError):
                        await asyncio.sleep(0.001)
            expect(sent < 32 << 20, f"it took {sent} bytes behind its Close")
            client.close()


async def test_a_close_of_the_client_is_answered_and_our_side_ends_at_once(binary):
    for secured in (False, True):
        with serving(binary, secured) as (gateway, connect):
            client = connect()
            client.wire.send(text_frame((1000).to_bytes(2, "big"), 0x8))
            equal(await close_of(client), 1000, "the code")
            expect(await end_of(client, 1) is not None, "no end behind its answer")
            client.close()
