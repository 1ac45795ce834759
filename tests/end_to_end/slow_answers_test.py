# SPDX-License-Identifier: Apache-2.0
"""The deadline of an answer is for want of progress: a slow phone gets all of it, however long it takes,
and who reads nothing is ended."""

import asyncio
import re
import socket
import time

from harness import Gateway, equal, expect

FEED = "- venue: simulator\n  rate: 100\n  symbol_count: 5000\n  names: generated\n"
DEADLINE = 10  # seconds without progress, as the gateway has it
TIME = 14      # that the slow one takes
GET = b"GET /v1/instruments?limit=5000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def ask(gateway):
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(30)
    wire.connect(("127.0.0.1", gateway.port))
    wire.sendall(GET)
    return wire


def read_all(wire, size, pause):
    """-> all that came, and whether it ended well"""
    got = b""
    try:
        while more := wire.recv(size):
            got += more
            time.sleep(pause)  # the phone is slow
    except ConnectionError:
        return got, False
    return got, True


async def test_a_slow_reader_gets_all_and_one_that_reads_nothing_is_ended(binary):
    with Gateway.serve(binary, FEED) as gateway:
        whole, well = read_all(ask(gateway), 1 << 16, 0)
        length = int(re.search(rb"Content-Length: (\d+)", whole)[1])
        expect(well and length > 300_000, f"{length} bytes")
        stalled, slow = ask(gateway), ask(gateway)
        began = time.monotonic()
        got, well = await asyncio.to_thread(read_all, slow, 4096, TIME * 4096 / length)
        expect(time.monotonic() - began > DEADLINE + 1, "it was not slow")
        equal((well, len(got.split(b"\r\n\r\n", 1)[1])), (True, length), "what the slow one got")
        cut, _ = await asyncio.to_thread(read_all, stalled, 1 << 16, 0)
        expect(len(cut) < length, "who read nothing was waited for")
