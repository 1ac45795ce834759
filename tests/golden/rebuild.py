#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rebuilds what a capture (format 1) means, without any code of the adapters.

Prints the quotes, trades, books and tickers that `tickgate replay` must print for the same file, one
JSON object of the client protocol a line. It reads slowly and says everything twice where that makes
it plainer: it is evidence, not a product. Numbers stay texts from the first byte to the last.
"""

import argparse
import gzip
import json
import sys

from rebuild_parts import BadCapture
from rebuild_venues import Binance, Coinbase, Kraken

BOOK_LEVELS = 25


class Rebuild:
    """Everything published so far, and the rules by which a value is published or not."""

    def __init__(self, depth, gaps):
        self.depth = depth
        self.gaps = gaps
        self.ticks = []
        self.sequences = {}  # (symbol, channel) -> last sequence number
        self.last = {}       # (symbol, channel) -> the digits published last
        self.counts = {"gaps": 0, "checksums_verified": 0, "checksums_failed": 0, "crossed": 0,
                       "trades_lost": 0}
        self.venues = {}

    def run(self, records):
        makers = {"binance": Binance, "coinbase": Coinbase, "kraken": Kraken}
        for record in records:
            name = record["venue"]
            if name not in makers:
                raise BadCapture(f"no rebuild for venue {name!r}")
            if name not in self.venues:
                self.venues[name] = makers[name](self)
            self.venues[name].take(record)
        return self.ticks

    def publish(self, channel, symbol, fields, time, record):
        key = (symbol, channel)
        self.sequences[key] = self.sequences.get(key, 0) + 1
        self.ticks.append({"type": channel, "symbol": symbol, "seq": self.sequences[key], **fields,
                           "time": time, "received": record["time"] // 1000})

    def lose_trades(self, symbol, count):
        """`count` trades of the sequence will never come."""
        self.counts["trades_lost"] += count
        key = (symbol, "trade")
        self.sequences[key] = self.sequences.get(key, 0) + count

    def publish_if_new(self, channel, symbol, fields, time, record):
        if self.last.get((symbol, channel)) != fields:
            self.last[(symbol, channel)] = fields
            self.publish(channel, symbol, fields, time, record)

    def publish_book(self, symbol, book, integrity, time, record):
        if book.crossed():
            self.counts["crossed"] += 1
        # A book tick is always BOOK_LEVELS deep; --depth only cuts what is printed of it.
        best = [book.top(side, BOOK_LEVELS) for side in (0, 1)]
        if self.last.get((symbol, "book")) != best:
            self.last[(symbol, "book")] = best
            bids, asks = (levels[:self.depth] for levels in best)
            self.publish("book", symbol, {"depth": self.depth, "integrity": integrity,
                                          "bids": bids, "asks": asks}, time, record)

    def publish_top(self, symbol, book, time, record):
        fields = {}
        for side, name in ((0, "bid"), (1, "ask")):
            best = book.top(side, 1)
            fields[name], fields[name + "_size"] = best[0] if best else (None, None)
        self.publish_if_new("quote", symbol, fields, time, record)


def read_capture(path):
    """The records of a capture, plain or gzip. Raises BadCapture with the line."""
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                if not isinstance(record["time"], int):
                    raise ValueError("time is not an integer")
                if record["kind"] in ("open", "http"):
                    record["target"] += ""
                record["venue"], record["conn"], record["kind"]  # all there
            except (ValueError, KeyError, TypeError) as error:
                raise BadCapture(f"{path}:{number}: not capture format 1: {error!r}") from error
            yield record


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file")
    options.add_argument("--depth", type=int, default=25, help="levels a side that are printed, 1 to 25")
    options.add_argument("--gaps", choices=("resync", "warn"), default="resync")
    chosen = options.parse_args()
    rebuild = Rebuild(chosen.depth, chosen.gaps)
    try:
        rebuild.run(read_capture(chosen.file))
    except (BadCapture, OSError) as error:
        print(f"rebuild: {error}", file=sys.stderr)
        return 1
    for tick in rebuild.ticks:
        print(json.dumps(tick, separators=(",", ":")))
    for name, count in rebuild.counts.items():
        print(f"{name}: {count}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
