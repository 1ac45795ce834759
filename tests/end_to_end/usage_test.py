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

FLUSH_SECONDS = 10  # of what was used longer ago nothing may be lost


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def run_usage(binary, day, *arguments):
    return subprocess.run([binary, "usage", "--day", day, *arguments], capture_output=True, text=True,
                          timeout=30, check=False)


def usage(binary, *arguments):
    done = run_usage(binary, today(), *arguments)
    equal(done.returncode, 0, done.stderr)
    return done.stdout


async def leave(socket):
    """In good order, if the gateway is still there."""
    with contextlib.suppress(websockets.ConnectionClosed):
        await socket.close()


async def subscribed(stack, gateway, *symbols):
    socket = await websockets.connect(gateway.stream_url)
    stack.push_async_callback(leave, socket)
    await socket.send(json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": symbols}))
    json.loads(await asyncio.wait_for(socket.recv(), 20))
    return socket


def lines_of(directory, kind):
    path = directory / f"usage-{today()}.ndjson"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in found if one["type"] == kind]


def written(directory):
    """Lines of usage that the file has."""
    return [one for one in lines_of(directory, "usage") if one["updates"] > 0]


def seconds_behind(directory):
    """How long ago that was used which is said to be written."""
    flushed = lines_of(directory, "flushed")
    return time.time() - flushed[-1]["at"] / 1e6 if flushed else 0


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
    equal((found["gaps"], found["open"]["run"]), ([], lines_of(directory, "begin")[0]["run"]), "its end is not said")

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


async def receive(gateway, came):
    """A client of everything: when it got how many objects that count."""
    async with websockets.connect(gateway.stream_url) as socket:
        await socket.send(json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["*"]}))
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                count = sum(one["type"] in ("quote", "status") for one in json.loads(text))
                came.append((time.time(), count))


@pytest.mark.takes(60)
async def test_a_kill_loses_ten_seconds_at_most_and_says_which(binary, tmp_path):
    directory = tmp_path / "ledger"
    directory.mkdir()
    settings = {"directory": str(directory)}
    came = []
    killed = Running(binary, server={"shards": 2}, ledger=settings)
    async with contextlib.AsyncExitStack() as stack:
        gateway = killed.gateway.start().wait_until_ready()
        stack.callback(gateway.end)
        client = asyncio.ensure_future(receive(gateway, came))
        await eventually(lambda: len(lines_of(directory, "flushed")) > 3, "some looks", 3 * FLUSH_SECONDS)
        # The most that can be lost, about: it is time to write again.
        await eventually(lambda: seconds_behind(directory) > 4.8, "nothing new is written", 2 * FLUSH_SECONDS)
        gateway.terminate(signal.SIGKILL)
        killed_at = time.time()
        gateway.process.wait()
        await client
    with Running(binary, ledger=settings):
        pass
    found = json.loads(usage(binary, "--directory", str(directory), "--json"))
    (gap,), (line,) = found["gaps"], found["usage"]
    begins, ends = gap["from"] / 1e6, gap["to"] / 1e6
    expect(killed_at - FLUSH_SECONDS <= begins <= killed_at <= ends, f"killed at {killed_at}, gap {gap}")
    until_gap = sum(count for at, count in came if at <= begins)
    all_of_it = sum(count for _, count in came)
    expect(0 < until_gap <= line["updates"], f"until the gap {until_gap}, written {line}")
    expect(line["updates"] < all_of_it, f"a kill that lost nothing shows nothing: {all_of_it}, {line}")


@pytest.mark.takes(30)
@pytest.mark.parametrize(("addresses", "found"), [(None, []), ("none", []), ("full", ["127.0.0.1"])])
async def test_no_address_is_written_that_is_not_permitted(binary, tmp_path, addresses, found):
    directory = tmp_path / "ledger"
    directory.mkdir()
    settings = {"directory": str(directory)} | ({"addresses": addresses} if addresses else {})
    with Running(binary, ledger=settings) as running:
        async with contextlib.AsyncExitStack() as stack:
            await subscribed(stack, running.gateway, "SIM:BTC-USD")
    (line,) = json.loads(usage(binary, "--directory", str(directory), "--json"))["usage"]
    equal(line["addresses"], found, f"{line}")
    text = (directory / f"usage-{today()}.ndjson").read_text()
    equal("127.0.0" in text, bool(found), "nowhere in the file")


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
