# SPDX-License-Identifier: Apache-2.0
"""What this client wants, joined over its subscriptions, and what has to be asked for to have it."""

import json
from collections import Counter
from typing import NamedTuple

CHANNELS = ("quote", "trade", "book", "ticker", "bar", "status")
INTERVALS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}  # seconds
REQUEST_SYMBOLS, REQUEST_PATTERNS = 1000, 100  # of one request
REQUEST_BYTES, LEAST_REQUEST_BYTES = 32_768, 512  # of its symbols; gateways take 262,144, or what they say


class Key(NamedTuple):
    channel: str
    interval: str | None  # of a bar
    name: str             # a symbol or a pattern


class Terms(NamedTuple):
    interval_ms: int = 0
    depth: int | None = None
    history: int = 0
    asked: int = 0  # which wish for history was the newest: a later one asks anew

    def join(self, other):
        """Both are served by the shortest interval, the deepest book, the longest history."""
        return Terms(min(self.interval_ms, other.interval_ms),
                     self.depth and max(self.depth, other.depth),
                     max(self.history, other.history), max(self.asked, other.asked))


class Want:
    """What one subscription wants, and where it goes."""

    def __init__(self, channel, interval, terms, sink, callback=None):
        self.channel, self.interval, self.terms = channel, interval, terms
        self.names = {}  # in the order in which they were added; the values mean nothing
        self.sink, self.callback = sink, callback


def check(channel, interval, interval_ms, depth, history):
    """A wrong word is an error here and now, not an answer of the gateway some time later."""
    if channel not in CHANNELS:
        raise ValueError(f"channel: expected one of {', '.join(CHANNELS)}, got {channel!r}")
    if (channel == "bar") != (interval is not None):
        raise ValueError("interval: needed for bars, and only for them")
    if interval is not None and interval not in INTERVALS:
        raise ValueError(f"interval: expected one of {', '.join(INTERVALS)}, got {interval!r}")
    for name, value, low, high in (("interval_ms", interval_ms, 0, 60_000), ("depth", depth, 1, 25),
                                   ("history", history, 0, 1000)):
        if value is not None and not (type(value) is int and low <= value <= high):
            raise ValueError(f"{name}: expected {low} to {high}, got {value!r}")
    if depth is not None and channel != "book":
        raise ValueError("depth: only for books")
    if history and channel != "bar":
        raise ValueError("history: only for bars")


def check_names(names):
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"expected a symbol such as 'KRAKEN:BTC-USD', got {name!r}")
    return names


def names_of(symbol):
    """The symbol, and every pattern that covers it."""
    venue, _, pair = symbol.partition(":")
    return symbol, f"{venue}:*", f"*:{pair}", "*"


def breadth(name):
    """Wider patterns are asked for first, since what is asked for later holds."""
    return 0 if name == "*" else 1 if name.startswith("*") else 2 if name.endswith("*") else 3


class Wanted:
    def __init__(self):
        self.wants = set()
        self.by_key = {}  # Key -> [Want]
        self.kinds = Counter()  # (channel, interval) -> how many names
        self.found = {}   # (channel, interval, symbol) -> [Want]: by_key through the patterns

    def add(self, want, names):
        self.wants.add(want)
        for name in names:
            if name not in want.names:
                want.names[name] = None
                self.by_key.setdefault(Key(want.channel, want.interval, name), []).append(want)
                self.kinds[want.channel, want.interval] += 1
        self.found.clear()

    def remove(self, want, names):
        for name in list(names):
            if name in want.names:
                del want.names[name]
                key = Key(want.channel, want.interval, name)
                self.by_key[key].remove(want)
                self.kinds[key[:2]] -= 1
                if not self.by_key[key]:
                    del self.by_key[key]
        if not want.names:
            self.wants.discard(want)
        self.found.clear()

    def of(self, channel, interval, symbol) -> list[Want]:
        """Who wants this symbol's messages."""
        key = (channel, interval, symbol)
        found = self.found.get(key)
        if found is None:
            every = (self.by_key.get(Key(channel, interval, name), ()) for name in names_of(symbol))
            found = self.found[key] = list(dict.fromkeys(want for each in every for want in each))
        return found

    def any(self, symbol):
        return any(self.of(*kind, symbol) for kind, count in self.kinds.items() if count)

    def terms(self) -> dict[Key, Terms]:
        result = {}
        for key, wants in self.by_key.items():
            terms = None
            for name in names_of(key.name) if breadth(key.name) == 3 else (key.name, "*"):
                for want in self.by_key.get(Key(key.channel, key.interval, name), ()):
                    # The history of a pattern is its own request's.
                    own = want.terms if name == key.name else want.terms._replace(history=0, asked=0)
                    terms = own if terms is None else terms.join(own)
            result[key] = terms
        return result


def requests(had: dict[Key, Terms], wanted: dict[Key, Terms], stamps: bool, missed=0.0,
             most=REQUEST_BYTES) -> list[dict]:
    """What to send to a gateway that grants `had`, without ids. `missed` are the seconds without a
    connection: the bars that ended in them are asked for as history."""
    if missed:
        wanted = {key: terms._replace(history=max(terms.history, bars_in(missed, key.interval)))
                  if key.interval and key not in had else terms for key, terms in wanted.items()}
    sent = []
    for group in sorted({(key.channel, key.interval or "") for key in (*had, *wanted)}):
        before, after = ({key: terms for key, terms in each.items()
                          if (key.channel, key.interval or "") == group} for each in (had, wanted))
        sent += group_requests(before, after, stamps, most)
    return sent


def bars_in(seconds, interval):
    return min(1000, int(seconds / INTERVALS[interval]) + 2)


def group_requests(had, wanted, stamps, most):
    """Of one channel and interval. An end of what is also covered by a pattern, or a pattern's begin or end,
    touches other names too: then all that is wanted is asked for again."""
    gone = [key for key in had if key not in wanted]
    fresh = [key for key, terms in wanted.items() if key not in had or terms[:2] != had[key][:2]
             or terms.asked > had[key].asked]
    patterns = any(breadth(key.name) < 3 for key in (*had, *wanted))
    again = []
    if patterns and (gone or any(breadth(key.name) < 3 for key in fresh)):
        asked = set(fresh)
        again = [key for key in wanted if key not in asked]
    sent = [{"op": "unsubscribe", **head(names[0]), "symbols": [key.name for key in names]}
            for names in chunks(gone, most)]
    by_terms = {}
    for key in sorted(fresh + again, key=lambda key: breadth(key.name)):
        terms = wanted[key]._replace(history=0) if key in again else wanted[key]
        by_terms.setdefault((breadth(key.name), terms._replace(asked=0)), []).append(key)
    for (_, terms), keys in by_terms.items():
        for names in chunks(keys, most):
            request = {"op": "subscribe", **head(names[0]), "symbols": [key.name for key in names]}
            request |= {"interval_ms": terms.interval_ms} if terms.interval_ms else {}
            request |= {"depth": terms.depth} if terms.depth else {}
            request |= {"history": terms.history} if terms.history else {}
            sent.append(request | ({"stamps": True} if stamps else {}))
    return sent


def head(key):
    return {"channel": key.channel} | ({"interval": key.interval} if key.interval else {})


def chunks(keys, most):
    """So that no request is longer than a gateway takes."""
    chunk, size = [], 0
    for key in keys:
        length = len(json.dumps(key.name)) + 1
        if chunk and (len(chunk) == REQUEST_SYMBOLS or size + length > most
                      or (breadth(key.name) < 3 and len(chunk) == REQUEST_PATTERNS)):
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += length
    if chunk:
        yield chunk
