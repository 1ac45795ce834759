#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody who means harm, in a process of its own: bounded in count and time, and on loopback only.

    attacker.py ATTACK PORT COUNT SECONDS [PATH]

It comes from 32 addresses of 127.0.0.0/8, so that what is counted by address is evaded. At the end it
prints what became of its sockets as one JSON object.
"""
import collections
import json
import resource
import selectors
import socket
import ssl
import sys
import time

ADDRESSES = 32
BATCH = 200  # connects between two looks at the clock


class Attack:
    def __init__(self, port, count, seconds, path):
        self.port, self.count, self.path = port, count, path
        self.ends = time.monotonic() + seconds
        self.found = collections.Counter()
        self.made = 0

    def going_on(self):
        return time.monotonic() < self.ends

    def open(self, receive_buffer=0):
        """A connection, or None; loopback says at once."""
        self.made += 1
        wire = socket.socket()
        if receive_buffer:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        wire.settimeout(2)
        try:
            wire.bind((f"127.0.0.{2 + self.made % ADDRESSES}", 0))
            wire.connect(("127.0.0.1", self.port))
        except OSError as error:
            self.found[type(error).__name__] += 1
            wire.close()
            return None
        self.found["connected"] += 1
        return wire

    def send(self, wire, data):
        try:
            wire.send(data)
        except OSError as error:
            self.found[type(error).__name__] += 1

    def request(self):
        return f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    def note(self, head):
        """What the first bytes of an answer say: an HTTP status, or something else."""
        is_http = head.startswith(b"HTTP/1.1 ")
        self.found[head[9:12].decode() if is_http else "answered" if head else "ended"] += 1

    def end(self, wire):
        """Counts what the gateway said, if it is there by now."""
        wire.setblocking(False)
        try:
            self.note(wire.recv(64))
        except BlockingIOError:
            self.found["nothing"] += 1
        except OSError as error:
            self.found[type(error).__name__] += 1
        wire.close()


def hold(attack, prepare):
    """So many connections at once, each prepared and then left as it is."""
    held = []
    while len(held) < attack.count and attack.going_on():
        wire = attack.open(receive_buffer=4096)
        if wire:
            prepare(wire)
            held.append(wire)
    print("held", len(held), flush=True)
    while attack.going_on():
        time.sleep(0.05)
    for wire in held:
        attack.end(wire)


def silent(attack):
    hold(attack, lambda wire: None)


def half(attack):
    hold(attack, lambda wire: attack.send(wire, b"GET / HTTP/1.1\r\nHost: a\r\nX: "))


def unread(attack):
    hold(attack, lambda wire: attack.send(wire, attack.request()))


def asking(attack):
    """So many at a time, each asking anew as soon as it is answered."""
    selector = selectors.DefaultSelector()

    def ask():
        wire = attack.open()
        if wire:
            attack.send(wire, attack.request())
            wire.setblocking(False)
            selector.register(wire, selectors.EVENT_READ, [b""])

    for _ in range(attack.count):
        ask()
    while attack.going_on():
        for key, _ in selector.select(0.1):
            try:
                data = key.fileobj.recv(1 << 18)
            except OSError:
                data = b""
            if not key.data[0]:
                attack.note(data)
            key.data[0] = key.data[0] or data[:1]
            if data and b"}]" not in data[-4:] and b"}" not in data[-4:]:
                continue
            selector.unregister(key.fileobj)
            key.fileobj.close()
            ask()


def hello(attack):
    """The first message of TLS, which costs the gateway a signature, and away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), outgoing)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    first = outgoing.read()
    held = collections.deque()
    while attack.going_on() and attack.made < attack.count:
        wire = attack.open()
        if wire:
            attack.send(wire, first)
            held.append(wire)
        if len(held) > BATCH:
            attack.end(held.popleft())
    for wire in held:
        attack.end(wire)


def main():
    name, port, count, seconds, path = (sys.argv[1:] + ["/v1/instruments"])[:5]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    attack = Attack(int(port), int(count), float(seconds), path)
    {"silent": silent, "half": half, "unread": unread, "asking": asking, "hello": hello}[name](attack)
    print(json.dumps(attack.found), flush=True)


if __name__ == "__main__":
    main()
