# SPDX-License-Identifier: Apache-2.0
"""kill -9 of one of two gateways: its clients are served by the other within seconds, and those that
the other has do not notice."""

import asyncio
import signal

from harness import Gateway, equal, eventually, expect, is_sanitized
from load import Load

SERVED_SECONDS = 5
FEED = "- venue: simulator\n  seed: 3\n  rate: 2000\n"
# Updates a second each; what is slower than that is conflated, and no trouble.
WISH = ("--subscribe", "SIM:*", "--interval", 500, "--warm-up", "0s", "--duration", "1h")


async def test_kill_9_of_one_of_two(binary):
    clients = 50 if is_sanitized(binary) else 400
    with Gateway.serve(binary, FEED) as survivor:
        killed = Gateway.serve(binary, FEED).start()
        try:
            killed.wait_until_ready()
            async with Load(binary, killed.stream_url, "--then", survivor.stream_url, "--connections",
                            clients, *WISH) as moving, \
                    Load(binary, survivor.stream_url, "--connections", 50, "--channel", "trade",
                         "--subscribe", "SIM:*", "--warm-up", "0s", "--duration", "1h") as staying:
                await eventually(lambda: killed.metric("tickgate_subscriptions") >= clients, "all of them", 30)
                await eventually(lambda: survivor.metric("tickgate_connections") == 50, "the others")
                await asyncio.sleep(1)
                killed.terminate(signal.SIGKILL)
                await eventually(lambda: survivor.metric("tickgate_connections") == 50 + clients, "all there", 30)
                await eventually(lambda: survivor.metric("tickgate_clients_degraded_total") == 0, "none slow")
                await asyncio.sleep(1)
                moved, stayed = await moving.interrupt(), await staying.interrupt()
        finally:
            killed.end()
        equal(survivor.metric("tickgate_messages_dropped_total"), 0.0, "trades that somebody was too slow for")
    moves = moved["moves"]
    print(moves)
    equal((moves["cut_off"], moves["served"], moves["refused"], moves["told"]), (clients, clients, 0, 0), "moves")
    expect(moves["without_ms_max"] < SERVED_SECONDS * 1000, f"served again after {moves['without_ms_max']} ms")
    expect(moves["arrived_per_second"][0] < clients or moves["without_ms_p50"] > 100, f"no jitter: {moves}")
    equal(moved["findings"], [], "findings of those who moved")
    equal((stayed["findings"], stayed["delivery"]["degraded"]), ([], 0), "findings of those who stayed")
