# SPDX-License-Identifier: Apache-2.0
"""Keeps a connection: comes back with full jitter, heeds close codes, moves over when told to drain."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

from .closing import RESTART, TOO_LARGE, ClosedError, delay, failures_after, meaning
from .connection import OPEN_SECONDS, Connection, Refused, open_socket
from .token import DENIED, UNAUTHENTICATED, Tokens, fits_head, with_token
from .wanted import LEAST_REQUEST_BYTES, REQUEST_BYTES
from .watch import Watch

TICK = 0.25
DRAIN_ATTEMPTS = 3
SLEPT = 2.0    # a tick that comes so late was held up: the machine slept, or the loop was busy
SETTLE = 1.0   # a new connection has answered everything: so long the old one goes on beside it
log = logging.getLogger("tickgate")


@dataclass(frozen=True, slots=True)
class LinkState:
    """`state`: "connecting"; "live"; "silent", nothing of now comes; "waiting" for the next attempt; "ended",
    the gateway said not to come back; "closed" by close(). Times are microseconds since the epoch, 0: none."""
    state: str
    since: int
    heard: int      # the last message that was of now
    next: int       # while waiting: the next attempt
    code: int       # of the last connection that ended, 0: none has
    reason: str     # for people
    attempts: int   # that failed in a row
    draining: bool  # another connection is being made beside this one


def micros(seconds=None):
    return int((time.time() if seconds is None else seconds) * 1_000_000)


class Link:
    """The part of a Client that keeps its connections. `on_end` and `on_link` are the Client's."""

    def __init__(self, url, options, watch, clock, random, token=None):
        self.tokens = Tokens(token)
        self.url, self.options, self.watch_times = url, options, watch
        self.clock, self.random = clock, random
        self.connections = []  # oldest first; two while moving over
        self.current = self.error = None
        self.failures, self.code, self.reason, self.denied = 0, 0, "", False
        self.next, self.since, self.told = 0, micros(), None
        self.phase = "connecting"
        self.moving = None  # the task that makes a connection beside the old one
        self.hurry = asyncio.Event()
        self.lost_at, self.shutting = None, False
        self.request_bytes = REQUEST_BYTES
        self.background = set()  # tasks that nobody waits for; the loop alone would not keep them

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)
        return task

    async def open(self) -> Connection:
        try:
            token = await self.tokens.next()
        except Exception as error:  # of whoever gives them
            raise Refused(f"no token: {error or type(error).__name__}") from error
        options, in_head = self.options, bool(token) and fits_head(token)
        if in_head:
            options = {**options, "headers": with_token(options.get("headers"), token)}
        socket = await open_socket(self.url, **options)
        if self.shutting:  # a cancellation that comes as the socket does is lost in asyncio.wait_for()
            await socket.close()
            raise asyncio.CancelledError
        now = self.clock()
        missed = now - self.lost_at if self.lost_at is not None and not self.connections else 0.0
        enters = bool(token) and not in_head
        connection = Connection(self, socket, Watch(now, **self.watch_times), missed, enters)
        connection.token = token
        self.connections.append(connection)
        if enters:
            await connection.enter(token)
        return connection

    async def keep(self):
        """Until the gateway says not to come back, or the task is cancelled."""
        while True:
            connection = await self.next_connection()
            if connection is None:
                if self.denied:
                    return self.give_up(UNAUTHENTICATED, self.reason)
                await self.wait()
                continue
            self.current = connection
            self.show("open", self.reason)
            await connection.ended.wait()
            self.current = None
            lasted = self.clock() - connection.opened
            self.failures = failures_after(connection.code, self.failures, lasted)
            self.code = connection.code
            self.reason = connection.reason or meaning(connection.code).text
            if connection.code == TOO_LARGE and self.request_bytes > LEAST_REQUEST_BYTES:
                self.request_bytes //= 4  # this gateway takes less at a time: ask in smaller parts
            elif self.tokens.is_over(connection.code):
                return self.give_up(self.code, self.reason)
            if self.moving is None and not self.connections:
                log.info("tickgate: %s: %s", self.url, self.reason)
                seconds = delay(self.code, self.failures, self.random())
                if connection.draining and self.code != RESTART:  # cut off before its time: not before
                    seconds += max(connection.drained_at - self.clock(), 0.0)
                if seconds > 0:
                    await self.wait(seconds)

    def give_up(self, code, reason):
        self.code, self.error = code, ClosedError(code, reason)
        self.show("ended", reason)

    async def renew(self, connection):
        token = await self.tokens.next()
        if token and token != connection.token:
            await connection.authenticate(token)

    def on_expiring(self, connection):
        """A token that is only a text is the business of whoever listens to auth_expiring."""
        async def renew():
            try:
                await self.renew(connection)
            except Exception as error:  # of whoever gives tokens; the gateway will say what comes of it
                log.warning("tickgate: the credential was not renewed: %s", error)
        if self.tokens.gives:
            self.spawn(renew())

    async def next_connection(self):
        if self.shutting:
            raise asyncio.CancelledError
        if self.moving is not None:
            await asyncio.wait([self.moving], timeout=OPEN_SECONDS)
            self.moving = None
        if self.connections:
            return self.connections[-1]
        self.show("connecting", self.reason)
        try:
            return await self.open()
        except Refused as error:
            self.failures += 1
            self.reason = str(error)
            self.retry_after = error.retry_after
            self.denied = error.status == DENIED and not self.tokens.gives
            return None

    async def wait(self, seconds=None):
        if seconds is None:
            seconds = delay(0, self.failures, self.random()) + self.retry_after
            log.warning("tickgate: no connection to %s: %s; next attempt in %.1f s", self.url, self.reason,
                        seconds)
        self.next = micros(time.time() + seconds)
        self.show("waiting", self.reason)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.hurry.wait(), seconds)
        self.hurry.clear()
        self.next = 0

    def on_drain(self, connection, message):
        """A new connection goes elsewhere, if there is another gateway. At a random moment, so that a crowd
        does not arrive at once."""
        if connection is not self.current or connection.draining:
            return
        after = message.reconnect_after_ms / 1000
        connection.draining, connection.drained_at = True, self.clock() + after
        self.moving = self.spawn(self.move(connection))
        self.show(self.phase, self.reason)

    async def move(self, old):
        ended = self.spawn(old.ended.wait())
        for _ in range(DRAIN_ATTEMPTS):
            left = max(old.drained_at - self.clock(), 0.0)
            await asyncio.wait([ended], timeout=left / 2 * self.random())
            if old.ended.is_set():
                return
            try:
                new = await self.open()
            except Refused as error:
                log.info("tickgate: no second connection while draining: %s", error)
            else:
                self.spawn(self.leave(old, new))
                return

    async def leave(self, old, new):
        """Closes the old one when the new one has all that it has; else it ends when its gateway says."""
        while not (old.ended.is_set() or new.ended.is_set()):
            if new.settled is not None and self.clock() - new.settled > SETTLE and new.is_as_good_as(old):
                await old.close()
                return
            await asyncio.sleep(TICK)

    async def tick(self):
        before = self.clock()
        while True:
            await asyncio.sleep(TICK)
            now = self.clock()
            for connection in list(self.connections):
                connection.tick(now, now - before > TICK + SLEPT)
            before = now

    def show(self, phase, reason):
        self.phase, self.reason = phase, reason
        state = self.state_of_link()
        if (state, self.failures, bool(self.current and self.current.draining)) != self.told:
            if self.told is None or state != self.told[0]:
                self.since = micros()
            self.told = (state, self.failures, bool(self.current and self.current.draining))
            self.on_link()

    def state_of_link(self):
        if self.phase != "open":
            return self.phase
        return "live" if self.current and self.current.watch.is_fresh(self.clock()) else "silent"

    @property
    def link(self) -> LinkState:
        connection = self.current or (self.connections[-1] if self.connections else None)
        ago = self.clock() - connection.watch.current if connection else None
        return LinkState(self.state_of_link(), self.since, 0 if ago is None else micros(time.time() - ago),
                         self.next, self.code, self.reason, self.failures,
                         bool(self.current and self.current.draining))

    async def shut(self, tasks):
        self.shutting = True
        tasks = [*tasks, *self.background]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(connection.close() for connection in list(self.connections)))
        await asyncio.gather(*tasks, return_exceptions=True)
        self.show("closed", "closed")
