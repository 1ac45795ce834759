# SPDX-License-Identifier: Apache-2.0
"""The same client on the newest websockets of PyPI, which shares little code with Debian's."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from harness import Gateway, equal, expect

FETCH_SECONDS = 60
FOLDER = ROOT / "build" / "python-newest"


@pytest.fixture(scope="module")
def newest():
    """A folder with the newest websockets; fetched once a day."""
    stamp = FOLDER / "fetched"
    if not (stamp.is_file() and time.time() - stamp.stat().st_mtime < 86_400):
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade",
                   "--no-deps", "--target", str(FOLDER), "websockets"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"websockets could not be fetched from PyPI: {type(error).__name__}")
        if done.returncode != 0:
            pytest.skip("websockets could not be fetched from PyPI (python3-pip, network)")
        stamp.touch()
    return FOLDER


PROGRAM = """
import asyncio, json, sys, websockets
from tickgate import Client, ClosedError
async def main():
    seen, links = [], []
    async with Client(sys.argv[1], random=lambda: 0.05, headers={"X-Test": "1"}) as client:
        client.on("link", lambda link: links.append(link.state))
        trades, quotes = client.trades("SIM:BTC-USD"), client.quotes("SIM:*")
        async for message in trades:
            seen.append(message.type if message.type == "gap" else "trade")
            if len(seen) == 3:
                print("ready", websockets.__version__, flush=True)
            if "gap" in seen and seen[-1] == "trade" and client.is_live("SIM:BTC-USD"):
                break
        print(json.dumps({"links": links, "live": sum(map(client.is_live, client.shown)), "code": client.link.code,
                          "ping": await client.ping()}))
asyncio.run(main())
"""


def follow(newest, gateway):
    environment = {**os.environ, "PYTHONPATH": f"{newest}:{ROOT / 'schemas' / 'python'}"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, gateway.stream_url], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        word, version = process.stdout.readline().split()
        expect(word == "ready" and int(version.split(".")[0]) >= 14, f"{word} {version}")
        gateway.terminate()  # drain, then 1012; and from then on refusals
        gateway.wait_for_exit(0)
        gateway.start().wait_until_ready()
        text, _ = process.communicate(timeout=40)
        equal(process.returncode, 0, text)
        return json.loads(text.splitlines()[-1])
    finally:
        process.kill()


async def test_it_comes_back_after_a_restart(binary, newest):
    gateway = Gateway.demo(binary)
    try:
        told = await asyncio.to_thread(follow, newest, gateway.start().wait_until_ready())
        expect(told["live"] >= 1 and told["ping"] < 10, f"{told}")
        equal(told["code"], 1012, "how the first connection ended")
        equal((told["links"][0], told["links"][-1]), ("connecting", "live"), f"{told['links']}")
    finally:
        gateway.end()
