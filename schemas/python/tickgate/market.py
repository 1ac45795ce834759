# SPDX-License-Identifier: Apache-2.0
"""What came over the connections, whom it goes to, and whether it may be shown as live."""

import logging
from collections import Counter

from .connection import Connection
from .link import Link
from .messages import Bar, Degraded, Message, Status
from .trades import Memory, TradeLine
from .wanted import REQUEST_BYTES, Wanted, names_of

EVENTS = ("link", "live", "quote", "trade", "book", "ticker", "bar", "bar_history", "status", "gap", "degraded",
          "restored", "drain", "heartbeat", "rejected", "error", "authenticated", "auth_expiring")
log = logging.getLogger("tickgate")


class Market(Link):
    def __init__(self, *link):
        super().__init__(*link)
        self.wanted = Wanted()
        self.memory = Memory()
        self.lines = {}        # symbol -> TradeLine
        self.closed_bars = {}  # (interval, symbol) -> start of the newest that was passed on as closed
        self.shown = {}        # symbol -> whether it was last said to be live
        self.refused = {}      # (channel, symbol) -> the code
        self.listeners = {event: [] for event in EVENTS}


    @property
    def epoch(self):
        return self.current.epoch if self.current else None

    @property
    def degraded(self) -> Degraded | None:
        return self.current.degraded if self.current else None

    def status(self, symbol) -> Status | None:
        """The last one, of a connection that stands."""
        connection = self._of(symbol)
        return connection.statuses.get(symbol) if connection else None

    def latest(self, channel, symbol, interval=None) -> Message | None:
        """The newest, of a connection that stands: after a reconnect None until one has come."""
        if channel == "status":
            return self.status(symbol)
        key, leader = (channel, interval, symbol), self._of(symbol)
        if leader is not None and key in leader.latest:
            return leader.latest[key]
        return next((each.latest[key] for each in reversed(self.connections) if key in each.latest), None)

    def is_live(self, symbol, channel=None) -> bool:
        """Whether the price of this symbol may be shown as live, now: that of the channel, if one is named."""
        connection = self._of(symbol)
        return bool(connection and symbol in connection.statuses and connection.watch.is_fresh(self.clock())
                    and connection.statuses[symbol].state == "live" and self.has_price(symbol, channel))

    def has_price(self, symbol, channel):
        """A status alone makes no price live that came over an earlier connection. Without a channel it is
        the quote's, where quotes are wanted, else the book's."""
        one = channel or next((name for name in ("quote", "book") if self.wanted.of(name, None, symbol)), None)
        return one not in ("quote", "book", "ticker") or self.latest(one, symbol) is not None

    def why(self, symbol, channel=None) -> str:
        """Why its price is not live, for people; "" where it is."""
        now = self.clock()
        connection = self._of(symbol)
        if connection is None:
            return {"closed": "closed", "ended": f"closed by the gateway: {self.reason}"}.get(
                self.phase, "no connection" + (f": {self.reason}" if self.reason else ""))
        if connection.watch.late:
            return f"what comes is {connection.watch.age:.0f} s old"
        if connection.watch.is_silent(now):
            return f"nothing came for {now - connection.watch.heard:.0f} s"
        status = connection.statuses.get(symbol)
        if status is None:
            code = next((code for (_, name), code in self.refused.items() if name == symbol), None)
            known = {"unknown_symbol": "not known here", "too_many_symbols": "too many symbols"}
            return known.get(code, code) if code else "no state yet" if self.wanted.any(symbol) else "not subscribed"
        if status.state == "delayed" and status.delayed_s:
            return delay_text(status.delayed_s)
        if status.state != "live":
            return f"{status.state}: {status.reason}" if status.reason else status.state
        return "" if self.has_price(symbol, channel) else "no price yet"

    def _of(self, symbol) -> Connection | None:
        """Whose word on it counts. While moving over that is the new one's as soon as it is as good: the
        second gateway may still wait for its venue."""
        if len(self.connections) < 2:
            return self.connections[0] if self.connections else None
        old, new = self.connections[-2:]
        return new if new.has_live(symbol) or not old.has_live(symbol) and symbol in new.statuses else old

    # What connections and the link call.

    def on_message(self, connection, message):
        kind = message.type
        if kind in ("trade", "gap"):
            self.on_trade(connection, message)
        elif kind == "status":
            self.on_status(connection, message)
        elif kind in ("quote", "book", "ticker"):
            self.on_value(connection, (kind, None, message.symbol), message)
        elif kind in ("bar", "bar_history"):
            self.on_bar(connection, ("bar", message.interval, message.symbol), message)
        else:
            self.on_other(connection, kind, message)

    def on_trade(self, connection, message):
        symbol = message.symbol
        if self.wanted.of("trade", None, symbol):
            for each in self.line(connection, symbol).take(connection.number, message):
                self.give_trade(each)

    @property
    def trades_seen(self) -> dict:
        """How far trades were passed on, for `resume` of a client to come: {"epoch", "seq": {symbol: number}}."""
        lines = {symbol: line for symbol, line in self.lines.items() if line.last is not None}
        epochs = Counter(line.epoch for line in lines.values())
        epoch = max(epochs, key=epochs.get, default="")
        return {"epoch": epoch, "seq": {symbol: line.last for symbol, line in lines.items() if line.epoch == epoch}}

    def seen_of(self, connection, names) -> dict | None:
        """The same of these symbols and patterns, where this connection goes on in place of one that ended."""
        if len(self.connections) > 1:
            return None  # beside another, which still brings what comes
        names, seen = set(names), self.trades_seen
        seq, room = {}, 4 * REQUEST_BYTES if self.request_bytes == REQUEST_BYTES else self.request_bytes // 2
        for symbol, last in seen["seq"].items():
            if self.lines[symbol].source is None and not names.isdisjoint(names_of(symbol)):
                room -= len(symbol.encode()) + 20
                if room < 0:
                    break  # what begins anew has its gap named by us
                seq[symbol] = last
        return {"epoch": seen["epoch"], "seq": seq} if seq else None

    def line(self, connection, symbol):
        line = self.lines.get(symbol)
        if line is None:
            line = self.lines[symbol] = TradeLine(self.memory)
        line.follow(connection.number, connection.epoch)
        return line

    def give_trade(self, message):
        self.give(("trade", None, message.symbol), message)

    def on_status(self, connection, message):
        if not self.wanted.any(message.symbol):
            return  # on its way when it was unsubscribed
        connection.statuses[message.symbol] = message
        key = ("status", None, message.symbol)
        if self._of(message.symbol) is not connection:
            connection.unsaid.add(key)
            return
        connection.unsaid.discard(key)
        self.judge(message.symbol)
        self.give(key, message)

    def on_value(self, connection, key, message):
        if not self.wanted.of(*key):
            return
        connection.latest[key] = message
        leader = self._of(message.symbol)
        if leader is not connection and (leader.number < connection.number or key in leader.latest):
            connection.unsaid.add(key)
            return
        connection.unsaid.discard(key)
        if not self.shown.get(message.symbol):
            self.judge(message.symbol)  # it may be the price that was missing
        self.give(key, message)

    def catch_up(self):
        """The old connection has ended: what the new one had not said beside it counts now."""
        for connection in self.connections[-1:]:
            unsaid, connection.unsaid = connection.unsaid, set()
            for key in sorted(unsaid, key=lambda key: key[0] != "status"):  # states before values
                known = connection.statuses.get(key[2]) if key[0] == "status" else connection.latest.get(key)
                if known is not None:
                    self.judge(key[2])
                    self.give(key, known)

    def on_bar(self, connection, key, message):
        newer = (each for each in self.connections if each.number > connection.number)
        if not self.wanted.of(*key) or any(key in each.latest for each in newer):
            return
        known = self.closed_bars.get(key[1:], 0)
        if isinstance(message, Bar):
            if message.closed and message.start <= known:
                return  # the other connection brought it, or a history did
            newest = connection.latest.get(key)
            if newest is None or message.start >= newest.start:
                connection.latest[key] = message
            closed = [message.start] if message.closed else []
        else:
            closed = [row.start for row in message.bars if row.closed]
        self.closed_bars[key[1:]] = max([known, *closed])
        self.give(key, message)

    def on_other(self, connection, kind, message):
        if kind == "subscribed":
            for symbol in message.accepted:
                self.refused.pop((message.channel, symbol), None)
                if message.channel == "trade" and self.wanted.of("trade", None, symbol):
                    self.line(connection, symbol)
            for one in message.rejected:
                self.on_rejected(one)
        elif kind == "unsubscribed" and message.id is None:  # served no more
            for one in message.rejected:
                self.on_rejected(one)
                self.judge(one.symbol)
        elif kind in ("degraded", "restored"):
            connection.degraded = message if kind == "degraded" else None
            self.tell(kind, message)
        elif kind == "drain":
            self.tell(kind, message)
            self.on_drain(connection, message)
        elif kind == "error":
            log.warning("tickgate: the gateway says: %s: %s", message.code, message.message)
            self.tell(kind, message)
        elif kind in ("heartbeat", "authenticated"):
            self.tell(kind, message)
        elif kind == "auth_expiring":
            self.tell(kind, message)
            self.on_expiring(connection)

    def on_rejected(self, rejected):
        key = (rejected.channel, rejected.symbol)
        if self.refused.get(key) != rejected.code:
            meant = ", ".join(rejected.did_you_mean)
            log.warning("tickgate: %s: %s%s", rejected.symbol, rejected.code,
                        f"; did you mean {meant}?" if meant else "")
        self.refused[key] = rejected.code
        self.tell("rejected", rejected)

    def on_fault(self, error):
        log.warning("tickgate: left out what cannot be read: %s", error)
        self.tell("error", error)

    def on_end(self, connection):
        self.connections.remove(connection)
        if not self.connections:
            self.lost_at = connection.watch.heard
        for line in self.lines.values():
            for each in line.end(connection.number):
                self.give_trade(each)
        self.catch_up()
        self.judge_all()

    def on_freshness(self, connection):
        self.judge_all()
        self.show(self.phase, self.reason)

    def on_link(self):
        self.tell("link", self.link)
        self.judge_all()

    def judge_all(self):
        for symbol in list(self.shown):
            self.judge(symbol)

    def judge(self, symbol):
        live = self.is_live(symbol)
        if self.shown.get(symbol) != live:
            self.shown[symbol] = live
            self.tell("live", symbol, live)

    # Whom it goes to.

    def replay(self, want, names):
        connection = self.connections[-1]
        known = connection.statuses if want.channel == "status" else {
            symbol: message for (channel, interval, symbol), message in connection.latest.items()
            if (channel, interval) == (want.channel, want.interval)}
        for symbol, message in known.items():
            if not names.isdisjoint(names_of(symbol)):
                self.give_to(want, message)

    def give(self, key, message):
        for want in self.wanted.of(*key):
            self.give_to(want, message)
        self.tell(message.type, message)

    def give_to(self, want, message):
        if want.callback is None:
            want.sink.put(message)
            want.event.set()
        else:
            call(want.callback, message)

    def tell(self, event, *what):
        for listener in list(self.listeners[event]):
            call(listener, *what)


def delay_text(seconds):
    return f"delayed {seconds // 60} min" if seconds % 60 == 0 else f"delayed {seconds} s"


def call(function, *what):
    """Whoever listens may fail, and disturbs nobody."""
    try:
        function(*what)
    except Exception:
        log.exception("tickgate: a callback failed")
