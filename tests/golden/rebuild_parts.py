# SPDX-License-Identifier: Apache-2.0
"""What the rebuild of every venue is made of: numbers, times and books, as slow and plain as can be."""

import bisect
import calendar
import decimal
import json
import re

# Levels are keyed by value and never rounded, however many digits a venue sends.
decimal.getcontext().prec = 100


class BadCapture(Exception):
    """The file is not a capture; the text says where."""


class Number(str):
    """A JSON number as the bytes that were sent."""


def parse(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


def digits(text):
    """The venue's own digits, with an exponent expanded and nothing else touched."""
    if "e" not in text and "E" not in text:
        return str(text)
    return format(decimal.Decimal(text), "f")


def rfc3339_micros(text):
    """Microseconds since the epoch; further digits are cut off, not rounded."""
    if text is None:
        return None
    found = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
        text)
    if not found:
        return None
    seconds = calendar.timegm(tuple(int(found[i]) for i in range(1, 7)))
    if found[8]:
        offset = int(found[9]) * 3600 + int(found[10]) * 60
        seconds += -offset if found[8] == "+" else offset
    return seconds * 1_000_000 + int((found[7] or "").ljust(6, "0")[:6])


class OrderBook:
    """One side by side book, keyed by value; each level keeps the texts that came last."""

    def __init__(self):
        self.levels = ({}, {})  # bids, asks: value -> (price text, size text)
        self.values = ([], [])  # the same keys, ascending

    def put(self, side, price, size):
        value = decimal.Decimal(price)
        known = value in self.levels[side]
        if decimal.Decimal(size) == 0:
            if known:
                del self.levels[side][value]
                del self.values[side][bisect.bisect_left(self.values[side], value)]
            return
        self.levels[side][value] = (digits(price), digits(size))
        if not known:
            bisect.insort(self.values[side], value)

    def top(self, side, count):
        values = self.values[side]
        best = values[-count:][::-1] if side == 0 else values[:count]
        return [list(self.levels[side][value]) for value in best]

    def truncate(self, depth):
        for side in (0, 1):
            values = self.values[side]
            beyond = values[:-depth] if side == 0 else values[depth:]
            for value in beyond:
                del self.levels[side][value]
            self.values[side][:] = values[-depth:] if side == 0 else values[:depth]

    def crossed(self):
        bids, asks = self.values
        return bool(bids and asks and bids[-1] >= asks[0])
