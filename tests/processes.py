# SPDX-License-Identifier: Apache-2.0
"""Waits for processes, and keeps how much processor time they took: of each thread its own."""
import os
import threading

_spent = threading.local()
LOWEST = 19  # of the priorities; what runs so takes what others leave


def wait(process, seconds=None):
    """Ends a process that lasts longer. -> its exit code; 124: it was ended"""
    late = threading.Event()

    def end():
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end) if seconds else None
    if timer:
        timer.start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if timer:
        timer.cancel()
    _spent.cpu = cpu_seconds() + used.ru_utime + used.ru_stime
    return 124 if late.is_set() else process.returncode


def cpu_seconds():
    """Of all that this thread has waited for, and of what those waited for."""
    return getattr(_spent, "cpu", 0.0)


def priority(command):
    """The command as this thread is to run it."""
    return ["nice", "-n", str(LOWEST), *command] if getattr(_spent, "yields", False) else command


def yield_to_others():
    """From here on this thread's commands run at the lowest priority."""
    _spent.yields = True
