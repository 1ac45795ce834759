# SPDX-License-Identifier: Apache-2.0
"""Crowds at either port: who has a stream hardly notices, and a probe is answered at once."""

import contextlib
import json
import pathlib
import resource
import socket
import ssl
import statistics
import subprocess
import tempfile
import threading
import time

from crowd import crowd
from harness import Failure, Gateway, expect, is_sanitized
from raw_socket import HANDSHAKE, text_frame

FEED = "- venue: simulator\n  seed: 3\n  rate: 5000\n"
SUBSCRIBE = {"op": "subscribe", "channel": "quote", "symbols": ["*"], "interval_ms": 0}
SECONDS = 4


class Listener:
    """A stream of every quote as it comes, read in a thread. Its silences are measured."""

    def __init__(self, port, secured=None):
        wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.wire = secured.wrap_socket(wire) if secured else wire
        self.wire.sendall(HANDSHAKE)
        expect(self.wire.recv(12).startswith(b"HTTP/1.1 101"), "not upgraded")
        self.wire.sendall(text_frame(json.dumps(SUBSCRIBE)))
        self.longest, self.ended = 0.0, False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        last = time.monotonic()
        with contextlib.suppress(OSError):
            while self.wire.recv(1 << 18):
                now = time.monotonic()
                self.longest, last = max(self.longest, now - last), now
        self.ended = True

    def silence(self, seconds):
        """The longest within so many seconds from now."""
        self.longest = 0.0
        time.sleep(seconds)
        return self.longest

    def close(self):
        self.wire.close()


def rsa_certificate(folder):
    certificate, key = folder / "rsa.crt", folder / "rsa.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True, timeout=30)
    return certificate, key


def hold_silence(binary, what, measure):
    """`measure()` -> a stream's longest silence before a crowd, and while it comes. What else the
    machine does may be heard in one of three; what a crowd does is heard in all."""
    for _ in range(3):
        before, during = measure()
        print(f"{what}: longest silence of a stream {during * 1000:.0f} ms, before "
              f"{before * 1000:.0f} ms")
        if is_sanitized(binary) or during < 0.1 + 2 * before:
            return
    raise Failure(f"{what}: silent for {during * 1000:.0f} ms")


def silences(listener, crowds):
    """While `crowds` of crowd() come. -> before and meanwhile"""
    before = listener.silence(2)
    with contextlib.ExitStack() as stack:
        ends = [stack.enter_context(crowd(*one)) for one in crowds]
        during = listener.silence(SECONDS)
        came = sum(end() for end in ends)
    print(f"\n{came} came in {SECONDS} s")
    expect(not listener.ended, "the stream ended")
    expect(came > 200, f"a small crowd: {came}")
    return before, during


async def test_a_crowd_that_asks_for_tls_costs_streams_a_moment(binary):
    with tempfile.TemporaryDirectory() as name:
        certificate, key = rsa_certificate(pathlib.Path(name))
        server = f"shards: 1\ntls:\n  certificate: {certificate}\n  key: {key}\n"
        with Gateway.serve(binary, FEED, server=server) as gateway:
            context = ssl.create_default_context(cafile=certificate)
            context.check_hostname = False
            listener = Listener(gateway.port, context)
            crowds = [("hello", gateway.port, 500, SECONDS)] * 2
            hold_silence(binary, "TLS hellos", lambda: silences(listener, crowds))
            listener.close()


async def test_crowds_that_connect_upgrade_and_ask_cost_streams_a_moment(binary):
    with Gateway.serve(binary, FEED, server="shards: 1\n") as gateway:
        listener = Listener(gateway.port)
        for what in (["connect"], ["upgrade"], ["ask", "/v1/snapshot?symbols=*"]):
            crowds = [(what[0], gateway.port, 500, SECONDS, *what[1:])]
            hold_silence(binary, what[0], lambda: silences(listener, crowds))
        listener.close()


def probe_silences(gateway, listener, count):
    before, times = listener.silence(2), []
    with crowd("connect", gateway.admin_port, count, 60) as end:
        listener.longest = 0.0
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            began = time.monotonic()
            expect(gateway.admin("/livez").status == 200, "not alive")
            times.append(time.monotonic() - began)
            time.sleep(0.01)
        during, came = listener.longest, end()
    print(f"\n{came} silent sockets at the admin port, {count} at a time: /livez in "
          f"{statistics.median(times) * 1000:.1f} ms, at most {max(times) * 1000:.1f} ms")
    expect(statistics.median(times) < 0.1, f"/livez took {statistics.median(times):.3f} s")
    expect(gateway.descriptors() < 300, f"{gateway.descriptors()} descriptors")
    return before, during


async def test_a_probe_is_answered_while_thousands_hold_the_admin_port(binary):
    count = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    with Gateway.serve(binary, FEED, server="shards: 1\n") as gateway:
        listener = Listener(gateway.port)
        hold_silence(binary, "silent sockets", lambda: probe_silences(gateway, listener, count))
        listener.close()
