# SPDX-License-Identifier: Apache-2.0
"""A running tickgate on loopback, and the few words in which the end-to-end tests are written.

A test is a coroutine. It takes `binary` and starts its own Gateway, or `gateway`, the one that
the tests of its file share: the file's `start(binary)` makes it. Both are fixtures of conftest.py.
"""

import asyncio
import contextlib
import gzip
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import contract

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
START_SECONDS = 15
STOP_SECONDS = 30


class Failure(AssertionError):
    """The gateway did not keep a promise; the text says which."""


def expect(condition, problem):
    __tracebackhide__ = True
    if not condition:
        raise Failure(problem)


def equal(got, want, what):
    __tracebackhide__ = True
    expect(got == want, f"{what}: expected {want!r}, got {got!r}"[:1500])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {}
        for name, value in response.getheaders():
            before = self.headers.get(name.lower())
            self.headers[name.lower()] = f"{before}, {value}" if before else value
        self.body = response.read()

    def unpacked(self):
        packed = self.headers.get("content-encoding") == "gzip" and self.body
        return gzip.decompress(self.body) if packed else self.body


class Gateway:
    """One process. Use it as a context manager: it is ready inside, and must end with 0 outside."""

    def __init__(self, binary, arguments, port, admin_port):
        self.binary, self.arguments = binary, [str(word) for word in arguments]
        self.port, self.admin_port = port, admin_port
        self.folder = tempfile.TemporaryDirectory(prefix="tickgate-test-")
        self.log_path = pathlib.Path(self.folder.name) / "log"
        self.process = None
        self.ready_path = "/readyz"

    @classmethod
    def demo(cls, binary, *arguments):
        port, admin_port = free_port(), free_port()
        # One venue, unless the arguments say otherwise: a later flag counts.
        return cls(binary, ["demo", "--port", port, "--admin-port", admin_port, "--venues", 1,
                            *arguments], port, admin_port)

    @classmethod
    def serve(cls, binary, feeds, server="", limits="", consolidated=""):
        """`feeds`, `server`, `limits` and `consolidated` are the YAML below these keys, without indentation."""
        port, admin_port = free_port(), free_port()
        gateway = cls(binary, [], port, admin_port)
        path = pathlib.Path(gateway.folder.name) / "tickgate.yaml"
        addresses = f"listen: 127.0.0.1:{port}\nadmin_listen: 127.0.0.1:{admin_port}\n"
        parts = {"server": addresses + server, "limits": limits, "feeds": feeds,
                 "consolidated": consolidated}
        path.write_text("".join(
            f"{key}:\n" + "".join(f"  {line}\n" for line in text.splitlines() if line.strip())
            for key, text in parts.items() if text.strip()), encoding="utf-8")
        gateway.arguments = ["serve", "--config", str(path)]
        return gateway

    def start(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([self.binary, *self.arguments], cwd=ROOT, stdout=log,
                                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            expect(self.process.poll() is None,
                   f"tickgate ended with {self.process.returncode} while starting: {self.log()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.admin(self.ready_path).status == 200:
                    return self
            time.sleep(0.05)
        raise Failure(f"not ready within {START_SECONDS} s: {self.log()}")

    def __enter__(self):
        try:
            return self.start().wait_until_ready()
        except BaseException:
            self.end()
            raise

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.terminate()
                self.wait_for_exit(0)
        finally:
            self.end()

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait_for_exit(self, code, seconds=STOP_SECONDS):
        try:
            got = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still running {seconds} s after the signal: {self.log()}") from None
        expect(got == code, f"exit code {got}, not {code}: {self.log()}")

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def log(self, size=1500):
        return self.log_path.read_text(errors="replace")[-size:].strip() or "(it logged nothing)"

    def request(self, port, path, method="GET", headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path, headers=headers or {}, body=body)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        document = contract.ADMIN if port == self.admin_port else contract.OPENAPI
        contract.check_answer(document, method, path, answer.status, answer.headers, answer.unpacked())
        return answer

    def public(self, path, method="GET", **more):
        return self.request(self.port, path, method, **more)

    def admin(self, path, method="GET", **more):
        return self.request(self.admin_port, path, method, **more)

    def metric(self, name, **labels):
        """The sum of a metric's samples that carry these labels; None when it has none."""
        total = None
        for line in self.admin("/metrics").body.decode().splitlines():
            found = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name:
                have = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
                if all(have.get(key) == value for key, value in labels.items()):
                    total = (total or 0.0) + float(found[3])
        return total

    def memory(self):
        """Resident bytes, now."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def stream_url(self):
        return f"ws://127.0.0.1:{self.port}/v1/stream"


async def eventually(condition, what, seconds=10):
    """Waits until `condition()` is true; `what` says what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        await asyncio.sleep(0.05)


async def logged(gateway, words):
    """Waits until its log says so: lines pass a queue, so what a line tells of is seen before it."""
    deadline = time.monotonic() + 10
    while words not in gateway.log(1 << 20):
        expect(time.monotonic() < deadline, f"not in the log: {words}; it says {gateway.log(9000)}")
        await asyncio.sleep(0.05)


async def together(*calls):
    """All of them to their end. -> their results; or the first error, once none runs any more"""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def is_sanitized(binary):
    """Whether a sanitizer is built in, which makes memory and speed mean nothing."""
    text = pathlib.Path(binary).read_bytes()
    return b"__asan_init" in text or b"__tsan_init" in text
