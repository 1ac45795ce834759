# SPDX-License-Identifier: Apache-2.0
"""python3-aiohttp. See ../README.md for what every program here prints."""
import asyncio
import ssl
import sys

import aiohttp

url, certificate, request, mode = sys.argv[1:5]


def say(*words):
    print(*words, flush=True)


async def main():
    trust = ssl.create_default_context(cafile=certificate) if url.startswith("wss") else None
    async with aiohttp.ClientSession() as session:
        wire = await session.ws_connect(url, protocols=["tickgate.v1.json"], ssl=trust,
                                        autoclose=False)
        say("open", wire.protocol)
        await wire.send_str(request)
        count, reason = 0, ""
        while True:
            message = await wire.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                reason = message.extra or ""
                break
            say("text", message.data)
            count += 1
            if mode == "leave" and count == 10:
                break
        await wire.close()
        say("close", wire.close_code, reason)


asyncio.run(main())
