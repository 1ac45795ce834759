# SPDX-License-Identifier: Apache-2.0
"""Who comes from where: limits of an address, the PROXY protocol, and what proxies write into a header."""

import contextlib
import http.client
import ipaddress
import json
import pathlib
import socket
import ssl
import struct
import tempfile
import time

from certificate import self_signed
from harness import Gateway, equal, eventually, expect
from raw_socket import HANDSHAKE

FEED = "- venue: simulator\n  seed: 5\n  rate: 200\n"
READYZ = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_1(address, port=4444):
    family = "TCP6" if ":" in address else "TCP4"
    return f"PROXY {family} {address} {'::1' if ':' in address else '127.0.0.1'} {port} 443\r\n".encode()


def version_2(address, port=4444, more=b""):
    packed = ipaddress.ip_address(address).packed
    body = packed + packed + struct.pack("!HH", port, 443) + more
    return SIGNATURE + b"\x21" + (b"\x11" if len(packed) == 4 else b"\x21") + struct.pack("!H", len(body)) + body


LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), timeout=15, source_address=(source, 0))


def head_of(wire):
    """What is answered, to the end of its head or of the connection."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while not got.endswith(b"\r\n\r\n"):
            byte = wire.recv(1)
            if not byte:
                break
            got += byte
    return got.decode()


def said(port, *parts, source="127.0.0.1", pause=0.0):
    """-> the wire, and the first line that comes back"""
    wire = connect(port, source)
    for part in parts:
        with contextlib.suppress(ConnectionError):
            wire.sendall(part)
        time.sleep(pause)  # so that it goes as a segment of its own
    return wire, head_of(wire)


def status(port, *parts, **more):
    wire, head = said(port, *parts, **more)
    wire.close()
    return int(head.split()[1]) if head else 0


def refused(gateway, reason):
    return gateway.metric("tickgate_handshake_failures_total", reason=reason)


def addresses(gateway):
    clients = json.loads(gateway.admin("/v1/clients").unpacked())["slowest"]
    return sorted(one["address"] for one in clients)


async def test_with_the_proxy_protocol_a_client_is_who_the_proxy_says(binary):
    server = "proxy_protocol: required\ntrusted_proxies: [127.0.0.0/8]\n"
    with Gateway.serve(binary, FEED, server=server, limits="connections_per_address: 2\n") as gateway, \
            contextlib.ExitStack() as stack:
        port = gateway.port
        for header in (version_1("203.0.113.1"), version_1("2001:db8::1"), version_2("203.0.113.1"),
                       version_2("2001:db8::1", more=b"\x02\x00\x03abc"), LOCAL, b"PROXY UNKNOWN\r\n"):
            equal(status(port, header, READYZ), 200, header)
            equal(status(port, header + READYZ), 200, "in one segment")
        header = version_2("203.0.113.1")
        equal(status(port, header[:7], header[7:20], header[20:], READYZ, pause=0.02), 200, "in segments")

        for number, header in enumerate((b"", LOCAL[:12] + b"\x31\x00\x00\x00",
                                         version_1("203.0.113.256"))):
            equal(status(port, header + READYZ), 0, header)
            await eventually(lambda: refused(gateway, "proxy_header") == number + 1, "it is counted")

        await eventually(lambda: gateway.metric("tickgate_address_connections") == 0, "all have left")
        for make, address in ((version_1, "203.0.113.7"), (version_2, "2001:db8:7::1")):
            for number in range(2):
                wire, head = said(port, make(address, 5000 + number) + HANDSHAKE)
                stack.callback(wire.close)
                expect(head.startswith("HTTP/1.1 101"), head)
            wire, head = said(port, make(address) + HANDSHAKE)
            wire.close()
            expect(head.startswith("HTTP/1.1 429") and "\r\nRetry-After: " in head, head)
        equal(refused(gateway, "address_connections"), 2, "refused")
        equal(addresses(gateway), ["203.0.113.7:5000", "203.0.113.7:5001", "[2001:db8:7::1]:5000",
                                   "[2001:db8:7::1]:5001"], "the addresses of streams")
        equal(gateway.metric("tickgate_address_connections"), 2, "of one address at most")


async def test_the_header_comes_before_tls_and_nobody_unknown_may_send_it(binary):
    with tempfile.TemporaryDirectory() as name:
        certificate, key = self_signed(pathlib.Path(name), "one")
        server = (f"tls:\n  certificate: {certificate}\n  key: {key}\n"
                  "proxy_protocol: required\ntrusted_proxies: [127.0.0.1]\n")
        context = ssl.create_default_context(cafile=certificate)
        with Gateway.serve(binary, FEED, server=server, limits="connections_per_address: 1\n") as gateway:
            with connect(gateway.port) as wire:
                wire.sendall(version_2("203.0.113.1"))
                with context.wrap_socket(wire, server_hostname="localhost") as secure:
                    secure.sendall(READYZ)
                    expect(head_of(secure).startswith("HTTP/1.1 200"), "over TLS")
                    with connect(gateway.port) as other:
                        other.sendall(version_2("203.0.113.1"))
                        try:
                            context.wrap_socket(other, server_hostname="localhost").close()
                            expect(False, "a second one of this address shook hands")
                        except (ssl.SSLError, ConnectionError):
                            pass
            equal(refused(gateway, "address_connections"), 1, "closed before TLS")
            equal(status(gateway.port, LOCAL + READYZ, source="127.0.0.2"), 0, "no trusted proxy")
            equal(refused(gateway, "untrusted_proxy"), 1, "and counted")


async def test_a_trusted_proxys_header_names_the_client_of_each_request(binary):
    server = "forwarded_header: x-forwarded-for\ntrusted_proxies: [127.0.0.1, 10.0.0.0/8]\n"
    with Gateway.serve(binary, FEED, server=server, limits="connections_per_address: 1\n") as gateway, \
            contextlib.ExitStack() as stack:
        def stream(forwarded, source="127.0.0.1"):
            lines = "".join(f"X-Forwarded-For: {one}\r\n" for one in forwarded).encode()
            wire, head = said(gateway.port, HANDSHAKE[:-2] + lines + b"\r\n", source=source)
            stack.callback(wire.close)
            return int(head.split()[1])

        equal(stream(["203.0.113.1"]), 101, "the first")
        equal(stream(["198.51.100.1, 203.0.113.1"]), 429, "what stands before is his own word")
        equal(stream(["203.0.113.2", "10.1.1.1"]), 101, "over two lines, and a second proxy")
        equal(stream(["[2001:db8::1]:443"]), 101, "IPv6 with a port")
        equal(stream(["unknown"]), 101, "of nobody: the proxy itself")
        equal(stream([]), 429, "which is one address then")
        equal(stream(["203.0.113.9"], source="127.0.0.2"), 101, "not trusted: his own address")
        equal(stream(["203.0.113.10"], source="127.0.0.2"), 429, "and so once")
        expect({"203.0.113.1:0", "203.0.113.2:0", "[2001:db8::1]:443"} < set(addresses(gateway)),
               f"the addresses of streams: {addresses(gateway)}")

        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=15)
        stack.callback(connection.close)
        for number in range(5):
            connection.request("GET", "/v1/venues", headers={"X-Forwarded-For": f"203.0.113.{number}"})
            answer = connection.getresponse()
            answer.read()
            equal(answer.status, 200, "requests of several clients over one connection of the proxy")


async def test_an_address_that_comes_too_often_is_told_and_others_are_not(binary):
    limits = "connections_per_address: 4\nhandshakes_per_second_per_address: 20\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        wires = []
        for number in range(4):
            wire, head = said(gateway.port, HANDSHAKE)
            wires.append(wire)
            expect(head.startswith("HTTP/1.1 101"), f"{number}: {head}")
        wire, head = said(gateway.port, HANDSHAKE)
        wire.close()
        expect(head.startswith("HTTP/1.1 429") and "Retry-After: 5" in head, head)
        equal(status(gateway.port, READYZ, source="127.0.0.2"), 200, "another address")
        wires.pop().close()
        await eventually(lambda: status(gateway.port, READYZ) == 200, "there is room again")

        came = 0
        while refused(gateway, "address_rate") == 0:
            came += 1
            expect(came < 500, "as often as he likes")
            connect(gateway.port, "127.0.0.3").close()
        equal(status(gateway.port, READYZ, source="127.0.0.2"), 200, "another address meanwhile")
        await eventually(lambda: status(gateway.port, READYZ, source="127.0.0.3") == 200, "a second later")
        for wire in wires:
            wire.settimeout(15)
            expect(wire.recv(1), "those who were there stream on")
            wire.close()


async def test_from_all_addresses_so_many_come_in_a_second_and_the_others_wait(binary):
    every = 10  # a second, and one at a time
    with Gateway.serve(binary, FEED, server="shards: 2\n", limits=f"handshakes_per_second: {every}\n") as gateway:
        began = time.monotonic()
        wires = [connect(gateway.port, f"127.0.0.{2 + number}") for number in range(8)]
        for wire in wires:
            wire.sendall(READYZ)
        for wire in wires:
            expect(head_of(wire).startswith("HTTP/1.1 200"), "he waits, and is not refused")
            wire.close()
        took = time.monotonic() - began
        expect(took >= (len(wires) - 1) / every - 0.01, f"all of them within {took:.2f} s")
        expect(gateway.metric("tickgate_accepts_paced_total") > 0, "counted")


async def test_who_is_refused_by_his_address_takes_nobodys_turn(binary):
    many, limits = 100, "handshakes_per_second: 2\nhandshakes_per_second_per_address: 1\n"
    with Gateway.serve(binary, FEED, server="shards: 1\n", limits=limits) as gateway:
        deadline = time.monotonic() + 20  # at two a second these would take fifty
        while (refused(gateway, "address_rate") or 0) < many:
            expect(time.monotonic() < deadline, f"{refused(gateway, 'address_rate')} refused")
            for _ in range(20):
                connect(gateway.port, "127.0.0.3").close()
        equal(status(gateway.port, READYZ, source="127.0.0.9"), 200, "another address meanwhile")

    server = "shards: 1\nproxy_protocol: required\ntrusted_proxies: [127.0.0.1]\n"
    with Gateway.serve(binary, FEED, server=server, limits=limits) as gateway:
        deadline = time.monotonic() + 20
        while (refused(gateway, "address_rate") or 0) < many:
            expect(time.monotonic() < deadline, f"{refused(gateway, 'address_rate')} refused behind a proxy")
            status(gateway.port, version_1("203.0.113.3") + READYZ)
        equal(status(gateway.port, version_1("203.0.113.9") + READYZ), 200, "another client of the proxy")


async def test_a_stranger_puts_nobody_out(binary):
    server = "shards: 1\nproxy_protocol: required\ntrusted_proxies: [127.0.0.1]\n"
    with Gateway.serve(binary, FEED, server=server, limits="connections: 4\n") as gateway, \
            contextlib.ExitStack() as stack:
        mine = [stack.enter_context(connect(gateway.port)) for _ in range(4)]
        for number, wire in enumerate(mine):
            wire.sendall(version_1(f"203.0.113.{number}"))
        await eventually(lambda: gateway.metric("tickgate_address_connections") == 1, "all are at the door")
        equal(status(gateway.port, READYZ, source="127.0.0.2"), 0, "no trusted proxy")
        equal(refused(gateway, "untrusted_proxy"), 1, "and counted")
        for wire in mine:
            wire.sendall(READYZ)
            expect(head_of(wire).startswith("HTTP/1.1 200"), "those who were there")
        equal(refused(gateway, "yielded"), 0, "who gave way")


async def test_each_proxied_connection_has_three_seconds_for_its_header(binary):
    server = "shards: 1\nproxy_protocol: required\ntrusted_proxies: [127.0.0.0/8]\n"
    limits = "handshake_time: 60s\nconnections_per_address: 9\n"
    with Gateway.serve(binary, FEED, server=server, limits=limits) as gateway, \
            connect(gateway.port) as named:
        named.sendall(version_1("203.0.113.1"))
        await eventually(lambda: gateway.metric("tickgate_address_connections") == 1, "its header is read")
        with connect(gateway.port) as silent:
            silent.settimeout(20)
            equal(silent.recv(1), b"", "cut off behind one who has longer")
            equal(refused(gateway, "timeout"), 1, "and counted")
            named.sendall(READYZ)
            expect(head_of(named).startswith("HTTP/1.1 200"), "he has longer")


async def test_the_log_blames_the_client_of_the_bad_request(binary):
    def get(path, client, end=b"\r\n\r\n"):
        return f"GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {client}".encode() + end

    def sent_away():
        lines = (json.loads(line) for line in gateway.log(1 << 20).splitlines() if line.startswith("{"))
        return [(line["reason"], line["address"]) for line in lines if line.get("message") == "sent away"]

    server = "shards: 1\nforwarded_header: x-forwarded-for\ntrusted_proxies: [127.0.0.1]\n"
    with Gateway.serve(binary, FEED, server=server, limits="handshake_time: 1s\n") as gateway, \
            contextlib.ExitStack() as stack:
        wires = [stack.enter_context(connect(gateway.port)) for _ in range(3)]
        for number, wire in enumerate(wires):
            wire.sendall(get("/readyz", f"203.0.113.{number}"))
            expect(head_of(wire).startswith("HTTP/1.1 200"), "a first request")
            wire.recv(6)  # its body
        wires[0].sendall(get("/v1/snapshot?token=abc", "198.51.100.66"))
        await eventually(lambda: ("url_credential", "198.51.100.66:0") in sent_away(), "his who wrote it")
        wires[1].sendall(get("/", "198.51.100.67", b"\r\nContent-Length: 3\r\n\r\nabc"))
        await eventually(lambda: ("body", "198.51.100.67:0") in sent_away(), "his whose body it is")
        wires[2].sendall(get("/v1/venues", "198.51.100.68", b"\r\n"))
        await eventually(lambda: any(reason == "timeout" for reason, _ in sent_away()), "a timeout")
        expect(all(address.startswith("127.0.0.1:") for reason, address in sent_away() if reason == "timeout"),
               f"half a head names nobody but its socket: {sent_away()}")
