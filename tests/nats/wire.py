# SPDX-License-Identifier: Apache-2.0
"""The network between one process and NATS: tests/resilience's relay, on a thread of its own, so that
it goes on while a test waits for an answer that has to come through it."""

import asyncio
import threading

from relay import Relay

START_SECONDS = 10


class Wire:
    """`with Wire(broker.port) as wire:`, and `wire.url` in place of the server's."""

    def __init__(self, port):
        self.relay, self.loop = Relay(port), asyncio.new_event_loop()
        self.started, self.stopping = threading.Event(), None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        assert self.started.wait(START_SECONDS)
        return self

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(START_SECONDS)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.live())
        self.loop.close()

    async def live(self):
        self.stopping = asyncio.Event()
        async with self.relay:
            self.url = f"nats://127.0.0.1:{self.relay.server.sockets[0].getsockname()[1]}"
            self.started.set()
            await self.stopping.wait()

    def do(self, work):
        done = threading.Event()

        def run():
            work()
            done.set()
        self.loop.call_soon_threadsafe(run)
        assert done.wait(START_SECONDS)

    @property
    def accepted(self):
        return self.relay.accepted

    def cut(self):
        """Connections are reset, and new ones refused, until mend()."""
        self.relay.closed = True
        self.do(self.relay.cut)

    def mend(self):
        self.relay.closed = self.relay.stalled = False
        self.relay.rate = None

    def stall(self):
        """Both ends believe in the connection, new ones too, and nothing passes until mend(): then all of it."""
        self.relay.stalled = True

    def half_open(self):
        """Those that stand carry nothing any more, in silence; new ones are refused until mend()."""
        self.relay.closed = True
        self.do(self.relay.swallow)

    def slow(self, rate):
        """So many bytes a second each way of each connection, until mend()."""
        self.relay.rate = rate
