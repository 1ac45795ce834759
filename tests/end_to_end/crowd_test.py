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
from harness import Gateway, expect, is_sanitized
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


def hold_silence(gateway, listener, crowds, what):
    """`crowds` of crowd() come. -> the listener's longest silence meanwhile"""
    before = listener.silence(2)
    with contextlib.ExitStack() as stack:
        ends = [stack.enter_context(crowd(*one)) for one in crowds]
        during = listener.silence(SECONDS)
        came = sum(end() for end in ends)
    print(f"\n{what}: {came} in {SECONDS} s; longest silence {during * 1000:.0f} ms, before "
          f"{before * 1000:.0f} ms")
    expect(not listener.ended, "the stream ended")
    expect(came > 200, f"a small crowd: {came}")
    # What the machine itself makes one wait comes on top.
    if not is_sanitized(gateway.binary):
        expect(during < 0.1 + 2 * before, f"{what}: silent for {during * 1000:.0f} ms")


async def test_a_crowd_that_asks_for_tls_costs_streams_a_moment(binary):
    with tempfile.TemporaryDirectory() as name:
        certificate, key = rsa_certificate(pathlib.Path(name))
        server = f"shards: 1\ntls:\n  certificate: {certificate}\n  key: {key}\n"
        with Gateway.serve(binary, FEED, server=server) as gateway:
            context = ssl.create_default_context(cafile=certificate)
            context.check_hostname = False
            listener = Listener(gateway.port, context)
            hold_silence(gateway, listener, [("hello", gateway.port, 500, SECONDS)] * 2,
                         "TLS hellos")
            listener.close()


async def test_crowds_that_connect_upgrade_and_ask_cost_streams_a_moment(binary):
    with Gateway.serve(binary, FEED, server="shards: 1\n") as gateway:
        listener = Listener(gateway.port)
        for what in ("connect", "upgrade"):
            hold_silence(gateway, listener, [(what, gateway.port, 500, SECONDS)], what)
        hold_silence(gateway, listener,
                     [("ask", gateway.port, 500, SECONDS, "/v1/snapshot?symbols=*")], "ask")
        listener.close()


async def test_a_probe_is_answered_while_thousands_hold_the_admin_port(binary):
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    count = min(10_000, soft - 200)
    with Gateway.serve(binary, FEED, server="shards: 1\n") as gateway:
        listener = Listener(gateway.port)
        before = listener.silence(2)
        with crowd("connect", gateway.admin_port, count, 60) as end:
            times, deadline = [], time.monotonic() + SECONDS
            listener.longest = 0.0
            while time.monotonic() < deadline:
                began = time.monotonic()
                expect(gateway.admin("/livez").status == 200, "not alive")
                times.append(time.monotonic() - began)
                time.sleep(0.01)
            during = listener.longest
            came = end()
        print(f"\n{came} silent sockets at the admin port, {count} at a time: /livez in "
              f"{statistics.median(times) * 1000:.1f} ms, at most {max(times) * 1000:.1f} ms; longest "
              f"silence of a stream {during * 1000:.0f} ms, before {before * 1000:.0f} ms")
        expect(statistics.median(times) < 0.1, f"/livez took {statistics.median(times):.3f} s")
        expect(gateway.descriptors() < 300, f"{gateway.descriptors()} descriptors")
        if not is_sanitized(binary):
            expect(during < 0.1 + 2 * before, f"a stream was silent for {during * 1000:.0f} ms")
        listener.close()
