# SPDX-License-Identifier: Apache-2.0
"""Time that passes without us: the feeds' thread alone stands still, or the whole process does. What
was live before is not live after it until something fresh has come."""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import time

import pytest

import venue_words
from client import Client
from harness import Gateway, eventually, expect
from venue import Venue
from watching import A, B, PATIENCE, every_venue, watched

PTRACE_ATTACH, PTRACE_DETACH, ALL_THREADS = 16, 17, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


@contextlib.contextmanager
def stopped_thread(process, name):
    """One thread of it runs no more, as under a debugger; the others do."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task")
    tid = next(int(task.name) for task in tasks.iterdir()
               if (task / "comm").read_text().strip() == name)
    if libc.ptrace(PTRACE_ATTACH, tid, None, None) != 0:
        pytest.skip(f"ptrace is not allowed here: {os.strerror(ctypes.get_errno())}")
    os.waitpid(tid, ALL_THREADS)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, tid, None, None)


async def test_when_the_feeds_thread_hangs_nothing_is_live_anywhere(binary):
    with Gateway.demo(binary) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("quote", "SIM:*")
            answer, _ = await client.until(lambda it: it["type"] == "status", "a status")
            symbol = answer["symbol"]
            await client.until(lambda it: it["type"] == "quote", "a quote")
            with stopped_thread(gateway.process, "feeds"):
                began = time.monotonic()
                stale, _ = await client.until(
                    lambda it: it["type"] == "status" and it["state"] == "stale", "stale", seconds=3)
                expect(time.monotonic() - began < 2.5, "said late")
                expect(stale["reason"] == "the feed's thread stands still", f"{stale}")
                snapshot = json.loads(gateway.public(
                    f"/v1/snapshot?channel=quote&symbols={symbol}").body)
                expect(snapshot[0]["state"] == "stale", f"REST: {snapshot}")
                listed = json.loads(gateway.public("/v1/instruments").body)
                expect(all(one["state"] != "live" for one in listed), f"{listed[:3]}")
                expect(gateway.public(f"/v1/book?symbol={symbol}").status == 503, "/v1/book")
                async with Client(gateway) as late:
                    await late.subscribe("quote", symbol)
                    told, _ = await late.until(lambda it: it["type"] == "status", "a status")
                    expect(told["state"] == "stale", f"a new subscriber: {told}")
                expect(gateway.metric("tickgate_feed_thread_beat_age_seconds") > 1, "the metric")
                await eventually(lambda: gateway.admin("/readyz").status == 503, "not ready")
                await eventually(lambda: gateway.admin("/livez").status == 503, "/livez", seconds=15)
                expect(b"stands still" in gateway.admin("/livez").body, "/livez says why")
            await client.until(lambda it: it["type"] == "status" and it["state"] == "live", "live")
            await client.until(lambda it: it["type"] == "quote", "a quote")
            expect(gateway.admin("/livez").status == 200, "/livez again")


@every_venue
async def test_a_process_that_was_stopped_says_stale_before_it_goes_on(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, learned=2) as (gateway, eyes):
            for times, seconds in enumerate((2.5, 5), 1):
                eyes.forget()
                gateway.terminate(signal.SIGSTOP)
                await eyes.for_(seconds)  # reading on: what was sent before is not its fault
                gateway.terminate(signal.SIGCONT)
                # A client need not see "stale": where all that waited is read before the client's
                # next frame is made, the newest status is "live" again, and true.
                await eventually(lambda: gateway.metric("tickgate_feed_pauses_total") >= times,
                                 "the pause is noticed")
                await eyes.until(lambda: eyes.state(A) == "live" and eyes.state(B) == "live",
                                 "live again", seconds=30)
                await eyes.goes_on(A)
                expect(max(eyes.oldest.values()) < min(seconds, PATIENCE),
                       f"shown as live: {eyes.oldest}")
            expect(gateway.metric("tickgate_feed_anomalies_total", kind="gap") == 0, "no gap")


async def test_half_a_second_is_nothing(binary):
    with Venue(venue_words.Kraken, A) as venue:
        async with watched(binary, venue, learned=2) as (gateway, eyes):
            gateway.terminate(signal.SIGSTOP)
            await eyes.for_(0.5)
            gateway.terminate(signal.SIGCONT)
            await eyes.for_(2)
            expect(eyes.always(A, "live"), f"disturbed: {eyes}")
