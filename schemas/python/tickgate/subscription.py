# SPDX-License-Identifier: Apache-2.0
"""What a caller holds: an asynchronous iterator over the messages of some symbols of one channel."""

import asyncio

from .wanted import check_names


class Subscription:
    """`async for` over it. It ends with the client, or by close(); it is also closed when nobody holds it
    any more, as after a `break` out of its loop. One that has a callback lives as long as the client."""

    def __init__(self, client, want):
        self._client, self._want = client, want
        want.event, want.closed = asyncio.Event(), False

    @property
    def symbols(self) -> list[str]:
        return list(self._want.names)

    def add(self, *symbols: str):
        self._client._add(self._want, check_names(symbols))

    def remove(self, *symbols: str):
        self._client._remove(self._want, symbols)

    def set(self, *symbols: str):
        """These and no others; only the difference is asked for."""
        wanted = set(check_names(symbols))
        self.remove(*(name for name in self.symbols if name not in wanted))
        self.add(*symbols)

    def close(self):
        self._want.closed = True
        self._want.event.set()
        self.remove(*self.symbols)

    def __del__(self):
        if getattr(self, "_want", None) is not None and self._want.callback is None:
            self._client._drop(self._want)

    def __aiter__(self):
        return self

    async def __anext__(self):
        want = self._want
        while (message := want.sink.take()) is None:
            if want.closed or self._client.is_closed:
                raise StopAsyncIteration
            if self._client.error is not None:
                raise self._client.error
            want.event.clear()
            await want.event.wait()
        return message
