# SPDX-License-Identifier: Apache-2.0
"""Text of the wire -> messages. What is not as the protocol has it is a MessageError, never a crash."""

import json
from decimal import Decimal, InvalidOperation

from . import messages as m
from .messages import Message, MessageError


def read_frame(text: str | bytes) -> list[dict]:
    """The objects of one message of the stream."""
    if not isinstance(text, str):
        raise MessageError("a binary message")
    try:
        array = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}: {text[:100]!r}") from None
    if not isinstance(array, list) or not all(
            isinstance(one, dict) and isinstance(one.get("type"), str) for one in array):
        raise MessageError(f"not an array of objects with a type: {text[:100]!r}")
    return array


def parse(o: dict) -> Message | None:
    """None: of a type that is not known here. Keys that are not known are left out."""
    read = READERS.get(o["type"])
    if read is None:
        return None
    try:
        return read(o)
    except KeyError as error:
        raise MessageError(f"without {error}: {str(o)[:200]}") from None
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise MessageError(f"{error}: {str(o)[:200]}") from None


def decimal(text) -> Decimal:
    if type(text) is not str:  # a number would have gone through a double somewhere
        raise MessageError(f"not a decimal in a string: {text!r}")
    value = Decimal(text)
    if not value.is_finite():
        raise MessageError(f"not a number: {text!r}")
    return value


def side(text) -> Decimal | None:
    return None if text is None else decimal(text)


def whole(value) -> int:
    if type(value) is not int:
        raise MessageError(f"not an integer: {value!r}")
    return value


def optional(value) -> int | None:
    return None if value is None else whole(value)


def word(value) -> str:
    if type(value) is not str:
        raise MessageError(f"not a string: {value!r}")
    return value


def truth(value) -> bool:
    if type(value) is not bool:
        raise MessageError(f"neither true nor false: {value!r}")
    return value


def stamps(o):
    """What any update may have at its end."""
    return optional(o.get("sent")), optional(o.get("delayed_s"))


def quote(o):
    return m.Quote(word(o["symbol"]), whole(o["seq"]), side(o["bid"]), side(o["bid_size"]), side(o["ask"]),
                   side(o["ask_size"]), optional(o["time"]), whole(o["received"]), o.get("bid_venue"),
                   o.get("ask_venue"), truth(o.get("crossed", False)), *stamps(o))


def trade(o):
    return m.Trade(word(o["symbol"]), whole(o["seq"]), decimal(o["price"]), decimal(o["size"]),
                   word(o["side"]), word(o["id"]), optional(o["time"]), whole(o["received"]),
                   *stamps(o))


def gap(o):
    return m.Gap(word(o["channel"]), word(o["symbol"]), optional(o["from"]), optional(o["to"]),
                 word(o["reason"]), *stamps(o))


def levels(rows):
    return tuple(m.Level(decimal(price), decimal(size)) for price, size in rows)


def book(o):
    return m.Book(word(o["symbol"]), whole(o["seq"]), whole(o["depth"]), word(o["integrity"]),
                  levels(o["bids"]), levels(o["asks"]), optional(o["time"]), whole(o["received"]),
                  *stamps(o))


def ticker(o):
    return m.Ticker(word(o["symbol"]), whole(o["seq"]), decimal(o["last"]), side(o["open"]),
                    decimal(o["high"]), decimal(o["low"]), decimal(o["volume"]), optional(o["time"]),
                    whole(o["received"]), optional(o.get("since")), *stamps(o))


def bar(o):
    return m.Bar(word(o["symbol"]), whole(o["seq"]), word(o["interval"]), whole(o["start"]),
                 decimal(o["open"]), decimal(o["high"]), decimal(o["low"]), decimal(o["close"]),
                 decimal(o["volume"]), optional(o["trades"]), truth(o["closed"]),
                 truth(o.get("corrected", False)), truth(o.get("complete", True)), *stamps(o))


def bar_history(o):
    rows, last = o["bars"], len(o["bars"]) - 1
    ends_open, incomplete = truth(o.get("open", False)), frozenset(o.get("incomplete", ()))
    return m.BarHistory(word(o["symbol"]), word(o["interval"]), tuple(
        m.Row(whole(start), decimal(first), decimal(high), decimal(low), decimal(close), decimal(volume),
              optional(trades), not (ends_open and at == last), start not in incomplete)
        for at, (start, first, high, low, close, volume, trades) in enumerate(rows)), *stamps(o))


def status(o):
    return m.Status(word(o["symbol"]), whole(o["seq"]), word(o["state"]), whole(o["since"]),
                    word(o["reason"]), word(o.get("note", "")), *stamps(o))


def rejected(o):
    return tuple(m.Rejected(word(one["symbol"]), word(one["code"]), tuple(one.get("did_you_mean", ())),
                            word(o["channel"])) for one in o["rejected"])


def accepted(rows):
    return tuple(word(one) for one in rows)


READERS = {
    "quote": quote, "trade": trade, "gap": gap, "book": book, "ticker": ticker, "bar": bar,
    "bar_history": bar_history, "status": status,
    "heartbeat": lambda o: m.Heartbeat(whole(o["time"])),
    "degraded": lambda o: m.Degraded(whole(o["interval_ms"]), word(o["reason"]), optional(o.get("level")),
                                     optional(o.get("depth"))),
    "restored": lambda o: m.Restored(),
    "drain": lambda o: m.Drain(whole(o["reconnect_after_ms"])),
    "authenticated": lambda o: m.Authenticated(o.get("id"), word(o["subject"]), optional(o["expires"])),
    "auth_expiring": lambda o: m.AuthExpiring(whole(o["in_ms"])),
    "subscribed": lambda o: m.Subscribed(
        o["id"], word(o["channel"]), accepted(o["accepted"]), rejected(o),
        whole(o["interval_ms"]), word(o["epoch"]), o.get("interval")),
    "unsubscribed": lambda o: m.Unsubscribed(o["id"], word(o["channel"]), accepted(o["accepted"]),
                                             rejected(o), o.get("interval")),
    "list": lambda o: m.Listed(o["id"], tuple(o["subscriptions"]), tuple(o["patterns"])),
    "pong": lambda o: m.Pong(o["id"], o.get("echo")),
    "error": lambda o: m.Error(o["id"], word(o["code"]), word(o["message"]), truth(o["fatal"]),
                               optional(o.get("retry_after_ms"))),
}
