# SPDX-License-Identifier: Apache-2.0
"""A table of prices on a terminal, drawn anew a few times a second. What is not live is grey, and says why."""

import asyncio
import logging
import shutil
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal

from .client import Client
from .lines import clean, now, plain

DRAW_SECONDS = 0.25
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"  # a screen of its own, without a cursor
HOME, LINE_END, REST = "\x1b[H", "\x1b[K\n", "\x1b[J"
GREY, BOLD, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"
COLUMNS = ("SYMBOL", "BID", "ASK", "LAST", "24 H", "VOLUME", "AGE", "")
DISPENSABLE = (5, 4, 3)  # columns that go first where the terminal is narrow
REASON_ROOM = 26
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def change(ticker) -> str:
    """Of 24 hours, in percent."""
    if ticker is None or not ticker.open:
        return "-"
    percent = EXACT.divide(100 * (ticker.last - ticker.open), ticker.open)
    text = plain(percent.quantize(Decimal("0.01"), context=EXACT))
    return "0.00 %" if not text.strip("-0.") else f"{'' if text[0] == '-' else '+'}{text} %"


def age(message, micros) -> str:
    """Since it was received, by the gateway's clock as `micros` tells it."""
    if message is None:
        return "-"
    seconds = max(0, micros - message.received) // 1_000_000
    return f"{seconds} s" if seconds < 100 else f"{seconds // 60} min"


def width(text) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 0 if unicodedata.combining(one) else 1
               for one in text)


def row(client, symbol, micros) -> tuple[bool, list[str]]:
    """-> whether it is live, and its cells"""
    quote, ticker = client.latest("quote", symbol), client.latest("ticker", symbol)
    why = client.why(symbol, "quote")
    cells = [symbol, plain(quote and quote.bid), plain(quote and quote.ask), plain(ticker and ticker.last),
             change(ticker), plain(ticker and ticker.volume), age(quote, micros), why]
    return not why, [clean(text) for text in cells]


def cut(text, columns) -> str:
    while width(text) > columns:
        text = text[:-1]
    return text


class Table:
    """Columns get wider, never narrower: prices do not jump about."""

    def __init__(self):
        self.widths = [width(title) for title in COLUMNS]

    def columns(self, room):
        shown = list(range(len(COLUMNS)))
        for column in DISPENSABLE:
            if sum(self.widths[each] + 1 for each in shown[:-1]) + REASON_ROOM > room:
                shown.remove(column)
        return shown

    def line(self, cells, shown):
        texts = []
        for column in shown:
            room = " " * max(0, self.widths[column] - width(cells[column]))
            texts.append(cells[column] + room if column in (0, len(COLUMNS) - 1) else room + cells[column])
        return " ".join(texts)

    def draw(self, client, symbols, complaint, size, micros) -> str:
        """All of the screen as one text."""
        room, rows = size
        link = client.link
        listed = symbols[:max(1, rows - 5)]
        found = [row(client, symbol, micros) for symbol in listed]
        for _, cells in found:
            self.widths[:-1] = [max(each) for each in zip(self.widths, map(width, cells[:-1]))]
        shown = self.columns(room)
        said = f"{client.url}  {link.state}" + (f": {clean(link.reason)}" if link.state != "live" else "")
        lines = [(BOLD, said), ("", ""), (BOLD, self.line(COLUMNS, shown))]
        lines += [("" if live else GREY, self.line(cells, shown)) for live, cells in found]
        more = len(symbols) - len(listed)
        lines.append(("", f"and {more} more" if more else clean(complaint)))
        return HOME + "".join(f"{style}{cut(text.rstrip(), room)}{PLAIN}{LINE_END}"
                              for style, text in lines) + REST


class Complaints(logging.Handler):
    """The newest warning, for the last line: stderr is the same screen."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.newest = ""

    def emit(self, record):
        self.newest = record.getMessage()


async def draw_table(arguments, out):
    complaints, logger, table = Complaints(), logging.getLogger("tickgate"), Table()
    logger.addHandler(complaints)
    out.write(ENTER)
    try:
        async with Client(arguments.url, token=arguments.token) as client:
            subscriptions = [client.subscribe(channel, *arguments.symbols, interval_ms=arguments.every)
                             for channel in ("quote", "ticker")]
            while client.error is None:
                asked = [name for name in arguments.symbols if "*" not in name]
                found = sorted(name for name in client.shown if name not in asked)
                out.write(table.draw(client, list(dict.fromkeys(asked)) + found, complaints.newest,
                                     shutil.get_terminal_size(), now()))
                out.flush()
                await asyncio.sleep(DRAW_SECONDS)
            raise client.error
    finally:
        out.write(LEAVE)
        out.flush()
        logger.removeHandler(complaints)
        del subscriptions
