# SPDX-License-Identifier: Apache-2.0
"""The client, as its users see it; what came, and what it is worth, is in market.py."""

import asyncio
import contextlib
import random as randomness
from urllib.parse import urlsplit, urlunsplit

from . import watch
from .market import EVENTS, Market
from .sinks import Events, Newest
from .subscription import Subscription
from .token import Tokens
from .trades import TradeLine
from .wanted import Terms, Want, check, check_names


def stream_url(url):
    """ws://HOST:PORT is enough."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f"url: expected ws://HOST:PORT or wss://HOST, got {url!r}")
    path = parts.path if parts.path not in ("", "/") else "/v1/stream"
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))


class Client(Market):
    """`async with Client("ws://127.0.0.1:8080") as client`. It connects by itself and comes back by itself.

    stamps: ask for the time at which each message was sent, so that what is late is known to be
    patience: seconds that a message may be late before its prices are not live
    token: a JWT or an API key, or a function that gives one (or an awaitable): asked for each connection, and
        again before the credential's time is over
    resume: the `trades_seen` of an earlier client: trades go on behind it, as far as the gateway holds them
    headers, and what else websockets.connect takes (ssl, for one), is passed on to it
    """

    def __init__(self, url: str, *, token=None, stamps=True, patience=watch.PATIENCE,
                 silent_after=watch.SILENT_AFTER, dead_after=watch.DEAD_AFTER, random=randomness.random,
                 clock=watch.clock, resume=None, **options):
        super().__init__(stream_url(url), options,
                         {"patience": patience, "silent_after": silent_after, "dead_after": dead_after},
                         clock, random, token)
        self.stamps, self.is_closed = stamps, False
        self.wishes, self.tasks, self.changing = 0, [], False
        for symbol, last in (resume or {"seq": {}})["seq"].items():
            self.lines[symbol] = TradeLine(self.memory)
            self.lines[symbol].resume(resume["epoch"], last)

    async def __aenter__(self):
        self.loop = asyncio.get_running_loop()
        self.tasks = [asyncio.ensure_future(self.keep()), asyncio.ensure_future(self.tick())]
        self.tasks[0].add_done_callback(self._ended)
        return self

    async def __aexit__(self, *error):
        await self.close()

    async def close(self):
        """For good: iterators end."""
        if not self.is_closed:
            self.is_closed = True
            await self.shut(self.tasks)
            self._wake_all()

    def reconnect(self):
        """Now, however long the next attempt would have been away."""
        self.hurry.set()
        if self.current is not None:
            self.failures = 0
            self.spawn(self.current.close())

    async def authenticate(self, token):
        """With this token from now on, or what gives one; connections that stand are told in band.
        ConnectionError where the gateway does not take it."""
        self.tokens = Tokens(token)
        await asyncio.gather(*(self.renew(connection) for connection in self.connections))

    async def ping(self) -> float:
        """Seconds of a round trip. ConnectionError when there is no connection, or it ends meanwhile."""
        if self.current is None:
            raise ConnectionError("no connection")
        return await self.current.ping()

    # What is wanted. It outlives connections; what several want of a symbol is joined.

    def subscribe(self, channel, *symbols, interval=None, interval_ms=0, depth=None, history=0, callback=None):
        """`callback(message)` is called as messages come, in place of iterating."""
        check(channel, interval, interval_ms, depth, history)
        self.wishes += 1
        terms = Terms(interval_ms, (depth or 25) if channel == "book" else None, history,
                      self.wishes if history else 0)
        sink = Events(channel) if channel in ("trade", "bar") else Newest()
        want = Want(channel, interval, terms, sink, callback)
        subscription = Subscription(self, want)
        self._add(want, check_names(symbols))
        return subscription

    def quotes(self, *symbols, interval_ms=0, callback=None) -> Subscription:
        return self.subscribe("quote", *symbols, interval_ms=interval_ms, callback=callback)

    def trades(self, *symbols, callback=None) -> Subscription:
        """Yields Trade, and Gap where some will not come."""
        return self.subscribe("trade", *symbols, callback=callback)

    def books(self, *symbols, depth=25, interval_ms=0, callback=None) -> Subscription:
        return self.subscribe("book", *symbols, depth=depth, interval_ms=interval_ms, callback=callback)

    def tickers(self, *symbols, interval_ms=0, callback=None) -> Subscription:
        return self.subscribe("ticker", *symbols, interval_ms=interval_ms, callback=callback)

    def bars(self, *symbols, interval="1m", history=0, interval_ms=0, callback=None) -> Subscription:
        """Yields Bar and BarHistory."""
        return self.subscribe("bar", *symbols, interval=interval, history=history, interval_ms=interval_ms,
                              callback=callback)

    def statuses(self, *symbols, callback=None) -> Subscription:
        return self.subscribe("status", *symbols, callback=callback)

    def on(self, event, listener):
        """-> a function that takes the listener away. "live": (symbol, bool); the others: (message)."""
        if event not in self.listeners:
            raise ValueError(f"event: expected one of {', '.join(EVENTS)}, got {event!r}")
        self.listeners[event].append(listener)
        return lambda: self.listeners[event].remove(listener)

    # What subscriptions call.

    def _add(self, want, names):
        if self.is_closed:
            raise RuntimeError("the client is closed")
        self.wanted.add(want, names)
        if self.connections and want.channel != "trade":  # what others had asked for does not come again
            self.replay(want, set(names))
        self._change()

    def _remove(self, want, names):
        self.wanted.remove(want, names)
        want.sink.forget(lambda symbol: want in self.wanted.of(want.channel, want.interval, symbol))
        self._change()

    def _drop(self, want):
        """Its subscription is nobody's any more; this may be said on any thread."""
        with contextlib.suppress(RuntimeError, AttributeError):  # no loop, or none any more
            self.loop.call_soon_threadsafe(self._remove, want, list(want.names))

    def _change(self):
        """Changes of one turn of the loop are asked for together."""
        if not self.changing and self.tasks:
            self.changing = True
            self.loop.call_soon(self._changed)

    def _changed(self):
        self.changing = False
        wants = self.wanted
        for connection in self.connections:
            connection.latest = {key: each for key, each in connection.latest.items() if wants.of(*key)}
            connection.statuses = {key: each for key, each in connection.statuses.items() if wants.any(key)}
            connection.change()
        self.lines = {key: line for key, line in self.lines.items() if wants.of("trade", None, key)}
        self.closed_bars = {key: at for key, at in self.closed_bars.items() if wants.of("bar", *key)}
        self.shown = {key: live for key, live in self.shown.items() if wants.any(key)}

    def _ended(self, task):
        if not task.cancelled() and task.exception() is not None:
            self.error = task.exception()
        self._wake_all()

    def _wake_all(self):
        for want in self.wanted.wants:
            want.event.set()
