# SPDX-License-Identifier: Apache-2.0
"""One symbol's trades over all connections: each once, in order, and every hole announced."""

from collections import OrderedDict, deque

from .messages import Gap, Trade

REMEMBERED = 20_000  # trades of all symbols together, by which two connections are joined
HELD = 1000          # trades of a new connection that wait for the old one to get there


class Memory:
    """The trades that were passed on last, by what they are everywhere: `seq` is only of its epoch."""

    def __init__(self, most=REMEMBERED):
        self.most, self.known = most, OrderedDict()

    def add(self, trade: Trade):
        self.known[self.key(trade)] = None
        if len(self.known) > self.most:
            self.known.popitem(last=False)

    def __contains__(self, message):
        return isinstance(message, Trade) and self.key(message) in self.known

    @staticmethod
    def key(trade):
        return trade.symbol, trade.id, trade.time, trade.price, trade.size, trade.side


class TradeLine:
    """A source is the number of a connection: later ones are greater. While two of them bring this
    symbol's trades (a drain), those of the new one are held until the old one has brought the same."""

    def __init__(self, memory: Memory):
        self.memory = memory
        self.source = None   # whose trades are passed on
        self.epoch = None
        self.last = None     # of the epoch: the newest trade passed on, or announced as lost
        self.joining = False  # nothing of this source was passed on yet, and another was there before
        self.changed = False  # and of another epoch, so that only the trades themselves tell
        self.proven = False   # one came that was passed on already: nothing is missing
        self.begun = False
        self.newest = None    # when the newest trade that was passed on was made
        self.until = None     # of another epoch: so long trades come that may have been passed on before
        self.waiting = None   # the newer source, with its epoch
        self.held = deque()

    def follow(self, source, epoch):
        """A connection has subscribed to this symbol."""
        newest = self.waiting[0] if self.waiting else self.source
        if newest is not None and source <= newest:
            return
        if self.source is not None:
            self.waiting = (source, epoch)
            self.held.clear()
            return
        self.source, self.joining, self.proven = source, self.begun, False
        if epoch != self.epoch:
            self.changed, self.epoch, self.last = self.begun, epoch, None
            self.until = self.newest
        self.begun = True

    def resume(self, epoch, last):
        """So far an earlier process of ours has come."""
        self.epoch, self.last, self.begun = epoch, last, True

    def take(self, source, message: Trade | Gap) -> list[Trade | Gap]:
        """-> what is to be passed on"""
        if self.waiting and source == self.waiting[0]:
            self.held.append(message)
            return self.switch() if self.overlap() is not None or len(self.held) > HELD else []
        if source != self.source:
            return []
        passed = self.join(message) if self.joining else self.go_on(message)
        return passed + self.switch() if self.held and self.overlap() is not None else passed

    def end(self, source) -> list[Trade | Gap]:
        """Nothing more comes over this connection."""
        if self.waiting and source == self.waiting[0]:
            self.waiting = None
            self.held.clear()
        elif source == self.source:
            self.source = None
            return self.switch() if self.waiting else []
        return []

    def overlap(self):
        """Where in `held` the two sources meet; None: they have not yet."""
        if self.waiting[1] == self.epoch:  # seq is enough
            return 0 if self.last is not None and first_of(self.held[0]) <= self.last + 1 else None
        return next((at for at, message in enumerate(self.held) if message in self.memory), None)

    def switch(self):
        """The newer source takes over, with what it has brought. What stands before the place where they
        meet has been passed on."""
        held = list(self.held)[self.overlap() or 0:] if self.held else []
        source, epoch = self.waiting
        self.held.clear()
        self.source = self.waiting = None
        self.follow(source, epoch)
        return [each for message in held for each in self.take(source, message)]

    def join(self, message):
        if self.last is not None and not self.changed:
            self.joining = False
            return self.go_on(message)
        if isinstance(message, Gap):  # of what stands before the first trade: known only if that is
            return self.go_on(message) if self.proven else []
        if message in self.memory:
            self.proven, self.last = True, message.seq
            return []
        if not self.proven and self.until is not None and made(message) < self.until:
            return []  # another gateway holds what is older than all that we saw last
        unknown = Gap("trade", message.symbol, None, None, "feed_restart" if self.changed else "reconnected")
        passed = [] if self.proven else [unknown]
        self.joining = self.changed = False
        return passed + self.go_on(message)

    def go_on(self, message):
        if self.last is not None and last_of(message) <= self.last:
            return []  # came over the other connection too
        if self.until is not None and isinstance(message, Trade):
            if made(message) > self.until:
                self.until = None
            elif message in self.memory:
                self.last = message.seq
                return []
        passed, first = [], first_of(message)
        if self.last is not None and first > self.last + 1:
            passed.append(Gap("trade", message.symbol, self.last + 1, first - 1, "reconnected"))
        elif isinstance(message, Gap) and self.last is not None and first <= self.last:
            message = Gap(message.channel, message.symbol, self.last + 1, message.to_seq, message.reason,
                          message.sent)
        self.last = last_of(message)
        if isinstance(message, Trade):
            self.memory.add(message)
            self.newest = max(self.newest or 0, made(message))
        return passed + [message]


def made(trade):
    return trade.received if trade.time is None else trade.time


def first_of(message):
    return message.from_seq if isinstance(message, Gap) else message.seq


def last_of(message):
    return message.to_seq if isinstance(message, Gap) else message.seq
