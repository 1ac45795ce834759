# SPDX-License-Identifier: Apache-2.0
"""A nats-server with a configuration of deploy/nats, and the few words of its protocol by which it is asked."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import yaml

from harness import Gateway

NATS = Path(__file__).resolve().parents[2] / "deploy" / "nats"
PASSWORDS = {"ingest": "of-the-ingest", "edge": "of-the-edge", "reader": "of-the-reader", "region": "of-the-region"}
SECONDS = 20
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def found():
    """The server, or None."""
    tools = NATS.parents[1] / "build/tools/proxies/usr/sbin"
    return shutil.which("nats-server", path=f"{os.environ['PATH']}:/usr/sbin:{tools}")


def program():
    return found() or pytest.skip("nats-server is not there (Debian package nats-server)")


def confs(folder, hub="127.0.0.1:7422"):
    """Copies of the tree's configurations, with a store and passwords beside them."""
    for name in ("nats-server.conf", "cluster.conf", "leaf.conf"):
        text = (NATS / name).read_text(encoding="utf-8")
        Path(folder, name).write_text(text.replace('"/data"', f'"{folder}/data"'), encoding="utf-8")
    Path(folder, "passwords.conf").write_text(
        "".join(f'{user}_password: "{password}"\n' for user, password in PASSWORDS.items()), encoding="utf-8")
    Path(folder, "leaf-passwords.conf").write_text(
        f'edge_password: "{PASSWORDS["edge"]}"\nhub_urls: ["nats-leaf://region:{PASSWORDS["region"]}@{hub}"]\n',
        encoding="utf-8")
    return Path(folder)


class Server:
    """One process on ports of its own; use it as a context manager."""

    def __init__(self, name="nats-server.conf", *arguments, hub="127.0.0.1:7422", more=""):
        self.folder = tempfile.TemporaryDirectory(prefix="tickgate-nats-")
        path = confs(self.folder.name, hub)
        with (path / name).open("a", encoding="utf-8") as conf:
            conf.write(more)
        self.log = path / "log"
        self.process = subprocess.Popen(
            [program(), "-c", path / name, "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "-l", self.log, "--ports_file_dir", path, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            self.urls = self.wait_for(lambda: [json.loads(one.read_text()) for one in path.glob("*.ports")
                                               if one.read_text().strip().endswith("}")])[0]
        except BaseException:
            self.end()
            raise

    def wait_for(self, found):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if result := found():
                return result
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)
        raise AssertionError(f"not within {SECONDS} s: {self.said()}")

    def said(self):
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def address(self, kind="nats"):
        host, port = self.urls[kind][0].rsplit("/", 1)[1].rsplit(":", 1)
        return host, int(port)

    def resident(self):
        """Bytes of memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def end(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def knows_nats(binary, folder):
    """Whether this tickgate was built with it."""
    path = Path(folder, "knows_nats.yaml")
    path.write_text("feeds:\n  - {venue: nats, url: nats://127.0.0.1:4222}\n", encoding="utf-8")
    done = subprocess.run([binary, "check", "--config", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=30, check=False)
    return done.returncode == 0


@contextlib.contextmanager
def tier(binary, folder, feeds):
    """-> a server with the tree's configuration, and an ingest of these feeds and an edge by it, both ready"""
    with Server() as server:
        def connection(user):
            path = Path(folder, f"{user}.password")
            path.write_text(PASSWORDS[user] + "\n", encoding="utf-8")
            return {"url": "nats://{}:{}".format(*server.address()), "user": user, "password_file": str(path)}
        ingest = Gateway.serve(binary, feeds, server="shards: 1\n")
        with Path(ingest.arguments[-1]).open("a", encoding="utf-8") as configuration:
            yaml.safe_dump({"publish": {"nats": connection("ingest")}}, configuration)
        edge = Gateway.serve(binary, yaml.safe_dump([{"venue": "nats", **connection("edge")}]), server="shards: 1\n")
        with ingest, edge:
            # Before it knows the epoch it lets nobody in.
            server.wait_for(lambda: edge.public("/v1/stream", headers=UPGRADE).status == 101)
            yield server, ingest, edge


class Client:
    """One connection; `refused` is what it was told that it may not."""

    def __init__(self, address, user=None, seconds=SECONDS):
        self.socket = socket.create_connection(address, seconds)
        self.lines = self.socket.makefile("rb")
        self.refused, self.subscriptions = [], 0
        self.lines.readline()  # INFO
        about = {"verbose": False, "pedantic": False, "lang": "python", "version": "1", "headers": True,
                 "no_responders": True}
        if user:
            about.update(user=user, **{"pass": PASSWORDS[user]})
        self.send(f"CONNECT {json.dumps(about)}\r\n")

    def send(self, text):
        self.socket.sendall(text.encode())

    def publish(self, subject, payload="", reply=""):
        self.send(f"PUB {subject} {reply + ' ' if reply else ''}{len(payload.encode())}\r\n{payload}\r\n")

    def subscribe(self, subject):
        self.subscriptions += 1
        self.send(f"SUB {subject} {self.subscriptions}\r\n")

    def message(self):
        """-> subject, reply, payload of the next message; None for the answer to a PING."""
        while line := self.lines.readline():
            words = line.decode().split()
            if words[0] in ("MSG", "HMSG"):
                payload = self.lines.read(int(words[-1]) + 2)[:-2]
                head = int(words[-2]) if words[0] == "HMSG" else 0
                reply = words[3] if len(words) == (6 if head else 5) else ""
                return words[1], reply, payload[head:].decode(), payload[:head].decode()
            if words[0] == "-ERR":
                self.refused.append(line.decode().strip())
            elif words[0] == "PING":
                self.send("PONG\r\n")
            elif words[0] == "PONG":
                return None
        raise ConnectionError(f"the server ended it: {self.refused}")

    def settle(self):
        """-> what came before the server had taken all that was sent"""
        self.send("PING\r\n")
        return list(iter(self.message, None))

    def request(self, subject, payload=""):
        inbox = f"_INBOX.{self.subscriptions}"
        self.subscribe(inbox)
        self.publish(subject, payload, inbox)
        while found := self.message():
            if found[0] == inbox:
                return found
        return None

    def api(self, what, **about):
        _, _, payload, _ = self.request(f"$JS.API.{what}", json.dumps(about))
        return json.loads(payload)
