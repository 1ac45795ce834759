# SPDX-License-Identifier: Apache-2.0
"""Close codes, and when to come back after each; delays with full jitter."""

from typing import NamedTuple

NEVER, NOW, LATER = "never", "now", "later"
ABNORMAL = 1006  # what a library calls an end without a close frame
TOO_LARGE = 1009
RESTART = 1012
BASE_SECONDS, MOST_SECONDS = 1.0, 30.0
LASTED_SECONDS = 5.0  # an end within seconds of the upgrade is an attempt that failed


class Meaning(NamedTuple):
    text: str
    come_back: str  # "never": not before the client, or what it asks for, has changed


CODES = {
    1000: Meaning("closed by the client", NOW),
    1001: Meaning("going away", NOW),
    1002: Meaning("protocol error", NEVER),
    1003: Meaning("a binary message was sent", NEVER),
    1006: Meaning("the connection was lost", LATER),
    1007: Meaning("text that is not UTF-8 was sent", NEVER),
    1009: Meaning("the message was too large: ask for fewer symbols at a time", NEVER),
    1011: Meaning("a fault of the gateway", LATER),
    1012: Meaning("the gateway restarts", NOW),
    1013: Meaning("the gateway is overloaded", LATER),
    4008: Meaning("slow consumer: ask for less, or at a longer interval", NOW),
    4010: Meaning("nothing came from this client for too long", NOW),
    4400: Meaning("too many bad requests", NEVER),
    4401: Meaning("not authenticated", NEVER),
    4403: Meaning("not entitled", NEVER),
    4429: Meaning("a limit of connections or subscriptions is reached", LATER),
}


def meaning(code: int) -> Meaning:
    """A code that is not known is a lost connection like any other."""
    return CODES.get(code) or Meaning(f"closed with code {code}", LATER)


class ClosedError(ConnectionError):
    """The gateway said not to come back. Iterators end with it; `code` says why."""

    def __init__(self, code: int, reason: str):
        super().__init__(f"closed with {code}: {reason or meaning(code).text}")
        self.code, self.reason = code, reason


def failures_after(code: int, failures: int, lasted: float) -> int:
    """How many attempts in a row have failed, with the connection that has just ended."""
    failures = 0 if lasted > LASTED_SECONDS else failures + 1
    if lasted <= LASTED_SECONDS and code == RESTART and failures == 1:
        return 0  # sent away in time: nothing failed
    return max(failures, 1) if meaning(code).come_back == LATER else failures


def delay(code: int, failures: int, random: float) -> float:
    """Seconds until the next attempt; `random` is from 0 to 1. A restart has had its delay already."""
    if code == RESTART and failures == 0:
        return 0.0
    return random * min(MOST_SECONDS, BASE_SECONDS * 2.0 ** min(max(failures - 1, 0), 10))
