# SPDX-License-Identifier: Apache-2.0
"""The client as a program: each event is a line of JSON on stdout, as of tests/js/driver.mjs.
    python3 driver.py URL 'channel;options as JSON;symbol,symbol' ...
Lines on stdin: close, reconnect, ping, why SYMBOL, subscribe ..., unsubscribe ..."""

import asyncio
import dataclasses
import decimal
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "schemas" / "python"))

import tickgate  # noqa: E402

MESSAGES = ("quote", "trade", "book", "ticker", "bar", "status", "bar_history")
OTHERS = ("gap", "drain", "degraded", "restored")
NAMES = {"from_seq": "from", "to_seq": "to"}


def tell(event, **more):
    print(json.dumps({"event": event, "at": time.time_ns() // 1_000_000, **more}, default=written), flush=True)


def written(value):
    return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)


def wire(message):
    """Its fields under the names of the protocol."""
    fields = {NAMES.get(field.name, field.name): getattr(message, field.name)
              for field in dataclasses.fields(message)}
    return {"type": message.type, **fields}


class Driver:
    def __init__(self, client):
        self.client, self.subscriptions, self.done = client, {}, asyncio.Event()
        client.on("link", self.on_link)
        client.on("live", lambda symbol, live: tell("live", symbol=symbol, live=live))
        for event in MESSAGES:
            client.on(event, self.on_message)
        for event in OTHERS:
            client.on(event, lambda message, event=event: tell(event, message=wire(message)))
        client.on("rejected", lambda one: tell("rejected", message=one._asdict()))
        client.on("error", lambda error: tell("error", message=str(error)))

    def on_message(self, message):
        tell("message", epoch=self.client.epoch, live=self.client.is_live(message.symbol), message=wire(message))

    def on_link(self, link):
        tell("link", link=dataclasses.asdict(link))
        if link.state == "ended":
            tell("ended", code=link.code, reason=link.reason)

    def subscribe(self, text):
        channel, options, symbols = text.split(";")
        self.subscriptions[text] = self.client.subscribe(
            channel, *symbols.split(","), **(json.loads(options) if options else {}), callback=lambda message: None)

    async def ping(self):
        try:
            tell("pong", ms=round(await self.client.ping() * 1000))
        except ConnectionError as error:
            tell("pong", ms=None, why=str(error))

    async def obey(self, reader):
        while line := (await reader.readline()).decode():
            order, _, rest = line.strip().partition(" ")
            if order == "close":
                break
            if order == "ping":
                asyncio.ensure_future(self.ping())
            elif order == "why":
                tell("why", symbol=rest, why=self.client.why(rest))
            elif order == "reconnect":
                self.client.reconnect()
            elif order == "subscribe":
                self.subscribe(rest)
            elif order == "unsubscribe":
                self.subscriptions.pop(rest).close()


async def main(url, *wishes):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tokens = os.environ.get("TICKGATE_TOKEN_FILE")  # read each time that a token is asked for
    token = (lambda: pathlib.Path(tokens).read_text(encoding="ascii").strip()) if tokens else None
    async with tickgate.Client(url, token=token) as client:
        driver = Driver(client)
        for wish in wishes:
            driver.subscribe(wish)
        await driver.obey(reader)
    tell("closed")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
