# SPDX-License-Identifier: Apache-2.0
"""A running tickgate of the release build, on loopback, to be looked at from outside."""
import contextlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from house import LOGS, ROOT, run

TICKGATE = ROOT / "build" / "release" / "tickgate"
START_SECONDS = 15
STOP_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway:
    def __init__(self, process, port, admin_port):
        self.process, self.port, self.admin_port = process, port, admin_port

    @property
    def pid(self):
        return self.process.pid


def wait_until_ready(gateway):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and gateway.process.poll() is None:
        try:
            url = f"http://127.0.0.1:{gateway.admin_port}/readyz"
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    raise RuntimeError("tickgate did not become ready; see its log in build/logs")


@contextlib.contextmanager
def running(log, arguments, port, admin_port):
    """tickgate with these arguments, ready; stopped by SIGTERM, which must end in exit code 0."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"{log}.log", "wb") as output:
        process = subprocess.Popen([TICKGATE, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        try:
            gateway = Gateway(process, port, admin_port)
            wait_until_ready(gateway)
            yield gateway
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_SECONDS)
            if code != 0:
                raise RuntimeError(f"tickgate ended with {code} after SIGTERM, not 0")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def demo(log, *flags):
    port, admin_port = free_port(), free_port()
    return running(log, ["demo", "--port", str(port), "--admin-port", str(admin_port), *flags],
                   port, admin_port)


def serve(log, settings, port, admin_port):
    """`tickgate serve` with this YAML text as its configuration."""
    LOGS.mkdir(parents=True, exist_ok=True)
    config = LOGS / f"{log}.yaml"
    config.write_text(settings)
    return running(log, ["serve", "--config", str(config)], port, admin_port)


def self_signed(folder):
    """A certificate for localhost and its key, made afresh. -> (certificate, key)"""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "localhost.crt", folder / "localhost.key"
    made = run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", key, "-out", certificate], "openssl")
    if made.code != 0:
        raise RuntimeError(made.tail())
    return certificate, key
