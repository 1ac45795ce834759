# SPDX-License-Identifier: Apache-2.0
"""A feed whose only way out is a proxy on loopback, for its WebSocket and its REST."""

import asyncio
import base64
import contextlib
import threading

import pytest

import venue_words
from client import Client
from harness import Gateway, eventually, expect
from venue import Venue
from watching import TIMES

PAIR, SECRET = "AAA-USD", "s3cr3t-word"


@contextlib.contextmanager
def proxy(answer=None):
    """-> its port, and the heads of the requests that came. `answer`: bytes in place of a tunnel, cut
    off then; b"": nothing is answered."""
    heads = []

    async def pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def serve(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            heads.append(head)
            if answer == b"":
                await reader.read()
            elif answer is not None:
                writer.write(answer)
            elif base64.b64encode(f"me:{SECRET}".encode()).decode() not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            else:
                host, port = head.split()[1].split(":")
                there = await asyncio.open_connection(host, int(port))
                writer.write(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")
                await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        writer.close()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(serve, "127.0.0.1", 0), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def keeps_the_secret(gateway):
    everything = gateway.log(10**7) + "".join(
        gateway.admin(path).body.decode() for path in ("/metrics", "/v1/feeds"))
    expect(SECRET not in everything and base64.b64encode(
        f"me:{SECRET}".encode()).decode() not in everything, "the secret is told")


async def test_all_of_a_feed_goes_through_the_proxy(binary):
    with Venue(venue_words.Binance, PAIR) as venue:
        with proxy() as (port, heads):
            feed = venue.feed(**TIMES, proxy=f"http://me:{SECRET}@127.0.0.1:{port}")
            with Gateway.serve(binary, feed) as gateway:
                async with Client(gateway) as client:
                    await client.subscribe("book", venue.symbol(PAIR))
                    await client.until(lambda one: one["type"] == "book", "a book")
                keeps_the_secret(gateway)
            expect(len(heads) >= 2 and all(
                head.startswith(f"CONNECT 127.0.0.1:{venue.port} HTTP/1.1\r\n") for head in heads),
                f"tunnels for the stream and for REST: {len(heads)}")


@pytest.mark.parametrize("answer,words", [
    (None, "status 407, it refuses the credentials"), (b"HTTP/1.1 502 Bad\r\n\r\n", "status 502"),
    (b"HTTP/1.1 2", "the proxy"), (b"", "no answer from the proxy"), (b"x" * 40000, "the proxy")],
    ids=["credentials", "status", "cut", "hangs", "endless"])
async def test_a_proxy_that_refuses_is_named_without_its_secret(binary, answer, words):
    with Venue(venue_words.Kraken, PAIR) as venue:
        with proxy(answer) as (port, _):
            wrong = f"me:{'x' if answer is None else ''}{SECRET}"
            feed = venue.feed(**TIMES, proxy=f"http://{wrong}@127.0.0.1:{port}")
            gateway = Gateway.serve(binary, feed)
            gateway.ready_path = "/livez"
            with gateway:
                await eventually(lambda: words in gateway.log(10**6) and
                                 f"127.0.0.1:{port}" in gateway.log(10**6), words, seconds=15)
                keeps_the_secret(gateway)
                expect(gateway.metric("tickgate_feed_reconnects_total") >= 1, "counted")
                expect(not venue.connections, "nothing went past the proxy")
