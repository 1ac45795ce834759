# SPDX-License-Identifier: Apache-2.0
"""A venue on loopback, in the words of any of those that tickgate knows, and what is true there.

Every market moves up by one cent with each update, so that a price alone says which update it is of,
and when the venue replaced it: a test can tell how old what a client is shown really is.
"""

import asyncio
import collections
import threading
import time
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import websockets

INTERVAL = 0.05  # between two updates of a market
BEAT = 0.5
START_SECONDS = 10
SECOND = "second"  # in the path of a second line


class Market:
    """One pair. Its update n has the best bid 100.00 + n cents, and the best ask half above it, or
    TIMES as much, which may be changed from any thread: all of its prices are others then."""

    def __init__(self, pair):
        self.pair = pair
        self.updates, self.TIMES, self.times, self.before = 0, 1, 1, None
        self.trades, self.traded = 0, time.time()  # how many, and when by the venue's clock the last was
        self.born = [time.monotonic()]  # by update: when it became true

    def move(self):
        self.before = None if self.times == self.TIMES else self.depth()
        self.times = self.TIMES
        self.updates += 1
        self.born.append(time.monotonic())

    def best(self, update=None):
        update = self.updates if update is None else update
        return (f"{(100 + update / 100) * self.times:.2f}",
                f"{(100.5 + update / 100) * self.times:.2f}")

    def depth(self):
        """The whole book, best first: [[price, size]] of each side."""
        bid, ask = self.best()
        far = range(12)
        return ([[bid, "1.00"]] + [[f"{(50 - i) * self.times:.2f}", "2.00"] for i in far],
                [[ask, "1.00"]] + [[f"{(900 + i) * self.times:.2f}", "2.00"] for i in far])

    def change(self):
        """What the newest update changed of it."""
        if self.before is not None:
            return tuple([[price, "0.00"] for price, _ in old] + new
                         for old, new in zip(self.before, self.depth()))
        (bid, ask), (old_bid, old_ask) = self.best(), self.best(self.updates - 1)
        return [[old_bid, "0.00"], [bid, "1.00"]], [[old_ask, "0.00"], [ask, "1.00"]]

    def seconds_old(self, bid):
        """For how long this best bid has been untrue; 0: it is the newest."""
        update = round((float(bid) - 100) * 100)
        if self.TIMES != 1:  # a price does not tell its update
            return 0.0
        return time.monotonic() - self.born[update + 1] if update < self.updates else 0.0


class Peer:
    """One connection, with what its end has asked for."""

    def __init__(self, socket, venue):
        self.socket, self.venue = socket, venue
        self.line = 2 if SECOND in socket.path else 1
        self.wanted = set()  # (channel, pair)
        self.sequence = -1   # for a venue that numbers its messages
        self.waiting = collections.deque()  # (due, text)
        self.wake = asyncio.Event()

    def send(self, text, lag=0.0):
        lag += self.venue.LINE_LAG.get(self.line, 0.0)
        self.waiting.append((time.monotonic() + lag, text))
        self.wake.set()

    async def write(self):
        while True:
            while not self.waiting:
                self.wake.clear()
                await self.wake.wait()
            due, text = self.waiting.popleft()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            while self.line in self.venue.FROZEN:
                await asyncio.sleep(INTERVAL)
            await self.socket.send(text)


class Venue:
    """`with Venue(words, pairs) as venue:`. A thread of its own; what stands in capitals below may
    be changed from any other at any time."""

    def __init__(self, words, *pairs, port=0):
        self.words, self.port = words(), port
        self.markets = {pair: Market(pair) for pair in pairs}
        self.MUTE = set()      # (channel, pair) of which nothing more is sent; heartbeats: ("beat", "")
        self.REFUSE = set()    # (channel, pair) that a subscription is refused of
        self.IGNORE = set()    # likewise, but not answered
        self.STATUS = {}       # pair -> the venue's own word for how it trades
        self.LAG = 0.0         # seconds that every message waits
        self.LINE_LAG = {}     # line -> seconds beside it
        self.FROZEN = set()    # lines over which nothing comes any more, though they stay open
        self.SKEW = 0.0        # seconds that the venue's clock is ahead
        self.FAIL = []         # (status, headers) of the next answers to fetches
        self.TELL = []         # each gives a text for a Peer, sent with the next update
        self.peers, self.fetches, self.requests, self.connections = set(), [], [], 0
        self.paths = []        # of all requests, as they were sent
        self.loop, self.started = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        assert self.started.wait(START_SECONDS)
        return self

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(START_SECONDS)

    def __getitem__(self, pair):
        return self.markets[pair]

    def feed(self, **more):
        """The configuration of a feed that connects here."""
        lines = [f"- venue: {self.words.name}", f"  symbols: [{', '.join(self.markets)}]",
                 f"  websocket_url: ws://127.0.0.1:{self.port}",
                 f"  rest_url: http://127.0.0.1:{self.port}"]
        return "\n".join(lines + [f"  {key}: {value}" for key, value in more.items()]) + "\n"

    def two_lines(self):
        """The keys of a feed that has two, which are told apart here by their path."""
        return {"second_websocket_url": f"ws://127.0.0.1:{self.port}/{SECOND}"}

    def symbol(self, pair):
        return f"{self.words.name.upper()}:{pair}"

    def now(self):
        return time.time() + self.SKEW

    def hang_up(self, line=None):
        """Closes every connection, or those of one line."""
        for peer in set(self.peers):
            if line not in (None, peer.line):
                continue
            asyncio.run_coroutine_threadsafe(peer.socket.close(), self.loop)

    # From here on, on its own thread.

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.live())
        self.loop.close()

    async def live(self):
        self.stopping = asyncio.Event()
        async with websockets.serve(self.welcome, "127.0.0.1", self.port, process_request=self.answer_fetch,
                                    compression=None, ping_interval=None, max_queue=None) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.started.set()
            tasks = [asyncio.ensure_future(self.move()), asyncio.ensure_future(self.beat())]
            await self.stopping.wait()
            for task in tasks:
                task.cancel()
            for peer in set(self.peers):
                peer.socket.transport.abort()

    async def move(self):
        turn = 0
        while True:
            await asyncio.sleep(INTERVAL)
            texts, self.TELL = self.TELL, []
            for market in self.markets.values():
                market.move()
                if turn % 3 == 0:
                    market.trades, market.traded = market.trades + 1, self.now()
                for peer in set(self.peers):
                    self.tell(peer, market, turn)
            for peer in set(self.peers):
                for text in texts:
                    peer.send(text(peer), self.LAG)
            turn += 1

    def tell(self, peer, market, turn):
        for channel in ("book", "quote", "trade", "ticker"):
            key = (channel, market.pair)
            if key not in peer.wanted or key in self.MUTE:
                continue
            if (channel == "trade" and turn % 3) or (channel == "ticker" and turn % 10):
                continue
            text = getattr(self.words, channel)(self, peer, market)
            if text:
                peer.send(text, self.LAG)

    async def beat(self):
        while True:
            await asyncio.sleep(BEAT)
            for peer in set(self.peers):
                text = "" if ("beat", "") in self.MUTE else self.words.heartbeat(self, peer)
                if text:
                    peer.send(text, self.LAG)

    async def welcome(self, socket):
        self.connections += 1
        peer = Peer(socket, self)
        self.peers.add(peer)
        writer = asyncio.ensure_future(peer.write())
        try:
            self.words.opened(self, peer, unquote(socket.path))
            async for text in socket:
                self.requests.append(text)
                self.words.asked(self, peer, text)
        except websockets.ConnectionClosed:
            pass
        finally:
            writer.cancel()
            self.peers.discard(peer)

    async def answer_fetch(self, path, headers):
        self.paths.append(path)
        if "upgrade" in headers:
            return None
        self.fetches.append(unquote(path))
        if self.FAIL:
            status, more = self.FAIL.pop(0)
            return HTTPStatus(status), more, b"{}"
        body = self.words.fetched(self, urlsplit(unquote(path)))
        return (HTTPStatus.OK, {}, body.encode()) if body else (HTTPStatus.NOT_FOUND, {}, b"{}")
