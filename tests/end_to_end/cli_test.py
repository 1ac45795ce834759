# SPDX-License-Identifier: Apache-2.0
"""The command line: each mistake is one clear line and exit code 2, or 1 at run time."""

import asyncio
import pathlib
import re
import socket
import subprocess
import tempfile

from harness import Gateway, equal, expect, free_port


def tickgate(binary, *arguments):
    return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=20, check=False)


def refused(done, *words, code=2):
    equal(done.returncode, code, f"exit code, after {done.stderr[-500:]!r}")
    equal(len(done.stderr.strip().splitlines()), 1, f"lines of {done.stderr[-800:]!r}")
    for word in words:
        expect(word in done.stderr, f"{word!r} is not in {done.stderr!r}")


async def test_version_and_help_go_to_stdout(binary):
    done = tickgate(binary, "version")
    equal(done.returncode, 0, "exit code")
    expect("tickgate" in done.stdout, f"version: {done.stdout!r}")
    for command in ((), ("demo",), ("serve",), ("check",), ("record",), ("replay",), ("schema",),
                    ("version",)):
        done = tickgate(binary, *command, "--help")
        equal(done.returncode, 0, f"exit code of {command} --help, {done.stderr[-300:]!r}")
        expect("tickgate" in done.stdout, f"{command} --help: {done.stdout[:200]!r}")


async def test_a_wrong_word_is_named(binary):
    refused(tickgate(binary, "dmeo"), "dmeo")
    refused(tickgate(binary, "demo", "--prot", "8080"), "--prot")
    refused(tickgate(binary, "demo", "--port", "eighty"), "--port", "eighty")
    refused(tickgate(binary, "demo", "--port", "70000"), "70000")
    refused(tickgate(binary, "demo", "--port"), "--port")
    equal(tickgate(binary).returncode, 2, "exit code without a command")


async def test_a_missing_file_is_named(binary):
    refused(tickgate(binary, "serve", "--config", "/nonexistent/a.yaml"), "/nonexistent/a.yaml")
    refused(tickgate(binary, "serve"), "--config")
    done = tickgate(binary, "replay", "/nonexistent/a.ndjson")
    expect(done.returncode in (1, 2) and "/nonexistent/a.ndjson" in done.stderr,
           f"replay: {done.returncode} {done.stderr!r}")


async def test_a_port_in_use_is_named(binary):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for first, second in ((port, free_port()), (free_port(), port)):
            done = tickgate(binary, "demo", "--port", first, "--admin-port", second)
            equal(done.returncode, 2, f"exit code, after {done.stderr[-500:]!r}")
            expect(str(port) in done.stderr + done.stdout, f"said {done.stderr[-500:]!r}")


async def test_check_says_all_that_is_wrong(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "wrong.yaml"
        path.write_text("server:\n  listen: 127.0.0.1:8080\n  colour: red\nlimits:\n"
                        "  connections: many\n  message_bytes: 3\nfeeds:\n  - venue: simulator\n")
        done = tickgate(binary, "check", "--config", path)
        equal(done.returncode, 2, f"exit code, after {done.stdout!r} {done.stderr!r}")
        said = done.stdout + done.stderr
        for place in (f"{path}:3: ", f"{path}:5: ", f"{path}:6: "):
            expect(place in said, f"no {place!r} in {said!r}")
        path.write_text("feeds:\n  - venue: simulator\n")
        done = tickgate(binary, "check", "--config", path)
        equal(done.returncode, 0, f"exit code of a good file, {done.stderr!r}")


async def test_the_system_may_choose_the_ports(binary):
    gateway = Gateway(binary, ["demo", "--port", "0", "--admin-port", "0"], 0, 0).start()
    try:
        for _ in range(100):
            ports = re.findall(r"127\.0\.0\.1:(\d+)", gateway.log(100000))
            if len(set(ports)) >= 2:
                break
            await asyncio.sleep(0.1)
        expect(len(set(ports)) >= 2 and "0" not in ports, f"two ports in {gateway.log()}")
        gateway.terminate()
        gateway.wait_for_exit(0)
    finally:
        gateway.end()
