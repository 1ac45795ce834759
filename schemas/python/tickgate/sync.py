# SPDX-License-Identifier: Apache-2.0
"""The client for notebooks and scripts without asyncio: `for quote in client.quotes("KRAKEN:BTC-USD")`.
It runs on a thread and a loop of its own, so it works where a loop runs already."""

import asyncio
import concurrent.futures
import contextlib
import threading

from . import client as asynchronous


class Client:
    """Usable as a context manager, or at once and closed by close()."""

    def __init__(self, url: str, **options):
        self._client = asynchronous.Client(url, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="tickgate")
        self._thread.start()
        self._run(self._client.__aenter__())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """For good: iterators end."""
        if self._thread.is_alive():
            self._run(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def subscribe(self, channel, *symbols, **options):
        return self._subscription("subscribe", channel, *symbols, **options)

    def quotes(self, *symbols, **options):
        return self._subscription("quotes", *symbols, **options)

    def trades(self, *symbols, **options):
        return self._subscription("trades", *symbols, **options)

    def books(self, *symbols, **options):
        return self._subscription("books", *symbols, **options)

    def tickers(self, *symbols, **options):
        return self._subscription("tickers", *symbols, **options)

    def bars(self, *symbols, **options):
        return self._subscription("bars", *symbols, **options)

    def statuses(self, *symbols, **options):
        return self._subscription("statuses", *symbols, **options)

    def on(self, event, listener):
        """The listener is called on the client's thread. -> a function that takes it away"""
        remove = self._call(self._client.on, event, listener)
        return lambda: self._call(remove)

    def is_live(self, symbol) -> bool:
        return self._call(self._client.is_live, symbol)

    def why(self, symbol) -> str:
        return self._call(self._client.why, symbol)

    def status(self, symbol):
        return self._call(self._client.status, symbol)

    def latest(self, channel, symbol, interval=None):
        return self._call(self._client.latest, channel, symbol, interval)

    @property
    def link(self):
        return self._call(lambda: self._client.link)

    def ping(self) -> float:
        return self._run(self._client.ping())

    def authenticate(self, token):
        self._run(self._client.authenticate(token))

    def reconnect(self):
        self._call(self._client.reconnect)

    def _subscription(self, method, *words, **options):
        return Subscription(self, self._call(getattr(self._client, method), *words, **options))

    def _call(self, function, *words, **options):
        async def call():
            return function(*words, **options)
        return self._run(call())

    def _run(self, work, timeout=None):
        if threading.current_thread() is self._thread or not self._thread.is_alive():
            work.close()
            raise RuntimeError("the client is closed" if not self._thread.is_alive() else
                               "called by a listener, on the client's own thread, which must not wait")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"nothing within {timeout} s") from None
        finally:  # also when it was interrupted: nobody waits for the answer any more
            future.cancel()


async def take(subscription):
    return await subscription.__anext__()


class Subscription:
    """`for` over it. It ends with the client, or by close(), or when nobody holds it any more."""

    def __init__(self, client, subscription):
        self._client, self._subscription = client, subscription

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return self.get()
        except StopAsyncIteration:
            raise StopIteration from None

    def get(self, timeout=None):
        """The next message; TimeoutError when there is none within so many seconds."""
        if not self._client._thread.is_alive():
            raise StopAsyncIteration
        return self._client._run(take(self._subscription), timeout)

    @property
    def symbols(self):
        return self._subscription.symbols

    def add(self, *symbols):
        self._client._call(self._subscription.add, *symbols)

    def remove(self, *symbols):
        self._client._call(self._subscription.remove, *symbols)

    def set(self, *symbols):
        self._client._call(self._subscription.set, *symbols)

    def close(self):
        with contextlib.suppress(RuntimeError):  # with the client
            self._client._call(self._subscription.close)
