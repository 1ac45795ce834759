# SPDX-License-Identifier: Apache-2.0
"""Who may have what, at an edge: by its own credentials and plans, of the cluster's values."""

import asyncio
import time

from client import Client
from credentials_test import make_key
from delay_test import FEEDS, Watched, check_marks, check_snapshots, check_statuses, check_values
from harness import equal, expect
from tier import edge, fresh_prefix, ingest, processes

DELAY = 3  # as delay_test has it
SYMBOLS = ["SIM:BTC-USD", "SIM:ETH-USD", "SIM:SOL-USD"]


def bearer(key):
    return {"extra_headers": {"Authorization": f"Bearer {key}"}}


async def test_a_plan_holds_at_an_edge(binary, broker, tmp_path):
    keys, prefix = tmp_path / "keys", fresh_prefix()
    key = make_key(binary, keys, "desk", "--plan", "basic")
    plans = {"basic": {"symbols": SYMBOLS[:1], "channels": ["quote", "book"], "depth": 3}}
    served = edge(binary, prefix, broker, auth={"api_keys_file": str(keys)}, plans=plans)
    with processes(ingest(binary, prefix, broker, feeds=FEEDS), served):
        equal(served.gateway.public("/v1/instruments").status, 401, "without a credential")
        async with Client(served.gateway, **bearer(key)) as client:
            answer = await client.subscribe("book", *SYMBOLS, depth=25)
            equal((answer["accepted"], answer["depth"]), (SYMBOLS[:1], 3), "what is granted")
            equal({one["code"] for one in answer["rejected"]}, {"forbidden"}, "what is not")
            book, _ = await client.until(lambda one: one["type"] == "book", "a book")
            expect(len(book["bids"]) <= 3, f"{book}")
            refused, _ = await client.ask(op="subscribe", channel="trade", symbols=SYMBOLS[:1])
            equal((refused["type"], refused["code"]), ("error", "forbidden"), "a channel")


async def test_a_delayed_stream_of_an_edge_is_the_live_one_later(binary, broker, tmp_path):
    keys, prefix = tmp_path / "keys", fresh_prefix()
    now, later = make_key(binary, keys, "now", "--plan", "now"), make_key(binary, keys, "later", "--plan", "later")
    auth = {"api_keys_file": str(keys), "delay_memory": "4MiB", "delay_directory": str(tmp_path)}
    plans = {"now": {"depth": 10}, "later": {"delay": f"{DELAY}s", "depth": 10}}
    served = edge(binary, prefix, broker, auth=auth, plans=plans)
    with processes(ingest(binary, prefix, broker, feeds=FEEDS, publish={"bars": ["1s"]}), served):
        early = Watched(served.gateway, later)
        async with early.client:  # what the edge said before it was live is told later, too
            await early.client.subscribe("status", "*")
            await early.client.until(lambda one: one["type"] == "status" and one["state"] == "delayed",
                                     "the delayed stream has begun", DELAY + 10)
        live, delayed = Watched(served.gateway, now), Watched(served.gateway, later)
        async with live.client, delayed.client:
            await live.subscribe()
            await delayed.subscribe()
            until = time.monotonic() + DELAY + 10
            await asyncio.gather(live.watch(until + 1), delayed.watch(until))
            check_snapshots(served.gateway, later)
        check_marks(delayed)
        check_values(live, delayed)
        check_statuses(live, delayed)
