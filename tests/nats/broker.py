# SPDX-License-Identifier: Apache-2.0
"""A nats-server on loopback, or three of them, that a test may kill, freeze and start anew."""

import asyncio
import contextlib
import json
import pathlib
import signal
import subprocess
import tempfile
import time

from harness import Failure, expect, free_port

START_SECONDS = 10

# As deploy/nats/nats-server.conf has it where it matters: who does not read is cut off, not waited for.
CONFIG = """
server_name: "{name}"
listen: "{host}:{port}"
ports_file_dir: "{folder}"
write_deadline: "500ms"
max_pending: 64MB
jetstream {{ store_dir: "{store}", max_mem: {max_mem}, max_file: {max_file} }}
{more}
"""
CLUSTER = """
cluster {{ name: "tickgate", listen: "127.0.0.1:{port}", no_advertise: true, routes: [{routes}] }}
"""


class Broker:
    """One server. `with Broker(program) as broker:`"""

    def __init__(self, program, name="one", max_mem="1GB", max_file="1GB", more="", prefix=(),
                 host="127.0.0.1"):
        self.program, self.name, self.prefix, self.host = program, name, list(prefix), host
        self.folder = tempfile.TemporaryDirectory(prefix="tickgate-nats-")
        self.path = pathlib.Path(self.folder.name)
        self.store = self.path / "store"
        self.store.mkdir()
        self.limits, self.more = (max_mem, max_file), more
        self.port, self.process, self.began = 0, None, 0

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *error):
        self.end()

    def write(self):
        max_mem, max_file = self.limits
        config = self.path / "nats.conf"
        config.write_text(CONFIG.format(
            name=self.name, host=self.host, port=self.port or -1, folder=self.path, store=self.store,
            max_mem=max_mem, max_file=max_file, more=self.more), encoding="utf-8")
        return config

    def start(self):
        """On the port that it had before, if it had one. Everything in memory is gone."""
        config = self.write()
        with open(self.path / "log", "ab") as log:
            self.began = log.tell()
            self.process = subprocess.Popen([*self.prefix, self.program, "-c", config], stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self.listening():
            expect(self.process.poll() is None, f"nats-server ended with {self.process.returncode}: {self.log()}")
            expect(time.monotonic() < deadline, f"nats-server is not there within {START_SECONDS} s: {self.log()}")
            time.sleep(0.02)
        return self

    def listening(self):
        """The file of its ports is written once it listens."""
        for found in self.path.glob(f"*_{self.process.pid}.ports"):
            with contextlib.suppress(ValueError, KeyError, IndexError):
                self.port = int(json.loads(found.read_text())["nats"][0].rpartition(":")[2])
                return True
        return False

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def kill(self):
        """As by a machine that is switched off."""
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """Returns when every thread of it stands still."""
        self.process.send_signal(signal.SIGSTOP)
        threads, deadline = pathlib.Path(f"/proc/{self.process.pid}/task"), time.monotonic() + START_SECONDS
        while not all(one.read_text().rpartition(") ")[2].startswith("T") for one in threads.glob("*/stat")):
            expect(time.monotonic() < deadline, "nats-server does not stop")
            time.sleep(0.001)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def panic(self):
        """Why it ended by a fault of its own, as 2.9 does at times; "": it did not."""
        if self.process.poll() is None or not (self.path / "log").exists():
            return ""
        lines = (self.path / "log").read_bytes()[self.began:].decode(errors="replace").splitlines()
        return next((line for line in lines if line.startswith(("panic:", "fatal error:"))), "")

    def log(self, size=1500):
        return (self.path / "log").read_text(errors="replace")[-size:]

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Cluster:
    """Three servers that know each other. `with Cluster(program) as cluster:`"""

    SIZE = 3

    def __init__(self, program, **more):
        ports = [free_port() for _ in range(self.SIZE)]
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
        self.brokers = [Broker(program, name=f"n{number}", more=CLUSTER.format(port=port, routes=routes), **more)
                        for number, port in enumerate(ports)]

    def __enter__(self):
        try:
            for broker in self.brokers:
                broker.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *error):
        for broker in self.brokers:
            broker.end()

    def __getitem__(self, number):
        return self.brokers[number]

    @property
    def urls(self):
        return [broker.url for broker in self.brokers]

    def named(self, name):
        return next(broker for broker in self.brokers if broker.name == name)


async def until_it_works(call, what, seconds=15):
    """A JetStream that has just begun answers nothing for a while. -> what `call()` gave at last"""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await call()
        except Exception as error:  # whatever it was, it is said
            if time.monotonic() > deadline:
                raise Failure(f"not within {seconds} s: {what}: {error!r}") from error
        await asyncio.sleep(0.1)
