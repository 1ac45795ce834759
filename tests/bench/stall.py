# SPDX-License-Identifier: Apache-2.0
"""How long one client's largest requests hold up the other clients of its shard."""
import multiprocessing
import select
import sys
import tempfile
import time

import contest

sys.path.insert(0, str(contest.ROOT / "tests" / "end_to_end"))

from raw_socket import RawClient, text_frame  # noqa: E402

CONFIG = """
server: {{listen: "127.0.0.1:{port}", admin_listen: "127.0.0.1:{admin}", shards: 1}}
limits: {{subscriptions_per_connection: 100000, requests_per_second: 10000, request_burst: 100000}}
feeds:
  - {{venue: simulator, symbol_count: 50000, rate: 5000, names: generated}}
"""
ALL = '"channel":"quote","symbols":["*"]'
STEPS = (("nothing asked", None),
         ("subscribe *, 50,000 symbols", '{"op":"subscribe",%s,"interval_ms":1000}' % ALL),
         ("its first values", None),
         ("subscribe *, another interval", '{"op":"subscribe",%s,"interval_ms":500}' % ALL),
         ("list", '{"op":"list"}'),
         ("unsubscribe *", '{"op":"unsubscribe",%s}' % ALL))
SECONDS = 2  # of a step


def ask(port, turns):
    """The client with the large requests, in a process of its own: reads all the while."""
    client = RawClient(port, [])
    client.wire.setblocking(True)
    while True:
        if select.select([client.wire, turns], [], [])[0] == [turns]:
            request = turns.recv()
            if request is None:
                return
            client.wire.sendall(text_frame(request))
        elif not client.wire.recv(1 << 20):
            raise SystemExit(f"{client.ended}: the gateway ended the connection")


def longest_answer(client, seconds):
    """Asks again a millisecond after each answer. -> the longest answer took, in ms"""
    longest, end = 0.0, time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        client.wire.sendall(text_frame('{"op":"ping","echo":"x"}'))
        while b'"pong"' not in client.buffer:
            client.buffer += client.wire.recv(65536)
        client.buffer.clear()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.001)
    return longest * 1000


def measure(_):
    print("| one client asks for | longest answer to another, ms |")
    print("|---|---|")
    port, admin = contest.free_port(), contest.free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(CONFIG.format(port=port, admin=admin))
        config.flush()
        command = [contest.RELEASE / "tickgate", "serve", "--config", config.name]
        with contest.server(command, port):
            contest.await_market(f"http://127.0.0.1:{port}", 50_000)
            ours, theirs = multiprocessing.Pipe()
            asker = multiprocessing.Process(target=ask, args=(port, theirs), daemon=True)
            asker.start()
            watcher = RawClient(port, [])
            watcher.wire.setblocking(True)
            for name, request in STEPS:
                if request is not None:
                    ours.send(request)
                print(f"| {name} | {longest_answer(watcher, SECONDS):.2f} |", flush=True)
            ours.send(None)
            asker.join()
