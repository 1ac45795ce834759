# SPDX-License-Identifier: Apache-2.0
"""How many machines so many clients take: the model of SCALING.md, computed.

  python3 deploy/scaling.py                                   the tables of SCALING.md
  python3 deploy/scaling.py --clients 50000 --interval-ms 250 the same of another question
  python3 deploy/scaling.py --edge-message-us 2.5             by a cost that you measured
  python3 deploy/scaling.py --keep                            writes the tables into SCALING.md

Each cost has the command beside it that measures it; measure on your machines. Those of NATS are of 100,000 messages
a second: each takes more where there are fewer.
"""
import argparse
import dataclasses
import json
import math
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE / "SCALING.md"
INTERVALS_MS = (0, 100, 500, 1000)


def measured(default, by, says):
    return dataclasses.field(default=default, metadata={"by": by, "says": says})


FANOUT, GROWTH = "sh tests/bench/run.sh fanout", "sh tests/bench/run.sh growth"
DOOR, NATS = "sh tests/bench/run.sh door", "sh tests/bench/run.sh nats"
STORED = "python3 -m pytest -s tests/deploy/nats_server_test.py -k remembers"


@dataclasses.dataclass
class Costs:
    """What was measured: microseconds of one core, and bytes."""
    frame_of_1_us: float = measured(4.7, FANOUT, "a frame that holds one update (W2 at 0 ms)")
    frame_of_20_us: float = measured(10.3, GROWTH, "a frame that holds 20 (19,500 clients)")
    tls: float = measured(1.37, FANOUT + " -- tls", "times as much over TLS (W2)")
    handshake_us: float = measured(590, DOOR, "a TLS handshake and the upgrade")
    connection_bytes: float = measured(1642, FANOUT + " -- idle", "a connection with 20 subscriptions")
    tls_bytes: float = measured(15079, FANOUT + " -- idle", "TLS besides")
    socket_bytes: float = measured(4096, DOOR, "the kernel's socket, at least")
    publish_us: float = measured(2.0, NATS, "a message at the ingest, more than a direct feed")
    edge_message_us: float = measured(2.4, NATS, "a message at an edge, more than a direct feed")
    server_message_us: float = measured(6.1, NATS, "a message at a server, stored in memory, to one edge")
    server_edge_us: float = measured(0.3, NATS, "the same to each edge beyond")
    stored_bytes: float = measured(1300, STORED, "a server's memory for a last value, beside its payload")


@dataclasses.dataclass
class Question:
    """What is asked, and of which machines."""
    clients: int = 1_000_000
    symbols: int = 20          # of each client
    updates: float = 2.0       # a second, of each symbol
    instruments: int = 10_000  # among which clients choose
    edge_cores: int = 8
    edge_gbit: float = 10.0
    edge_memory_gib: float = 16.0
    edge_connections: int = 50_000  # limits.connections
    server_cores: int = 8
    server_gbit: float = 10.0
    copies: int = 3            # publish.nats.replicas
    use: float = 0.6           # of a core, a card, a memory; the rest is for bursts and for who is lost
    regions: int = 3


def example_bytes(path, kind):
    """How long an object of the tree's own examples is."""
    if path.suffix == ".json":
        return len(json.dumps(json.loads(path.read_text(encoding="utf-8"))[0], separators=(",", ":")))
    return len(next(line for line in path.read_text(encoding="utf-8").splitlines()
                    if line.startswith(f'{{"type":"{kind}"')))


UPDATE_BYTES = example_bytes(HERE.parent / "schemas/examples/quote.json", "quote")
PAYLOAD_BYTES = example_bytes(HERE.parent / "schemas/nats.md", "quote")
SUBJECT_BYTES = len("MSG tickgate.v1.quote.KRAKEN.BTC-USD 12345 230\r\n\r\n")
SEGMENT, HEADERS = 1448, 78  # of TCP, and what Ethernet, IP and TCP put around each


def on_the_wire(size):
    return size + HEADERS * math.ceil(size / SEGMENT)


class Model:
    """One answer: clients that want an update each `interval_ms` at most."""

    def __init__(self, question, costs, interval_ms):
        self.question, self.costs, self.interval_ms = question, costs, interval_ms
        of_client = question.symbols * question.updates
        self.frames = min(of_client, 1000 / interval_ms) if interval_ms else of_client
        # Between two frames a symbol that changed several times is sent once.
        self.updates = min(of_client, self.frames * question.symbols)
        in_frame = self.updates / self.frames
        slope = (costs.frame_of_20_us - costs.frame_of_1_us) / 19
        self.client_us = self.frames * (costs.frame_of_1_us + slope * (in_frame - 1)) * costs.tls
        self.client_bytes = self.frames * on_the_wire(in_frame * UPDATE_BYTES + 4)
        self.messages = question.instruments * question.updates
        self.edge_parts()
        self.server_parts()

    def edge_parts(self):
        q, c = self.question, self.costs
        # All that any of its clients wants, which is nearly everything, comes to each edge.
        self.intake_cores = self.messages * c.edge_message_us / 1e6
        memory = c.connection_bytes + c.tls_bytes + c.socket_bytes
        self.by = {
            "cores": max(0.0, q.edge_cores * q.use - self.intake_cores) * 1e6 / self.client_us,
            "network": q.edge_gbit * 1e9 / 8 * q.use / self.client_bytes,
            "memory": q.edge_memory_gib * 2**30 * q.use / memory,
            "connections": q.edge_connections * q.use,
        }
        self.limit = min(self.by, key=self.by.get)
        self.on_edge = int(self.by[self.limit])
        self.edges = math.ceil(q.clients / self.on_edge) if self.on_edge else math.inf

    def server_parts(self):
        q, c = self.question, self.costs
        if not self.on_edge:
            self.servers = self.server_cores = self.nats_bytes = math.inf
            return
        fan = self.messages * c.server_edge_us * (self.edges - 1)
        self.server_cores = (self.messages * c.server_message_us * q.copies + fan) / 1e6
        self.message_bytes = on_the_wire(PAYLOAD_BYTES + SUBJECT_BYTES) - HEADERS  # many share a segment
        self.nats_bytes = self.messages * self.message_bytes * (self.edges + q.copies)
        self.servers = max(3, math.ceil(self.server_cores / (q.server_cores * q.use)),
                           math.ceil(self.nats_bytes * 8 / (q.server_gbit * 1e9 * q.use)))

    def cores(self):
        return self.question.clients * self.client_us / 1e6 + self.edges * self.intake_cores

    def gbit(self):
        return self.question.clients * self.client_bytes * 8 / 1e9

    def breaks(self):
        """What ends first when all else is added to: -> what, how many messages a second it bears."""
        q, c = self.question, self.costs
        near = math.ceil(self.edges / self.servers)
        return {
            "the ingest's connection, which one thread of its server reads":
                1e6 * q.use / (c.server_message_us + c.server_edge_us * (near - 1)),
            "the ingest's thread that publishes": 1e6 * q.use / c.publish_us,
            "an edge's thread that reads": 1e6 * q.use / c.edge_message_us,
            "a server's card, to its edges": q.server_gbit * 1e9 / 8 * q.use / (self.message_bytes * near),
        }

    def lost_region(self):
        """-> clients that come to each edge that is left, and seconds of its cores for their handshakes"""
        q = self.question
        left = self.edges * (q.regions - 1) / q.regions
        more = q.clients / q.regions / left
        return more, more * self.costs.handshake_us / 1e6 / q.edge_cores


def table(head, rows):
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows))


def answers(question, costs, intervals):
    rows = []
    for interval in intervals:
        one = Model(question, costs, interval)
        if not one.on_edge:
            rows.append([interval, "an edge cannot take in what its clients want", *[""] * 7])
            continue
        rows.append([interval, f"{one.updates:g} in {one.frames:g}", f"{one.on_edge:,}", one.limit, f"{one.edges:,}",
                     f"{one.cores():,.0f}", f"{one.gbit():,.1f}", one.servers,
                     f"{one.server_cores:.1f}, {one.nats_bytes * 8 / 1e9:.1f} Gbit/s"])
    return table(["interval, ms", "updates and frames a client and second", "clients an edge", "ended by", "edges",
                  "cores of edges", "Gbit/s to clients", "NATS servers", "their cores, and to edges"], rows)


def limits(question, costs, interval):
    one = Model(question, costs, interval)
    rows = [[what, f"{most:,.0f}", f"{most / one.messages:.1f}"]
            for what, most in sorted(one.breaks().items(), key=lambda item: item[1])]
    return table(["what ends", "at so many messages/s", "times what it has"], rows)


def loss(question, costs, interval):
    one = Model(question, costs, interval)
    more, seconds = one.lost_region()
    stored = question.instruments * (6 * costs.stored_bytes + 5 * PAYLOAD_BYTES + 25 * 2 * 30) / 2**20
    return table(["", ""], [
        ["clients that each edge of the others is given", f"{more:,.0f}"],
        ["of its load before", f"{more / (question.clients / one.edges):.0%}"],
        ["seconds of all its cores for their handshakes", f"{seconds:.1f}"],
        ["room that it has to have left for them (`use` at most)", f"{(question.regions - 1) / question.regions:.0%}"],
        ["MiB of last values in a server (six a symbol, one a book)", f"{stored:,.0f}"],
    ])


def costs_table(costs):
    rows = [[field.metadata["says"], f"{getattr(costs, field.name):g}", f"`--{field.name.replace('_', '-')}`",
             f"`{field.metadata['by']}`"] for field in dataclasses.fields(costs)]
    rows.append(["an update to a client, bytes", UPDATE_BYTES, "", "`schemas/examples/quote.json`"])
    rows.append(["a message of NATS, bytes", PAYLOAD_BYTES + SUBJECT_BYTES, "", "`schemas/nats.md`"])
    return table(["us, times or bytes", "", "argument", "measured by"], rows)


def parts(question, costs, intervals):
    """The tables by name, as SCALING.md has them."""
    middle = intervals[len(intervals) // 2]
    tables = {"costs": costs_table(costs), "answers": answers(question, costs, intervals)}
    if Model(question, costs, middle).on_edge:
        tables.update(limits=limits(question, costs, middle), loss=loss(question, costs, middle))
    return tables


def kept(text, tables):
    """SCALING.md with these tables between their marks."""
    for name, body in tables.items():
        text, found = re.subn(rf"(<!-- {name} -->\n).*?(<!-- / -->)", lambda mark, body=body: f"{mark[1]}{body}\n{mark[2]}",
                              text, flags=re.S)
        if found != 1:
            sys.exit(f"scaling.py: SCALING.md has {found} places for {name}")
    return text


def positive(kind):
    def parsed(text):
        value = kind(text)
        if not 0 < value < math.inf:  # nor what is no number
            raise argparse.ArgumentTypeError(f"{text} is not above zero")
        return value
    return parsed


def arguments(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in (*dataclasses.fields(Question), *dataclasses.fields(Costs)):
        parser.add_argument("--" + field.name.replace("_", "-"), type=positive(field.type), default=field.default,
                            help=field.metadata.get("says"))
    parser.add_argument("--interval-ms", type=int, help="of the clients' subscriptions; default: several")
    parser.add_argument("--keep", action="store_true", help="write the tables into SCALING.md")
    given = parser.parse_args(words)
    if given.regions < 2 or given.use > 1 or (given.interval_ms or 0) < 0:
        parser.error("regions are two or more, use is at most 1, an interval not below 0")
    return given


def main(words):
    given = arguments(words)

    def of(kind):
        return kind(**{field.name: getattr(given, field.name) for field in dataclasses.fields(kind)})
    intervals = INTERVALS_MS if given.interval_ms is None else (given.interval_ms,)
    tables = parts(of(Question), of(Costs), intervals)
    if given.keep:
        DOCUMENT.write_text(kept(DOCUMENT.read_text(encoding="utf-8"), tables), encoding="utf-8")
    else:
        print("\n\n".join(tables.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
