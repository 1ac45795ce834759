# SPDX-License-Identifier: Apache-2.0
"""What the gateway says, as frozen dataclasses. Prices and sizes are Decimal with the venue's own
digits; times are integers, microseconds since the Unix epoch in UTC (`to_datetime` makes more of them). What
has `delayed_s` is so many seconds older than now, and never live."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class MessageError(ValueError):
    """An object that is not as the protocol has it."""


def to_datetime(micros: int | None) -> datetime.datetime | None:
    """The same moment in UTC, exact; None stays None."""
    return None if micros is None else EPOCH + datetime.timedelta(microseconds=micros)


class Level(NamedTuple):
    price: Decimal
    size: Decimal


class Row(NamedTuple):
    """A bar of the past."""
    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int | None
    closed: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Quote:
    type: ClassVar[str] = "quote"
    symbol: str
    seq: int
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    time: int | None
    received: int
    bid_venue: str | None = None
    ask_venue: str | None = None
    crossed: bool = False
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    type: ClassVar[str] = "trade"
    symbol: str
    seq: int
    price: Decimal
    size: Decimal
    side: str
    id: str
    time: int | None
    received: int
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Trades that will not come: from `from_seq` to `to_seq`, both included. Both are None where nobody
    knows which, or whether there were any."""
    type: ClassVar[str] = "gap"
    channel: str
    symbol: str
    from_seq: int | None
    to_seq: int | None
    reason: str
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    type: ClassVar[str] = "book"
    symbol: str
    seq: int
    depth: int
    integrity: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    time: int | None
    received: int
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Ticker:
    type: ClassVar[str] = "ticker"
    symbol: str
    seq: int
    last: Decimal
    open: Decimal | None
    high: Decimal
    low: Decimal
    volume: Decimal
    time: int | None
    received: int
    since: int | None = None
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    type: ClassVar[str] = "bar"
    symbol: str
    seq: int
    interval: str
    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int | None
    closed: bool
    corrected: bool = False
    complete: bool = True
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class BarHistory:
    """Oldest first. A row replaces what is held with the same `start`."""
    type: ClassVar[str] = "bar_history"
    symbol: str
    interval: str
    bars: tuple[Row, ...]
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    type: ClassVar[str] = "status"
    symbol: str
    seq: int
    state: str
    since: int
    reason: str
    note: str = ""
    sent: int | None = None
    delayed_s: int | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    type: ClassVar[str] = "heartbeat"
    time: int


@dataclass(frozen=True, slots=True)
class Degraded:
    type: ClassVar[str] = "degraded"
    interval_ms: int
    reason: str
    level: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    type: ClassVar[str] = "restored"


@dataclass(frozen=True, slots=True)
class Drain:
    type: ClassVar[str] = "drain"
    reconnect_after_ms: int


@dataclass(frozen=True, slots=True)
class Authenticated:
    """`expires`: when the credential does; None: never."""
    type: ClassVar[str] = "authenticated"
    id: Any
    subject: str
    expires: int | None


@dataclass(frozen=True, slots=True)
class AuthExpiring:
    type: ClassVar[str] = "auth_expiring"
    in_ms: int


class Rejected(NamedTuple):
    symbol: str
    code: str
    did_you_mean: tuple[str, ...]
    channel: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    type: ClassVar[str] = "subscribed"
    id: Any
    channel: str
    accepted: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    interval_ms: int
    epoch: str
    interval: str | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    type: ClassVar[str] = "unsubscribed"
    id: Any
    channel: str
    accepted: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    interval: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    type: ClassVar[str] = "list"
    id: Any
    subscriptions: tuple[dict, ...]
    patterns: tuple[dict, ...]


@dataclass(frozen=True, slots=True)
class Pong:
    type: ClassVar[str] = "pong"
    id: Any
    echo: str | None = None


@dataclass(frozen=True, slots=True)
class Error:
    type: ClassVar[str] = "error"
    id: Any
    code: str
    message: str
    fatal: bool
    retry_after_ms: int | None = None


Message = (Quote | Trade | Gap | Book | Ticker | Bar | BarHistory | Status | Heartbeat | Degraded | Restored
           | Drain | Authenticated | AuthExpiring | Subscribed | Unsubscribed | Listed | Pong | Error)
