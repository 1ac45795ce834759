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

from harness import equal, eventually, expect
from running import Running

FLUSH_SECONDS = 10


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def usage(binary, *arguments):
    done = subprocess.run([binary, "usage", "--day", today(), *arguments], capture_output=True, text=True,
                          timeout=30, check=False)
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
        equal(json.loads(gateway.admin("/v1/usage?day=2020-01-01").body)["usage"], [], "a day without a file")
        expect("anonymous" in usage(binary, "--admin", f"http://127.0.0.1:{gateway.admin_port}"), "asked")
        gateway.terminate(signal.SIGKILL)
        gateway.process.wait()
    before = line["updates"]

    with Running(binary, ledger=settings) as running:
        async with contextlib.AsyncExitStack() as stack:
            await subscribed(stack, running.gateway, "SIM:BTC-USD")
            equal(running.gateway.metric("tickgate_ledger_failing"), 0, "it is written")
    found = json.loads(usage(binary, "--directory", str(directory), "--json"))
    (line,) = found["usage"]
    equal((line["connections"], line["symbols"], found["skipped"]), (3, 6, 0), "of both runs")
    expect(line["updates"] > before, f"{line}")
    equal(len(found["gaps"]), 1, "the first run did not end in order")
    text = usage(binary, "--directory", str(directory))
    expect("did not end in order" in text and "anonymous" in text, text)
