# SPDX-License-Identifier: Apache-2.0
"""`tickgate health`: whether a gateway is ready, as an exit status."""
import contextlib
import socket
import subprocess
import threading

import pytest

from harness import Gateway, equal, eventually, expect, free_port

FEED = "- venue: simulator\n  seed: 3\n  rate: 200\n"


def start(binary):
    return Gateway.serve(binary, FEED)


def health(binary, *words):
    done = subprocess.run([binary, "health", *words], capture_output=True, text=True, timeout=30, check=False)
    equal(done.stdout, "", "output")
    return done.returncode, done.stderr


def test_a_gateway_that_serves_is_healthy_at_either_port(gateway):
    for where in (f"{gateway.port}/readyz", f"{gateway.admin_port}/readyz", f"{gateway.admin_port}/livez"):
        equal(health(gateway.binary, "--url", f"http://127.0.0.1:{where}"), (0, ""), where)


def test_another_answer_is_a_failure_with_its_reason(gateway):
    code, said = health(gateway.binary, "--url", f"http://localhost:{gateway.port}/nothing-here")
    expect(code == 1 and f"localhost:{gateway.port} answers 404: " in said, f"{code}: {said}")


def test_nobody_there_is_a_failure(binary):
    code, said = health(binary, "--url", f"http://127.0.0.1:{free_port()}/readyz")
    expect(code == 1 and "refused" in said and said.count("\n") == 1, f"{code}: {said}")


@contextlib.contextmanager
def whoever_answers(answer):
    """One visitor is read and told this, be it nothing, and then the end. -> its port"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with listener.accept()[0] as wire:
                wire.recv(4096)
                wire.sendall(answer)
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("answer", (b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nContent-", b"\0",
                                    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha"))
@pytest.mark.parametrize("words", (("health", "--url"), ("top", "--once", "--admin"), ("explain", "SIM:A-B", "--admin"),
                                   ("check", "--against")))
def test_whoever_breaks_off_is_a_failure(binary, tmp_path, words, answer):
    if words[0] == "check":
        file = tmp_path / "tickgate.yaml"
        file.write_text("feeds:\n" + FEED)
        words = ("check", "--config", file, "--against")
    with whoever_answers(answer) as port:
        done = subprocess.run([binary, *words, f"http://127.0.0.1:{port}"], capture_output=True, text=True,
                              timeout=30, check=False)
        expect(done.returncode == 1 and f"127.0.0.1:{port}" in done.stderr, f"{done}")


def test_what_cannot_be_asked_is_a_mistake(binary):
    for url in ("wss://127.0.0.1/readyz", "127.0.0.1:9100", "ws://127.0.0.1/readyz"):
        code, said = health(binary, "--url", url)
        expect(code == 2 and "a URL like http://127.0.0.1:9100" in said, f"{url}: {code}: {said}")


async def test_a_gateway_that_leaves_is_not_ready(binary):
    gateway = Gateway.serve(binary, FEED, server="drain_delay: 20s\n")
    try:
        gateway.start().wait_until_ready()
        url = f"http://127.0.0.1:{gateway.admin_port}/readyz"
        gateway.terminate()
        await eventually(lambda: health(binary, "--url", url)[0] == 1, "not ready")
        code, said = health(binary, "--url", url)
        expect(code == 1 and "answers 503: " in said and len(said) > len("answers 503: \n"), f"{code}: {said}")
    finally:
        gateway.end()
