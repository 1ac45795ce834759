# SPDX-License-Identifier: Apache-2.0
"""The usage ledger: what clients used is in its file, and survives kill -9."""

import asyncio
import contextlib
import json
import signal
import subprocess
import time

import pytest
import websockets

from client import Client
from harness import equal, eventually, expect
from running import Running
from tokens import bearer, token, write_keys

FLUSH_SECONDS = 10


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def run_usage(binary, day, *arguments):
    return subprocess.run([binary, "usage", "--day", day, *arguments], capture_output=True, text=True,
                          timeout=30, check=False)


def usage(binary, *arguments):
    done = run_usage(binary, today(), *arguments)
    equal(done.returncode, 0, done.stderr)
    return done.stdout


async def subscribed(stack, gateway, *symbols):
    socket = await stack.enter_async_context(websockets.connect(gateway.stream_url))
    await socket.send(json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": symbols}))
    json.loads(await asyncio.wait_for(socket.recv(), 20))
    return socket


def written(directory):
    """The sum of updates that the file has."""
    path = directory / f"usage-{today()}.ndjson"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in found if one["type"] == "usage" and one["updates"] > 0]


@pytest.mark.takes(120)
async def test_what_was_used_survives_a_kill(binary, tmp_path):
    directory = tmp_path / "ledger"
    directory.mkdir()
    settings = {"directory": str(directory), "addresses": "prefix"}
    killed = Running(binary, ledger=settings)
    async with contextlib.AsyncExitStack() as stack:
        gateway = killed.gateway.start().wait_until_ready()
        stack.callback(gateway.end)
        await subscribed(stack, gateway, "*")
        await subscribed(stack, gateway, "SIM:BTC-USD")
        await eventually(lambda: any(one["connections"] == 2 for one in written(directory)), "two clients",
                         3 * FLUSH_SECONDS)
        answer = gateway.admin(f"/v1/usage?day={today()}")
        (line,) = json.loads(answer.body)["usage"]
        equal((line["subject"], line["venue"], line["symbols"], line["peak"], line["channels"], line["addresses"]),
              ("anonymous", "SIM", 6, 2, ["quote"], ["127.0.0.0/24"]), "the line")
        expect(line["updates"] > 0 and 1 <= line["minutes"] <= 2, f"{line}")
        equal(gateway.admin("/v1/usage?day=2026-02-30").status, 400, "no such day")
        answer = gateway.admin("/v1/usage?day=2020-01-01")
        equal((answer.status, json.loads(answer.body)["code"]), (404, "nothing_written"), "a day without a file")
        admin = ("--admin", f"http://127.0.0.1:{gateway.admin_port}")
        for where in (admin, ("--directory", str(directory))):
            expect("anonymous" in usage(binary, *where), f"asked {where}")
            done = run_usage(binary, "2020-01-01", *where)
            expect(done.returncode == 1 and "nothing was written on 2020-01-01" in done.stderr, f"{done}")
        gateway.terminate(signal.SIGKILL)
        gateway.process.wait()
    before = line["updates"]
    found = json.loads(usage(binary, "--directory", str(directory), "--json"))
    equal((found["gaps"], found["open"] is None), ([], False), "its end is not said")

    with Running(binary, ledger=settings) as running:
        async with contextlib.AsyncExitStack() as stack:
            await subscribed(stack, running.gateway, "SIM:BTC-USD")
            equal(running.gateway.metric("tickgate_ledger_failing"), 0, "it is written")
    found = json.loads(usage(binary, "--directory", str(directory), "--json"))
    (line,) = found["usage"]
    equal((line["connections"], line["symbols"], found["skipped"]), (3, 6, 0), "of both runs")
    expect(line["updates"] > before, f"{line}")
    equal((len(found["gaps"]), found["open"]), (1, None), "the first run did not end in order")
    text = usage(binary, "--directory", str(directory))
    expect("did not end in order" in text and "anonymous" in text, text)


def is_quote(update):
    return update["type"] == "quote"


@pytest.mark.takes(60)
async def test_what_was_used_is_of_what_was_granted_then(binary, tmp_path):
    directory = tmp_path / "ledger"
    directory.mkdir()
    keys = write_keys(tmp_path / "jwks.json")
    with Running(binary, auth={"jwks_file": str(keys)}, plans={"gold": {}, "silver": {}},
                 ledger={"directory": str(directory)}) as running:
        gateway = running.gateway
        moved = Client(gateway, extra_headers=bearer(token("moved", plan="gold")))
        late = Client(gateway, extra_headers=bearer(token("late", plan="gold")))
        async with moved, late:
            for client in (moved, late):
                await client.ask(op="subscribe", channel="quote", symbols=["SIM:BTC-USD", "SIM:ETH-USD"])
                await client.until(is_quote, "a quote")
            await moved.ask(op="auth", token=token("moved", plan="silver"))
            await moved.until(is_quote, "a quote of the other plan")
            # So late that no lane serves it: one that knows no instrument.
            await late.ask(op="unsubscribe", channel="quote", symbols=["*"])
            await late.ask(op="auth", token=token("late", plan="gold", delay_s=86_400))
        equal(gateway.admin("/readyz").status, 200, "it runs")
    found = json.loads(usage(binary, "--directory", str(directory), "--json"))["usage"]
    rows = {(one["subject"], one["plan"], one["delay_s"]): one for one in found}
    equal(sorted(rows), [("late", "gold", 0), ("moved", "gold", 0), ("moved", "silver", 0)], "what is used")
    for key, row in rows.items():
        equal(row["connections"], 1, f"{row}")
        expect(row["updates"] > 0, f"{row}")
        if key[0] == "moved":
            equal(row["symbols"], 2, f"{row}")
