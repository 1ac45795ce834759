# SPDX-License-Identifier: Apache-2.0
"""python3-websockets. See ../README.md for what every program here prints."""
import asyncio
import ssl
import sys

import websockets

url, certificate, request, mode = sys.argv[1:5]


def say(*words):
    print(*words, flush=True)


async def main():
    more = {"ssl": ssl.create_default_context(cafile=certificate)} if url.startswith("wss") else {}
    wire = await websockets.connect(url, subprotocols=["tickgate.v1.json"], **more)
    say("open", wire.subprotocol)
    await wire.send(request)
    count = 0
    try:
        async for text in wire:
            say("text", text)
            count += 1
            if mode == "leave" and count == 10:
                await wire.close()
    except websockets.ConnectionClosedError:
        pass  # its code says the same
    say("close", wire.close_code, wire.close_reason)


asyncio.run(main())
