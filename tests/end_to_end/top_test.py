# SPDX-License-Identifier: Apache-2.0
"""`tickgate top` on a terminal of its own, as an operator over ssh has one; and in a pipe."""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from client import Client
from harness import Gateway, equal, expect, free_port

SECONDS = 15  # for whatever is waited for; the machine may be busy
GONE = "\x1b[?1049l"  # back to the shell's screen
START = "\x1b[?1049h"


class Screen:
    """The program on a pseudo-terminal; what it draws is kept as lines."""

    def __init__(self, binary, admin_port, *flags, rows=24, columns=100, **variables):
        self.ours, self.its = pty.openpty()
        self.resize(rows, columns, tell=False)
        self.before = termios.tcgetattr(self.its)
        self.text = ""
        environment = {**os.environ, "TERM": "xterm", **variables}
        if "NO_COLOR" not in variables:
            environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [binary, "top", "--admin", f"http://127.0.0.1:{admin_port}", *flags], env=environment,
            stdin=self.its, stdout=self.its, stderr=self.its, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns, tell=True):
        self.rows, self.columns = rows, columns
        fcntl.ioctl(self.its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            os.kill(self.process.pid, signal.SIGWINCH)

    def read(self, seconds=0.1):
        while select.select([self.ours], [], [], seconds)[0]:
            self.text += os.read(self.ours, 65536).decode("ascii")
            seconds = 0

    def lines(self):
        """The last whole picture."""
        whole = re.findall(r"\x1b\[H((?:(?!\x1b\[H).)*?)\x1b\[J", self.text, re.S)
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", whole[-1]) if whole else ""
        return re.split(r"\r+\n", plain)

    def shows(self, *words):
        """Waits for a picture with all of these."""
        deadline = time.monotonic() + SECONDS
        while True:
            self.read()
            picture = "\n".join(self.lines())
            if all(re.search(word, picture) for word in words):
                return picture
            expect(time.monotonic() < deadline, f"{words} never came (ended: {self.process.poll()}), but:\n{picture}")

    def types(self, keys):
        os.write(self.ours, keys.encode())

    def ends(self, code):
        """With this exit code, and the terminal as it was."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            self.read()
            expect(time.monotonic() < deadline, "it does not end")
        self.read()
        equal(self.process.returncode, code, "exit code")
        self.is_given_back()

    def is_given_back(self):
        equal(termios.tcgetattr(self.its), self.before, "the terminal's modes")
        expect(self.text.rstrip().endswith(GONE), f"what it left: {self.text[-80:]!r}")
        equal(self.text.count(START), self.text.count(GONE), "screens taken and given back")
        expect("\x1b[?25h" in self.text[-40:], "the cursor is seen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)
        with contextlib.suppress(OSError):
            os.close(self.its)


def start(binary):
    return Gateway.demo(binary, "--venues", 2)


def in_a_pipe(binary, port, *flags):
    return subprocess.run([binary, "top", "--admin", f"http://127.0.0.1:{port}", "--interval", "200ms",
                           *flags], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, check=False)


async def test_it_shows_feeds_and_clients_and_follows_the_window(gateway):
    async with Client(gateway) as client:
        await client.subscribe("quote", "SIM:BTC-USD")
        with Screen(gateway.binary, gateway.admin_port, "--interval", "200ms") as screen:
            def watch():
                screen.shows(r"tickgate \d", r"simulator +live", r"simulator-2 +live", r"24/24",
                             r"memory \d", r"descriptors \d+ of", r"1 shard|\d shards", r"fan-out \d",
                             r"clients +1\b", r"127\.0\.0\.1:\d+ .*\d")
                expect("REASON" in screen.shows("REASON"), "the reason's column")
                equal(len(screen.lines()), 24, "lines")
                screen.resize(10, 40)
                screen.shows("simulator")
                deadline = time.monotonic() + SECONDS
                while len(screen.lines()) != 10 or max(map(len, screen.lines())) > 40:
                    expect(time.monotonic() < deadline, f"not smaller: {screen.lines()}")
                    screen.read()
                screen.resize(40, 160)
                screen.shows("CLOCK")
                screen.types("?")
                screen.shows("what a client has not taken:")
                screen.types("?s")
                screen.shows("clients by ping", "simulator")
                screen.types("q")
                screen.ends(0)
            await asyncio.to_thread(watch)


def test_a_held_picture_stands_still_until_it_goes_on(gateway):
    with Screen(gateway.binary, gateway.admin_port, "--interval", "200ms") as screen:
        screen.shows("simulator +live", "p50 / p99 of")
        screen.types("p")
        held = screen.shows("PAUSED")
        screen.types("s")
        equal(screen.shows("clients by ping").replace("ping", ""),
              held.replace("what they have not taken", ""), "the picture")
        screen.types("p")
        screen.shows(r"up \d+")
        deadline = time.monotonic() + SECONDS
        while "PAUSED" in "\n".join(screen.lines()):
            expect(time.monotonic() < deadline, "still paused")
            screen.read()
        screen.types("\x03")  # Ctrl-C
        screen.ends(0)


def test_a_gateway_that_dies_is_said_and_one_that_comes_back_is_shown(binary):
    first = Gateway.demo(binary).start()
    try:
        first.wait_until_ready()
        with Screen(binary, first.admin_port, "--interval", "200ms") as screen:
            screen.shows("simulator +live")
            first.process.send_signal(signal.SIGSTOP)
            screen.shows(r"does not answer since \d\d:\d\d:\d\d UTC", "no answer (yet|in time)", "simulator")
            first.process.send_signal(signal.SIGCONT)
            screen.shows(r"\Atickgate \d")
            first.process.kill()
            screen.shows("does not answer since", "refused", "simulator")
            with Gateway(binary, first.arguments, first.port, first.admin_port):
                screen.shows(r"\Atickgate \d", "simulator +live")
                screen.types("q")
                screen.ends(0)
    finally:
        first.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGABRT, signal.SIGQUIT])
def test_whatever_ends_it_gives_the_terminal_back(binary, number):
    with Screen(binary, free_port(), "--interval", "200ms") as screen:
        screen.shows("does not answer", "refused")
        expect(termios.tcgetattr(screen.its) != screen.before, "the terminal was taken")
        screen.process.send_signal(number)
        screen.ends(0 if number in (signal.SIGTERM, signal.SIGHUP) else -number)


def test_a_stopped_one_gives_the_terminal_back_and_takes_it_again(gateway):
    with Screen(gateway.binary, gateway.admin_port) as screen:
        screen.shows("simulator +live")
        screen.process.send_signal(signal.SIGTSTP)
        deadline = time.monotonic() + SECONDS
        while not screen.text.rstrip().endswith(GONE) or termios.tcgetattr(screen.its) != screen.before:
            expect(time.monotonic() < deadline, f"it does not give it back: {termios.tcgetattr(screen.its)}")
            screen.read()
        screen.text = ""
        screen.process.send_signal(signal.SIGCONT)
        screen.shows("simulator +live")
        screen.types("q")
        screen.ends(0)


def test_colours_are_left_out_where_nobody_wants_them(gateway):
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Screen(gateway.binary, gateway.admin_port, **variables) as screen:
            screen.shows("simulator +live")
            equal("\x1b[32m" in screen.text, coloured, f"green, with {variables}")
            screen.types("q")
            screen.ends(0)


def test_in_a_pipe_it_prints_once(gateway):
    done = in_a_pipe(gateway.binary, gateway.admin_port)
    equal((done.returncode, done.stderr), (0, ""), "how it ended")
    expect(re.search(r"^simulator +live +\S+ +\S+ +[\d.]+k? ", done.stdout, re.M), done.stdout)
    expect("\x1b" not in done.stdout and "no clients" in done.stdout, done.stdout)
    equal(in_a_pipe(gateway.binary, gateway.admin_port, "--once").returncode, 0, "when it is asked to")


def test_a_dumb_terminal_is_printed_on_once(gateway):
    with Screen(gateway.binary, gateway.admin_port, "--interval", "200ms", TERM="dumb") as screen:
        equal(screen.process.wait(SECONDS), 0, "exit code")
        screen.read()
        expect("\x1b" not in screen.text and "simulator" in screen.text, screen.text)
        equal(termios.tcgetattr(screen.its), screen.before, "the terminal's modes")


def test_where_nobody_answers_a_print_fails(binary):
    done = in_a_pipe(binary, free_port())
    equal((done.returncode, done.stdout), (1, ""), "how it ended")
    expect("refused" in done.stderr and "--admin" in done.stderr, done.stderr)


def test_the_public_port_is_told_apart(gateway):
    done = in_a_pipe(gateway.binary, gateway.port)
    equal(done.returncode, 1, "exit code")
    expect("admin port" in done.stderr, done.stderr)
