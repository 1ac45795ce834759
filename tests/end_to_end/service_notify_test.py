# SPDX-License-Identifier: Apache-2.0
"""What systemd is told: sd_notify(3), by a socket of this test's."""
import contextlib
import os
import re
import signal
import socket

from harness import Gateway, equal, expect


class Systemd:
    """Listens where NOTIFY_SOCKET says; what a gateway is started in."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"{folder}/notify")
        self.socket.settimeout(30)
        self.heard = ""

    def until(self, pattern):
        """Reads on until this was said. -> the match; what is behind it stays"""
        while not (found := re.search(pattern, self.heard, re.M)):
            self.heard += self.socket.recv(4096).decode()
        self.heard = self.heard[found.end():]
        return found


@contextlib.contextmanager
def service(binary, folder, *arguments, **variables):
    systemd = Systemd(folder)
    os.environ.update({"NOTIFY_SOCKET": f"{folder}/notify", **variables})
    try:
        gateway = Gateway.demo(binary, *arguments)
        with contextlib.closing(systemd.socket), contextlib.ExitStack() as end:
            gateway.start()
            end.callback(gateway.end)
            yield gateway, systemd
    finally:
        for name in ("NOTIFY_SOCKET", *variables):
            del os.environ[name]


async def test_a_service_says_its_life(binary, tmp_path):
    with service(binary, tmp_path) as (gateway, systemd):
        systemd.until("^READY=1$")
        equal(gateway.public("/").status, 200, "the public port once it is said to serve")
        systemd.until("^STATUS=1 of 1 feeds live; 0 clients$")
        gateway.terminate(signal.SIGHUP)
        systemd.until(r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
        systemd.until("^READY=1$")
        gateway.terminate()
        asked = systemd.until(r"^STOPPING=1\nEXTEND_TIMEOUT_USEC=(\d+)$")
        expect(int(asked[1]) >= 15_000_000, f"time for drain and last words: {asked[1]}")
        gateway.wait_for_exit(0)


async def test_a_watchdog_is_fed(binary, tmp_path):
    with service(binary, tmp_path, WATCHDOG_USEC="200000") as (gateway, systemd):
        for _ in range(3):
            systemd.until("^WATCHDOG=1$")
        gateway.terminate()
        gateway.wait_for_exit(0)
