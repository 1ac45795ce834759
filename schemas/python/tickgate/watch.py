# SPDX-License-Identifier: Apache-2.0
"""How fresh what one connection brings is. Told the time, so that tests can say what time it is."""

import sys
import time

PATIENCE = 5.0      # seconds that a message may be older than the quickest one of its connection
SILENT_AFTER = 12.0  # heartbeats come every 5 s
DEAD_AFTER = 15.0
PROBE_SECONDS = 2.0  # who stood still waits so long for a sign of life
QUICK = 1.0          # a round trip that shows that nothing waits on the way


def clock() -> float:
    """Seconds that never step, and that count the sleep of the machine too."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":  # time.monotonic() stops while it sleeps, this does not
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class Watch:
    """`late`: what is read now was on its way while we, or the network, stood still."""

    def __init__(self, now, patience=PATIENCE, silent_after=SILENT_AFTER, dead_after=DEAD_AFTER):
        self.patience, self.silent_after, self.dead_after = patience, silent_after, dead_after
        self.heard = self.current = now  # of anything; of something of now
        self.quickest = float("inf")     # our clock less the gateway's
        self.age = 0.0                   # of the newest message, against the quickest
        self.late = False
        self.probe_until = None

    def on_message(self, now):
        """Something came, whatever its age."""
        self.heard, self.probe_until = now, None

    def on_read(self, now):
        """All that came with it was looked at."""
        if not self.late:
            self.current = now

    def on_stamp(self, now, micros):
        """`sent` of an object, `time` of a heartbeat. Clocks differ, so by the quickest one."""
        difference = now - micros / 1e6
        self.quickest = min(self.quickest, difference)
        self.age = difference - self.quickest
        self.late = self.age > self.patience

    def on_pong(self, now, asked):
        """Answers stand behind what was on its way. So after a quick one nothing is old, whatever its
        stamp says: the gateway's clock was set back."""
        if self.late and now - asked < QUICK:
            self.quickest, self.late, self.current = float("inf"), False, now

    def on_woke(self, now):
        """We stood still ourselves. What is read next may be old, and the connection dead or not."""
        self.late = True
        self.age = max(self.age, now - self.heard)
        self.probe_until = now + PROBE_SECONDS
        self.heard = now

    def is_silent(self, now):
        return now - self.heard > self.silent_after

    def is_fresh(self, now):
        return not self.late and not self.is_silent(now)

    def is_dead(self, now):
        if self.probe_until is not None and now > self.probe_until:
            return True
        return now - self.heard > self.dead_after
