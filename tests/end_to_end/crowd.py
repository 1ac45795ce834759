# SPDX-License-Identifier: Apache-2.0
"""Those who come in crowds, in a process of their own, so that who is measured has Python for himself.

    crowd.py connect|hello|upgrade|ask PORT COUNT SECONDS [PATH]

COUNT sockets at a time against 127.0.0.1:PORT, the oldest closed for each new one, until SECONDS are
over or its standard input ends. Prints how many came."""

import collections
import contextlib
import select
import socket
import ssl
import subprocess
import sys
import time

from raw_socket import HANDSHAKE


def client_hello():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    out = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    return out.read()


def come(port, words):
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(5)
    wire.connect(("127.0.0.1", port))
    wire.sendall(words)
    return wire


def main(what, port, count, seconds, path="/"):
    words = {"connect": b"", "hello": client_hello(), "upgrade": HANDSHAKE,
             "ask": f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()}[what]
    held, came = collections.deque(), 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not select.select([sys.stdin], [], [], 0)[0]:
        if len(held) >= count:
            held.popleft().close()
        try:
            held.append(come(port, words))
            came += 1
        except OSError:
            time.sleep(0.001)  # the kernel's queue is full, say
    print(came, flush=True)


@contextlib.contextmanager
def crowd(what, port, count, seconds, *path):
    """While inside, they come. -> a function that ends it, and says how many came"""
    process = subprocess.Popen([sys.executable, __file__, what, str(port), str(count), str(seconds),
                                *path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def end():
        return int(process.communicate(timeout=20)[0])
    try:
        yield end
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), *sys.argv[5:])
