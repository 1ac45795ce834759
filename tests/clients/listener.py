# SPDX-License-Identifier: Apache-2.0
"""What the programs have in common, seen from here: how one is started, and the lines it prints."""

import asyncio
import contextlib
import json

from client import check_shape
from harness import equal, expect

REQUEST = json.dumps({"op": "subscribe", "id": 1, "channel": "trade", "symbols": ["*"]})
SUBPROTOCOL = "tickgate.v1.json"


class Listener:
    """One client elsewhere. Its lines come by hear(), from its output or from a page."""

    def __init__(self):
        self.lines = asyncio.Queue()
        self.subprotocol = None
        self.messages = []  # objects in the order they came

    def hear(self, line):
        self.lines.put_nowait(line)

    async def next(self, seconds=30):
        """-> the kind of the next line, and its rest, once it is noted"""
        line = await asyncio.wait_for(self.lines.get(), seconds)
        kind, _, rest = line.partition(" ")
        if kind == "open":
            self.subprotocol = rest
        elif kind == "text":
            self.messages += json.loads(rest)
        else:
            expect(kind == "close", f"the client said: {line}")
        return kind, rest

    async def until_trades(self, number):
        while len(self.trades()) < number:
            kind, rest = await self.next()
            expect(kind != "close", f"closed before {number} trades: {rest}")

    async def closed(self, seconds=30):
        """-> code and reason"""
        while True:
            kind, rest = await self.next(seconds)
            if kind == "close":
                code, _, reason = rest.partition(" ")
                return int(code), reason

    def of_type(self, kind):
        return [message for message in self.messages if message["type"] == kind]

    def trades(self):
        return {(trade["symbol"], trade["seq"]): trade for trade in self.of_type("trade")}

    def check_against(self, other):
        """That both saw the same trades, digit by digit. -> how many"""
        for trade in self.of_type("trade"):
            check_shape(trade)
        mine, theirs = self.trades(), other.trades()
        both = mine.keys() & theirs.keys()
        for key in both:
            equal(mine[key], theirs[key], "the same trade, for two clients")
        return len(both)


@contextlib.asynccontextmanager
async def running(command, env):
    """A program that prints lines. -> its Listener"""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env=env, limit=1 << 24, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    listener = Listener()

    async def read():
        async for line in process.stdout:
            listener.hear(line.decode().rstrip("\n"))
        listener.hear("ended without a word about it")

    reading = asyncio.create_task(read())
    try:
        yield listener
    finally:
        reading.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
