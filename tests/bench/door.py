# SPDX-License-Identifier: Apache-2.0
"""What those cost who are nobody's clients yet: memory while they stay, CPU to take each in.

    python3 tests/bench/door.py [--binary build/release/tickgate] [--count 1000]

Resident memory and CPU of the process, before and with so many of each kind; what the kernel holds
of a socket comes on top. One shard.
"""
import argparse
import contextlib
import os
import pathlib
import socket
import ssl
import sys
import tempfile
import time

import contest

sys.path.insert(0, str(contest.ROOT / "tests" / "end_to_end"))

from raw_socket import HANDSHAKE, RawClient  # noqa: E402

CONFIG = """
server: {{listen: "127.0.0.1:{port}", admin_listen: "127.0.0.1:{admin}", shards: 1{tls}}}
limits: {{handshake_time: 60s{limits}}}
feeds:
  - {{venue: simulator, symbol_count: 20, rate: 1, names: generated}}
"""
QUIET = {"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["SIM:S0001-USD"]}


def silent(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def half_a_request(port):
    wire = silent(port)
    wire.sendall(b"GET /v1/venues HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 15_900)
    return wire


def half_a_handshake(port):
    """The client's first words, and the server's answer to them."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl._create_unverified_context().wrap_bio(into, out)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    wire = silent(port)
    wire.sendall(out.read())
    wire.recv(1)
    return wire


def shaken_hands(port):
    return ssl._create_unverified_context().wrap_socket(silent(port))


def refused(port):
    wire = silent(port)
    with contextlib.suppress(ConnectionError):
        wire.sendall(HANDSHAKE)
        wire.recv(65536)
    return wire


def stream(port):
    client = RawClient(port, [QUIET])
    while b"subscribed" not in client.buffer:
        client.read()
    return client.wire


# name: how one comes, over TLS, limits
KINDS = {"silent, before a request or a handshake": (silent, False, ""),
         "half a request of 16 KB": (half_a_request, False, ""),
         "over the limit of its address, and told": (refused, False, ", connections_per_address: 1"),
         "half a TLS handshake": (half_a_handshake, True, ""),
         "a TLS handshake, then silent": (shaken_hands, True, ""),
         "a stream with a subscription, idle": (stream, False, "")}


def held(pid):
    """-> resident bytes, seconds of CPU"""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return pages * os.sysconf("SC_PAGE_SIZE"), sum(map(int, words[11:13])) / os.sysconf("SC_CLK_TCK")


def until_it_rests(pid):
    """What it was sent is dealt with: it takes no more CPU than by itself."""
    used = held(pid)[1]
    while True:
        time.sleep(0.3)
        before, used = used, held(pid)[1]
        if used - before < 0.05:
            return held(pid)


def measure(binary, come, secure, limits, count):
    port, admin = contest.free_port(), contest.free_port()
    with contest.certificate() as (cert, key), tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        tls = f", tls: {{certificate: {cert}, key: {key}}}" if secure else ""
        config.write(CONFIG.format(port=port, admin=admin, tls=tls, limits=limits))
        config.flush()
        with contest.server([binary, "serve", "--config", config.name], port) as pid:
            warm = [come(port) for _ in range(20)]
            before = until_it_rests(pid)
            there = [come(port) for _ in range(count)]
            after = until_it_rests(pid)
            for one in warm + there:
                one.close()
    return (after[0] - before[0]) / count, (after[1] - before[1]) / count * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=contest.RELEASE / "tickgate")
    parser.add_argument("--count", type=int, default=1_000, help="of each kind")
    flags = parser.parse_args()
    print("| who comes | resident bytes while he stays | CPU to take him in, us |")
    print("|---|---|---|")
    for name, (come, secure, limits) in KINDS.items():
        memory, cpu = measure(flags.binary, come, secure, limits, flags.count)
        print(f"| {name} | {memory:,.0f} | {cpu:,.0f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
