# SPDX-License-Identifier: Apache-2.0
"""One WebSocket: how it is opened, what is asked over it, and what it has brought."""

import asyncio
import contextlib
import inspect
import itertools
import json
import logging
from collections import deque

import websockets

from .closing import ABNORMAL
from .messages import Authenticated, Error, Heartbeat, MessageError, Pong, Subscribed, Unsubscribed
from .parse import parse, read_frame
from .token import Credential
from .wanted import CHANNELS, INTERVALS, Key, requests
from .watch import Watch

SUBPROTOCOL = "tickgate.v1.json"
OPEN_SECONDS, CLOSE_SECONDS = 10, 2
MESSAGE_BYTES = 2**24
RETRY_UNKNOWN, RETRY_UNKNOWN_MOST = 5.0, 60.0  # an instrument may appear later
numbers = itertools.count(1)
log = logging.getLogger("tickgate")


class Refused(ConnectionError):
    """No connection was made; `retry_after` is the least time to wait, in seconds, `status` of HTTP or None."""

    def __init__(self, reason, retry_after=0.0, status=None):
        super().__init__(reason)
        self.retry_after, self.status = retry_after, status


async def open_socket(url, headers=None, **options):
    """`options` are those of websockets.connect, whose name for headers differs by version."""
    if headers:
        new = "additional_headers" in inspect.signature(websockets.connect.__init__).parameters
        options["additional_headers" if new else "extra_headers"] = headers
    options = {"compression": None, "open_timeout": OPEN_SECONDS, "close_timeout": CLOSE_SECONDS,
               "ping_interval": None, "max_size": MESSAGE_BYTES, "subprotocols": [SUBPROTOCOL], **options}
    try:
        return await websockets.connect(url, **options)
    except (OSError, EOFError, asyncio.TimeoutError, websockets.WebSocketException) as error:
        raise Refused(*why_refused(error)) from error


def why_refused(error):
    """-> what to say, the answer's Retry-After in seconds, and its status"""
    answer = getattr(error, "response", error)  # where it stands depends on the version of the library
    status, after = getattr(answer, "status_code", None), 0.0
    if status:
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            after = min(60.0, float(answer.headers.get("Retry-After", "0")))
        return f"refused with HTTP {status}", max(after, 0.0), status
    if isinstance(error, asyncio.TimeoutError):
        return "no answer to the connection attempt", after, None
    return str(error) or type(error).__name__, after, None


class Connection(Credential):
    """`owner` is the Client: it has `wanted`, `stamps`, `clock` and is told on_message and on_end. Nothing is
    asked before `enters` is over: the token goes in band then."""

    def __init__(self, owner, socket, watch: Watch, missed, enters=False):
        self.owner, self.socket, self.watch, self.missed = owner, socket, watch, missed
        self.number, self.opened = next(numbers), owner.clock()
        self.epoch, self.degraded, self.draining = None, None, False
        self.statuses, self.latest = {}, {}  # symbol -> Status; (channel, interval, symbol) -> message
        self.unsaid = set()  # keys of what came while another connection's word counted
        self.asked = {}     # Key -> Terms: what the gateway was asked for
        self.requests = {}  # id -> the request that has no answer yet
        self.outgoing, self.dirty, self.wake = deque(), True, asyncio.Event()
        self.pings, self.auths, self.ids = {}, {}, itertools.count(1)
        self.entered = asyncio.Event()
        if not enters:
            self.entered.set()
        self.retry_at, self.retry_after, self.unknown = None, RETRY_UNKNOWN, False
        self.settled, self.asked_last = None, 0.0  # when all was answered; when a late one was probed
        self.was_fresh = True
        self.code, self.reason, self.ended = 0, "", asyncio.Event()
        self.tasks = [asyncio.ensure_future(self.read()), asyncio.ensure_future(self.write())]

    async def read(self):
        try:
            while True:
                self.on_text(await self.socket.recv())
        except websockets.ConnectionClosed:
            self.reason = self.reason or self.socket.close_reason or ""
        except MessageError as error:
            self.reason = f"the peer speaks another protocol: {error}"
            self.abort()
        except Exception:  # a fault of ours must not end in silence
            log.exception("tickgate: a message could not be dealt with")
            self.abort()
        finally:
            self.end()

    def on_text(self, text):
        now = self.owner.clock()
        array = read_frame(text)
        self.watch.on_message(now)
        for one in array:
            try:
                message = parse(one)
            except MessageError as error:
                self.owner.on_fault(error)
                continue
            stamp = message.time if isinstance(message, Heartbeat) else getattr(message, "sent", None)
            if stamp is not None:
                self.watch.on_stamp(now, stamp)
                self.look(now)
            if message is not None:
                self.take(message, now)
        self.watch.on_read(now)
        self.look(now)

    def has_live(self, symbol):
        """Of a live state, with a price where another connection could have one."""
        status = self.statuses.get(symbol)
        return status is not None and status.state == "live" and self.was_fresh and all(
            (channel, None, symbol) in self.latest for channel in ("quote", "book")
            if self.owner.wanted.of(channel, None, symbol))

    def is_as_good_as(self, other):
        return all(self.has_live(symbol) for symbol in other.statuses if other.has_live(symbol))

    def look(self, now):
        """Whoever looks is told before a price is passed on that is not fresh."""
        fresh = self.watch.is_fresh(now)
        if fresh != self.was_fresh:
            self.was_fresh = fresh
            self.owner.on_freshness(self)

    def take(self, message, now):
        if isinstance(message, Pong):
            asked, future = self.pings.pop(message.id, (None, None))
            if asked is not None:
                self.watch.on_pong(now, asked)
                if not future.done():
                    future.set_result(now - asked)
            return
        if isinstance(message, (Authenticated, Error)) and self.on_answer(message):
            self.owner.on_message(self, message)
            return
        if isinstance(message, Error):
            request = self.requests.pop(message.id, None)
            if message.code == "rate_limited" and request is not None:
                wait = (message.retry_after_ms or 1000) / 1000
                asyncio.get_running_loop().call_later(wait, self.ask, request)
                return
        elif isinstance(message, (Subscribed, Unsubscribed)):
            self.requests.pop(message.id, None)
            if message.id is None:  # served no more: we number all that we ask
                self.on_removed(message, now)
            if isinstance(message, Subscribed):
                self.epoch = message.epoch
                self.on_rejected(message, now)
        if not self.requests and not self.outgoing and not self.dirty and self.settled is None:
            self.settled = now
        self.owner.on_message(self, message)

    def on_rejected(self, message, now):
        for one in message.rejected:  # asked for again at the next change
            self.asked.pop(Key(message.channel, message.interval, one.symbol), None)
            if one.code == "unknown_symbol" and not self.unknown:
                self.unknown = True
                self.retry_at = now + self.retry_after
                self.retry_after = min(RETRY_UNKNOWN_MOST, 2 * self.retry_after)

    def on_removed(self, message, now):
        """What was asked for by name is asked for again now and then, as any that is not known. By another
        channel a symbol may go on, where there is only no room for this one."""
        for one in message.rejected:
            key = (message.channel, message.interval, one.symbol)
            self.latest.pop(key, None)
            if one.code == "unknown_symbol" or not self.goes_on(one.symbol, key):
                self.statuses.pop(one.symbol, None)
        if any(Key(message.channel, message.interval, one.symbol) in self.asked for one in message.rejected):
            self.on_rejected(message, now)

    def goes_on(self, symbol, ended):
        families = [(channel, None) for channel in CHANNELS] + [("bar", interval) for interval in INTERVALS]
        keys = [(*family, symbol) for family in families]
        return any(key != ended and (key in self.latest or key in self.asked) for key in keys)

    async def write(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.entered.wait()
            while True:
                if self.dirty:
                    self.dirty, terms = False, self.owner.wanted.terms()
                    self.outgoing.extend(requests(self.asked, terms, self.owner.stamps, self.missed,
                                                  self.owner.request_bytes))
                    self.asked = terms
                if not self.outgoing:
                    self.wake.clear()
                    await self.wake.wait()
                    continue
                request = {**self.outgoing.popleft(), "id": next(self.ids)}
                self.requests[request["id"]] = request
                seen = request["op"] == "subscribe" and request["channel"] == "trade" and \
                    self.owner.seen_of(self, request["symbols"])
                await self.socket.send(json.dumps({**request, "from": seen} if seen else request,
                                                  ensure_ascii=False))

    async def send(self, request):
        try:
            await self.socket.send(json.dumps(request))
        except websockets.ConnectionClosed:
            raise ConnectionError("the connection has ended") from None

    def ask(self, request):
        self.outgoing.append({key: value for key, value in request.items() if key != "id"})
        self.wake.set()

    def change(self):
        """What is wanted is something else now."""
        self.dirty = True
        self.wake.set()

    def tick(self, now, slept):
        """A few times a second."""
        if slept:
            self.watch.on_woke(now)
        if self.watch.is_dead(now):
            silence = now - self.watch.heard
            self.abort(f"nothing came for {silence:.0f} s" if not self.watch.probe_until else
                       "nothing came after a pause")
            return
        if self.watch.late and not self.pings and (slept or now - self.asked_last > 1.0):
            self.asked_last = now
            self.owner.spawn(self.probe())
        if self.unknown and now >= self.retry_at:
            self.unknown = False
            self.change()
        self.look(now)

    async def probe(self):
        with contextlib.suppress(ConnectionError, websockets.ConnectionClosed):
            await self.ping()

    async def ping(self) -> float:
        """Seconds of a round trip; ConnectionError when the connection ends before the answer."""
        number, future = f"ping {next(self.ids)}", asyncio.get_running_loop().create_future()
        self.pings[number] = (self.owner.clock(), future)
        try:
            await self.send({"op": "ping", "id": number})
            return await future
        finally:
            self.pings.pop(number, None)

    async def close(self):
        """Politely, and if that takes too long, without a word."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.socket.close(), CLOSE_SECONDS + 1)
        self.abort()
        await asyncio.wait(self.tasks[:1], timeout=CLOSE_SECONDS)

    def abort(self, reason=""):
        self.reason = self.reason or reason
        transport = getattr(self.socket, "transport", None)
        if transport is not None:
            transport.abort()

    def end(self):
        if self.ended.is_set():
            return
        self.code = self.socket.close_code or ABNORMAL
        for future in [*(future for _, future in self.pings.values()), *self.auths.values()]:
            if not future.done():
                future.set_exception(ConnectionError("the connection has ended"))
        self.tasks[1].cancel()
        self.ended.set()
        self.owner.on_end(self)
