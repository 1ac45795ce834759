# SPDX-License-Identifier: Apache-2.0
"""The health checks of balancers that do not run here, byte by byte, at either port."""

import socket
import struct

import pytest

from clients import FEED
from harness import Gateway, equal, expect

CHECKS = {
    "aws alb": b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n"
               b"User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n",
    "aws classic": b"GET /readyz HTTP/1.1\r\nHost: 10.0.3.7\r\nUser-Agent: ELB-HealthChecker/1.0\r\n"
                   b"Accept: */*\r\nConnection: keep-alive\r\n\r\n",
    "envoy": b"GET /readyz HTTP/1.1\r\nhost: gateway_cluster\r\nuser-agent: Envoy/HC\r\n"
             b"x-envoy-internal: true\r\nx-envoy-expected-rq-timeout-ms: 1000\r\n\r\n",
    "f5, empty host": b"GET /readyz HTTP/1.1\r\nHost: \r\nConnection: Close\r\n\r\n",
    "f5, nothing after host": b"GET /readyz HTTP/1.1\r\nHost:\r\nConnection: Close\r\n\r\n",
    "f5, 1.0": b"GET /readyz HTTP/1.0\r\n\r\n",
    "f5, head": b"HEAD /readyz HTTP/1.0\r\n\r\n",
    "google": b"GET /readyz HTTP/1.1\r\nHost: 10.128.0.9\r\nUser-Agent: GoogleHC/1.0\r\n"
              b"Connection: Keep-alive\r\n\r\n",
    "azure": b"GET /readyz HTTP/1.1\r\nConnection: Close\r\nHost: 10.0.0.4:8080\r\n"
             b"User-Agent: Load Balancer Agent\r\n\r\n",
    "kubernetes": b"GET /readyz HTTP/1.1\r\nHost: [fd00::7]:9100\r\nUser-Agent: kube-probe/1.31\r\n"
                  b"Accept: */*\r\nConnection: close\r\n\r\n",
    "keepalived": b"GET /readyz HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 10.0.0.2\r\n\r\n",
    "apache": b"OPTIONS /readyz HTTP/1.0\r\nHost: 127.0.0.1:8080\r\n\r\n",
    "haproxy": b"OPTIONS / HTTP/1.0\r\n\r\n",
    "varnish": b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "absolute": b"GET http://10.0.0.2:8080/readyz HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n\r\n",
}
# What nobody could call HTTP/1, and some monitors send unless told otherwise: answered, at once.
ODD = {"f5 as it comes": b"GET /\r\n\r\n", "f5, two nines": b"GET /readyz HTTP/0.9\r\n\r\n"}
PORTS = ["port", "admin_port"]


def start(binary):
    return Gateway.serve(binary, FEED)


def answer(port, request):
    """-> the first line, and all of it until the end or until a whole answer is there"""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as wire:
        wire.sendall(request)
        found = b""
        while b"\r\n\r\n" not in found and (data := wire.recv(65536)):
            found += data
    return found.split(b"\r\n", 1)[0]


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_answered_well(gateway, check, port):
    first = answer(getattr(gateway, port), CHECKS[check])
    expect(first.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 204 ")), f"{check}: {first}")


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("check", ODD)
def test_an_odd_one_is_answered(gateway, check, port):
    first = answer(getattr(gateway, port), ODD[check])
    expect(first.startswith(b"HTTP/1.1 4") or first.startswith(b"HTTP/1.1 505 "), f"{first}")


@pytest.mark.parametrize("port", PORTS)
def test_a_check_that_connects_and_goes_harms_nothing(gateway, port):
    for linger in (b"", struct.pack("ii", 1, 0)):  # an end, and a reset
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", getattr(gateway, port)), timeout=3) as wire:
                if linger:
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    equal(answer(getattr(gateway, port), CHECKS["envoy"]), b"HTTP/1.1 200 OK", "afterwards")
