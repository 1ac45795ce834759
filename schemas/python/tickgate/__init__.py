# SPDX-License-Identifier: Apache-2.0
"""Client of a tickgate price-feed gateway; README.md says how it is used. In notebooks: tickgate.sync."""

from .client import Client
from .closing import CODES, ClosedError, Meaning, meaning
from .link import LinkState
from .messages import (Authenticated, AuthExpiring, Bar, BarHistory, Book, Degraded, Drain, Error, Gap, Heartbeat,
                       Level, Listed, Message, MessageError, Pong, Quote, Rejected, Restored, Row, Status,
                       Subscribed, Ticker, Trade, Unsubscribed, to_datetime)
from .parse import parse, read_frame
from .subscription import Subscription

__all__ = ["AuthExpiring", "Authenticated", "Bar", "BarHistory", "Book", "CODES", "Client", "ClosedError", "Degraded", "Drain", "Error", "Gap",
           "Heartbeat", "Level", "LinkState", "Listed", "Meaning", "Message", "MessageError", "Pong", "Quote",
           "Rejected", "Restored", "Row", "Status", "Subscribed", "Subscription", "Ticker", "Trade",
           "Unsubscribed", "meaning", "parse", "read_frame", "to_datetime"]
