# SPDX-License-Identifier: Apache-2.0
"""Messages as lines of text: for pipes, files and whoever reads a log."""

import asyncio
import time

from .client import Client
from .messages import to_datetime


def plain(value) -> str:
    """The venue's own digits; str() would write the small ones with an exponent."""
    return "-" if value is None else format(value, "f")


def clean(text) -> str:
    """What came from elsewhere goes to a terminal: no control characters."""
    return "".join(one if one.isprintable() else "?" for one in text)


def when(micros) -> str:
    return to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> int:
    return time.time_ns() // 1000


def describe(m) -> str:
    kind = m.type
    if kind == "quote":
        venues = f" ({m.bid_venue or '-'}, {m.ask_venue or '-'})" if m.bid_venue or m.ask_venue else ""
        return f"{plain(m.bid)} x {plain(m.bid_size)}  {plain(m.ask)} x {plain(m.ask_size)}{venues}"
    if kind == "trade":
        return f"{m.side} {plain(m.size)} at {plain(m.price)}"
    if kind == "gap":
        which = "how many is not known" if m.from_seq is None else f"{m.from_seq} to {m.to_seq}"
        return f"{m.channel}s missing: {which}: {m.reason}"
    if kind == "book":
        sides = (" ".join(f"{plain(price)} x {plain(size)}" for price, size in levels[:3]) or "-"
                 for levels in (m.bids, m.asks))
        return "  |  ".join(sides)
    if kind == "ticker":
        return (f"last {plain(m.last)} open {plain(m.open)} high {plain(m.high)} low {plain(m.low)}"
                f" volume {plain(m.volume)}")
    if kind == "bar":
        end = "corrected" if m.corrected else "closed" if m.closed else "open"
        return (f"{m.interval} {when(m.start)[:19]}Z {plain(m.open)} {plain(m.high)} {plain(m.low)}"
                f" {plain(m.close)} volume {plain(m.volume)} {end}")
    if kind == "bar_history":
        return f"{m.interval} {len(m.bars)} bars of the past"
    return f"{m.state} {m.reason or m.note}"


async def print_lines(arguments, out):
    channel = arguments.channel or "quote"
    options = {"interval": arguments.interval} if channel == "bar" else {}
    if channel not in ("trade", "status"):
        options["interval_ms"] = arguments.every
    task = asyncio.current_task()
    told = {}  # symbol -> the last words of why it is not live

    def line(symbol, text, micros=None):
        print(when(micros or now()), clean(symbol), clean(text), file=out, flush=True)

    def on_live(symbol, _):
        if client.is_closed:
            return
        why = client.why(symbol)
        if told.get(symbol, "no state yet") == why:
            return
        told[symbol] = why
        try:
            line(symbol, f"NOT LIVE {why}" if why else "live")
        except BrokenPipeError:  # nobody reads any more
            task.cancel()

    async with Client(arguments.url, token=arguments.token) as client:
        client.on("live", on_live)
        async for message in client.subscribe(channel, *arguments.symbols, **options):
            why = "" if channel in ("trade", "bar", "status") else client.why(message.symbol)
            line(message.symbol, f"{message.type} {describe(message)}" + (f"  NOT LIVE {why}" if why else ""),
                 getattr(message, "time", None) or getattr(message, "received", None))
