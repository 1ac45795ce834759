# SPDX-License-Identifier: Apache-2.0
"""`tickgate health`: whether a gateway is ready, as an exit status."""
import subprocess

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


def test_what_cannot_be_asked_is_a_mistake(binary):
    for url in ("https://127.0.0.1/readyz", "127.0.0.1:9100", "ws://127.0.0.1/readyz"):
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
