# SPDX-License-Identifier: Apache-2.0
"""What a laptop that wakes reads first: old, bounded, and recognisable by `sent`."""

import asyncio
import json
import time

from harness import Gateway, expect
from raw_socket import RawClient

FEED = "- venue: simulator\n  seed: 8\n  rate: 5000\n"
RECEIVE_BUFFER = 65_536
SLEEP_SECONDS = 3
PATIENCE_SECONDS = 1
# The client's receive buffer, our send buffer (Linux doubles each), one frame half sent.
MOST_OLD_BYTES = 2 * RECEIVE_BUFFER + 2 * 65_536 + 262_144


async def test_what_was_buffered_during_a_sleep_is_bounded_and_says_so(binary):
    with Gateway.serve(binary, FEED) as gateway:
        client = RawClient(gateway.port, [{"op": "subscribe", "channel": "book", "symbols": ["*"],
                                           "stamps": True}], receive_buffer=RECEIVE_BUFFER)
        await asyncio.sleep(SLEEP_SECONDS)
        woken, old, fresh = time.time(), 0, 0
        deadline = time.monotonic() + 10
        while fresh < 100 and time.monotonic() < deadline:
            if client.read() < 0:
                await asyncio.sleep(0.005)
            for opcode, payload in client.frames():
                stamps = [item["sent"] for item in json.loads(payload) if "sent" in item] \
                    if opcode == 0x1 else []
                expect(len(set(stamps)) <= 1, f"one frame, several times: {set(stamps)}")
                if stamps and stamps[0] / 1e6 < woken - PATIENCE_SECONDS:
                    expect(not fresh, "an old frame behind a new one")
                    old += len(payload)
                elif stamps:
                    expect(stamps[0] / 1e6 <= time.time() + 0.001, "sent in the future")
                    fresh += 1
        client.close()
        print(f"after {SLEEP_SECONDS} s without reading: {old} bytes older than "
              f"{PATIENCE_SECONDS} s, then only new ones")
        expect(fresh >= 100, "nothing new came")
        expect(0 < old < MOST_OLD_BYTES, f"{old} old bytes, of {MOST_OLD_BYTES} possible")
