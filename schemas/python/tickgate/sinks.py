# SPDX-License-Identifier: Apache-2.0
"""What waits for whoever iterates: never a queue that grows."""

from collections import OrderedDict, deque

from .messages import Bar, BarHistory, Gap, Trade

MOST_EVENTS = 10_000


class Newest:
    """Of quotes, books, tickers and statuses: the newest of each symbol that was not taken yet. A symbol
    keeps its turn when a newer one comes, so a busy one cannot crowd out a quiet one."""

    def __init__(self):
        self.waiting = OrderedDict()

    def put(self, message):
        self.waiting[message.symbol] = message

    def take(self):
        return self.waiting.popitem(last=False)[1] if self.waiting else None

    def forget(self, wanted):
        for symbol in [symbol for symbol in self.waiting if not wanted(symbol)]:
            del self.waiting[symbol]


class Events:
    """Trades, and closed bars, in order. What is dropped is announced by a Gap before the next message of
    its symbol. Of an open bar the newest."""

    def __init__(self, channel, most=MOST_EVENTS):
        self.channel, self.most = channel, most
        self.waiting = deque()
        self.open = OrderedDict()  # symbol -> the open bar
        self.dropped = OrderedDict()  # symbol -> Gap

    def put(self, message):
        if isinstance(message, Bar) and not message.closed and not message.corrected:
            self.open[message.symbol] = message
            return
        still = self.open.get(message.symbol)
        if still is not None and (isinstance(message, BarHistory) or still.start <= message.start):
            del self.open[message.symbol]  # this one is newer
        if len(self.waiting) == self.most:
            self.drop(self.waiting.popleft())
        self.waiting.append(message)

    def drop(self, message):
        first, last = None, None  # of a bar nobody numbers what is missing
        if isinstance(message, Trade):
            first = last = message.seq
        elif isinstance(message, Gap):
            first, last = message.from_seq, message.to_seq
        before = self.dropped.get(message.symbol)
        if before is not None:
            known = None not in (first, before.from_seq) and before.from_seq <= last  # and of one epoch
            first, last = (before.from_seq, last) if known else (None, None)
        self.dropped[message.symbol] = Gap(self.channel, message.symbol, first, last, "slow_consumer")

    def take(self):
        if self.waiting:
            gap = self.dropped.pop(self.waiting[0].symbol, None)
            return gap or self.waiting.popleft()
        if self.dropped:
            return self.dropped.popitem(last=False)[1]
        return self.open.popitem(last=False)[1] if self.open else None

    def forget(self, wanted):
        self.waiting = deque(message for message in self.waiting if wanted(message.symbol))
        for each in (self.open, self.dropped):
            for symbol in [symbol for symbol in each if not wanted(symbol)]:
                del each[symbol]
