# SPDX-License-Identifier: Apache-2.0
"""A network between clients and a gateway, on loopback, that can do what networks do."""

import asyncio
import contextlib
import socket
import struct

CHUNK = 4096
STEP = 0.02
BUFFER = 65_536  # of each socket: what a stalled network holds is bounded


class Pipe:
    """One connection through it."""

    def __init__(self, relay, near, far):
        self.relay, self.near, self.far, self.swallowed = relay, near, far, False

    async def pump(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(CHUNK):
                while self.relay.stalled:
                    await asyncio.sleep(STEP)
                if self.swallowed:
                    continue  # both ends believe that it arrives
                if self.relay.rate is not None:
                    await asyncio.sleep(len(data) / self.relay.rate)
                writer.write(data)
                await writer.drain()
        if not self.swallowed:
            writer.close()

    def cut(self):
        for writer in (self.near, self.far):
            # Reset, as by a router that knows the connection no more.
            wire = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Relay:
    """`async with Relay(port) as relay`; new connections go to relay.target, which may be changed."""

    def __init__(self, target):
        self.target, self.pipes = target, set()
        self.stalled = False   # nothing passes, nothing is lost
        self.closed = False    # new connections are cut at once
        self.rate = None       # bytes a second of each connection and direction
        self.accepted = 0

    async def __aenter__(self):
        wire = socket.socket()
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        wire.bind(("127.0.0.1", 0))
        self.server = await asyncio.start_server(self.welcome, sock=wire, limit=CHUNK)
        self.url = f"ws://127.0.0.1:{wire.getsockname()[1]}/v1/stream"
        return self

    async def __aexit__(self, *error):
        self.server.close()
        self.stalled, self.rate = False, None
        self.cut()
        await self.server.wait_closed()

    async def welcome(self, reader, writer):
        self.accepted += 1
        try:
            if self.closed:
                raise ConnectionRefusedError
            wire = socket.socket()
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            wire.setblocking(False)
            await asyncio.get_running_loop().sock_connect(wire, ("127.0.0.1", self.target))
            far_reader, far = await asyncio.open_connection(sock=wire, limit=CHUNK)
        except OSError:
            wire = writer.transport.abort()
            return
        pipe = Pipe(self, writer, far)
        self.pipes.add(pipe)
        await asyncio.gather(pipe.pump(reader, far), pipe.pump(far_reader, writer), return_exceptions=True)
        if not pipe.swallowed:
            self.pipes.discard(pipe)

    def cut(self):
        """Those that stand."""
        for pipe in list(self.pipes):
            pipe.cut()
        self.pipes.clear()

    def swallow(self):
        """What those that stand carry arrives nowhere, in silence; new ones are well."""
        for pipe in self.pipes:
            pipe.swallowed = True
