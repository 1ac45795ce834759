# SPDX-License-Identifier: Apache-2.0
"""A client beside the service of deb_test.py: follows the made-up market until it is closed.

Prints "live" once it is served, each `drain`, and the code of the close.
"""
import asyncio
import json
import sys

import websockets


async def follow(url):
    async with websockets.connect(url) as stream:
        await stream.send(json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["SIM:*"]}))
        said = set()
        try:
            async for frame in stream:
                for message in json.loads(frame):
                    word = {"quote": "live", "drain": "drain"}.get(message["type"])
                    if word and word not in said:
                        said.add(word)
                        print(word, flush=True)
        except websockets.ConnectionClosed:
            pass
        print(stream.close_code, flush=True)


asyncio.run(asyncio.wait_for(follow(sys.argv[1]), 120))
