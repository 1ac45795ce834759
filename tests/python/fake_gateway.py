# SPDX-License-Identifier: Apache-2.0
"""A gateway that says what the test tells it to, and notes what it is asked."""

import asyncio
import json
import time

import websockets

from harness import equal, expect

SECONDS = 20


def micros(ago=0.0):
    return int((time.time() - ago) * 1e6)


def status(symbol="A:B-C", state="live", seq=1, reason="", **more):
    return {"type": "status", "symbol": symbol, "seq": seq, "state": state, "since": 1, "reason": reason, **more}


def quote(symbol="A:B-C", bid="1.10", seq=1, **more):
    return {"type": "quote", "symbol": symbol, "seq": seq, "bid": bid, "bid_size": "1", "ask": None,
            "ask_size": None, "time": None, "received": micros(), **more}


def trade(seq, symbol="A:B-C", price="1.10", **more):
    return {"type": "trade", "symbol": symbol, "seq": seq, "price": price, "size": "0.10", "side": "buy",
            "id": str(seq), "time": 1000 + seq, "received": 5, **more}


class Peer:
    """One connection of the client, as the gateway sees it."""

    def __init__(self, socket):
        self.socket, self.requests, self.done = socket, asyncio.Queue(), asyncio.Event()

    async def say(self, *objects):
        await self.socket.send(json.dumps(objects))

    async def asked(self, seconds=SECONDS):
        """The next request; pings are answered and passed over."""
        while True:
            request = json.loads(await asyncio.wait_for(self.requests.get(), seconds))
            if request["op"] != "ping":
                return request
            await self.say({"type": "pong", "id": request["id"]})

    async def accept(self, channel, *symbols, epoch="E1", **more):
        """Expects a subscribe to these, and acknowledges it. -> the request"""
        request = await self.asked()
        equal((request["op"], request["channel"], sorted(request["symbols"])),
              ("subscribe", channel, sorted(symbols)), "the request")
        for key, value in more.items():
            equal(request.get(key), value, key)
        await self.say({"type": "subscribed", "id": request["id"], "channel": channel,
                        "accepted": request["symbols"], "rejected": [], "epoch": epoch,
                        "interval_ms": request.get("interval_ms", 0),
                        **({"interval": request["interval"]} if "interval" in request else {})})
        return request

    async def close(self, code=1000, reason=""):
        await self.socket.close(code, reason)

    def cut(self):
        self.socket.transport.abort()


class FakeGateway:
    """`async with FakeGateway() as gateway`; next_peer() is the client's next connection."""

    def __init__(self, refuse=None):
        self.peers, self.count, self.refuse = asyncio.Queue(), 0, refuse
        self.attempts = []

    async def __aenter__(self):
        self.server = await websockets.serve(self.welcome, "127.0.0.1", 0, ping_interval=None, compression=None,
                                             subprotocols=["tickgate.v1.json"], close_timeout=1,
                                             process_request=self.look)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()
        await self.server.wait_closed()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}"

    async def look(self, *words):
        self.attempts.append(time.monotonic())
        return self.refuse.pop(0) if self.refuse else None

    async def welcome(self, socket, *path):
        peer = Peer(socket)
        self.count += 1
        self.peers.put_nowait(peer)
        try:
            async for text in socket:
                peer.requests.put_nowait(text)
        except websockets.ConnectionClosed:
            pass
        peer.done.set()

    async def next_peer(self, seconds=SECONDS):
        return await asyncio.wait_for(self.peers.get(), seconds)


async def take(subscription, seconds=SECONDS):
    return await asyncio.wait_for(subscription.__anext__(), seconds)


async def until(condition, what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        await asyncio.sleep(0.01)
