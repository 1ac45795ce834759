# SPDX-License-Identifier: Apache-2.0
"""TLS on the public port: a client that verifies, the versions, and another certificate on SIGHUP."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import textwrap

import websockets

from certificate import authority_and_client, self_signed
from client import Client
from harness import Gateway, equal, eventually, expect
from running import Running

FEED = "- venue: simulator\n  seed: 5\n  rate: 1000\n"


def presented(port):
    """The certificate the gateway shows, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", port)).strip()


def handshake(port, highest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = highest
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire, \
            context.wrap_socket(wire) as secured:
        return secured.version(), secured.cipher()[0]


class SecureClient(Client):
    def __init__(self, gateway, certificate):
        super().__init__(gateway, ssl=ssl.create_default_context(cafile=certificate))
        self.url = self.url.replace("ws://", "wss://")


async def test_a_verifying_client_streams_and_certificates_are_reloaded(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first, first_key = self_signed(folder, "first")
        second, second_key = self_signed(folder, "second")
        used, used_key = folder / "used.crt", folder / "used.key"
        used.write_bytes(first.read_bytes())
        used_key.write_bytes(first_key.read_bytes())
        server = f"tls:\n  certificate: {used}\n  key: {used_key}\n"
        with Gateway.serve(binary, FEED, server=server) as gateway:
            async with SecureClient(gateway, first) as client:
                await client.subscribe("book", "*")
                seen = [item for item in await client.collect(1.5) if item["type"] == "book"]
                expect(len(seen) > 50, f"only {len(seen)} books in 1.5 s")

                used.write_bytes(second.read_bytes())
                used_key.write_bytes(second_key.read_bytes())
                gateway.terminate(signal.SIGHUP)
                await eventually(lambda: presented(gateway.port) == second.read_text().strip(),
                                 "the second certificate after SIGHUP")
                async with SecureClient(gateway, second) as other:
                    await other.subscribe("quote", "SIM:BTC-USD")

                used.write_text("this is no certificate\n")
                gateway.terminate(signal.SIGHUP)
                await client.collect(1)  # the first connection lives through both
                equal(presented(gateway.port), second.read_text().strip(),
                      "the certificate after a bad one")
            async with SecureClient(gateway, second):
                pass


async def test_a_replaced_certificate_is_noticed_without_a_signal(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        used = [folder / "used.crt", folder / "used.key"]
        first, second = self_signed(folder, "first"), self_signed(folder, "second")
        for file, to in zip(first, used):
            to.symlink_to(file)
        server = f"tls:\n  certificate: {used[0]}\n  key: {used[1]}\n"
        with Gateway.serve(binary, FEED, server=server) as gateway:
            equal(presented(gateway.port), first[0].read_text().strip(), "the certificate at start")
            for file, to in zip(second, used):  # as Kubernetes does it: another link in its place
                link = folder / "link"
                link.symlink_to(file)
                link.rename(to)
            await eventually(lambda: presented(gateway.port) == second[0].read_text().strip(),
                             "the second certificate", seconds=15)

            used[1].unlink()
            os.mkfifo(used[1])
            await eventually(lambda: "not a regular file" in gateway.log(), "the FIFO", seconds=15)
            gateway.terminate(signal.SIGHUP)  # nor does it wait when it is told to read
            equal(gateway.admin("/livez").status, 200, "/livez beside a FIFO")
            equal(presented(gateway.port), second[0].read_text().strip(), "after the FIFO")


async def test_check_loads_what_serve_would(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate, key = self_signed(folder, "one")
        key.chmod(0o644)
        _, other = self_signed(folder, "two")
        capture, fifo = folder / "none.ndjson.gz", folder / "fifo"
        os.mkfifo(fifo)
        for used, feed, status, words in (
                (key, FEED, 0, ("warning: ", "one.key: anybody", "one.crt: ends at", "good")),
                (other, FEED, 2, ("two.key: ", "mismatch")),
                (folder / "none.key", FEED, 2, ("none.key", "No such file")),
                (key, f"- venue: kraken\n  capture: {capture}\n", 2, ("none.ndjson", "No such file")),
                (key, f"- venue: kraken\n  symbols: [BTC-USD]\n  ca_file: {fifo}\n", 2,
                 ("kraken: ", "not a regular file"))):
            path = folder / "tickgate.yaml"
            path.write_text(f"server:\n  tls:\n    certificate: {certificate}\n    key: {used}\n"
                            "feeds:\n" + textwrap.indent(feed, "  "))
            done = subprocess.run([binary, "check", "--config", path], capture_output=True,
                                  text=True, timeout=20, check=False)
            said = done.stdout + done.stderr
            equal(done.returncode, status, f"check with {used.name}: {said}")
            for word in words:
                expect(word in said, f"{word!r} is not said: {said}")


async def test_only_tls_1_2_with_aead_and_1_3_are_spoken(binary):
    with tempfile.TemporaryDirectory() as name:
        certificate, key = self_signed(pathlib.Path(name), "localhost")
        server = f"tls:\n  certificate: {certificate}\n  key: {key}\n"
        with Gateway.serve(binary, FEED, server=server) as gateway:
            equal(handshake(gateway.port, ssl.TLSVersion.MAXIMUM_SUPPORTED)[0], "TLSv1.3", "version")
            version, cipher = handshake(gateway.port, ssl.TLSVersion.TLSv1_2)
            equal(version, "TLSv1.2", "version")
            expect("GCM" in cipher or "CHACHA20" in cipher, f"cipher {cipher}")
            try:
                version, _ = handshake(gateway.port, ssl.TLSVersion.TLSv1_1)
                expect(False, f"{version} was accepted")
            except (ssl.SSLError, ConnectionError):
                pass


async def test_a_certificate_that_cannot_be_used_is_named_at_start(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate, _ = self_signed(folder, "one")
        _, other_key = self_signed(folder, "two")
        for used, key, word in ((certificate, other_key, "two.key"),
                                (folder / "none.crt", other_key, "none.crt")):
            server = f"tls:\n  certificate: {used}\n  key: {key}\n"
            gateway = Gateway.serve(binary, FEED, server=server).start()
            try:
                gateway.wait_for_exit(2, seconds=10)
                expect(word in gateway.log() or "one.crt" in gateway.log(),
                       f"{word} is not named: {gateway.log()}")
            finally:
                gateway.end()


async def test_a_clients_certificate_is_a_credential(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate, key = self_signed(folder, "one")
        authority, mine, my_key = authority_and_client(folder, "desk-7")
        tls = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority)}
        auth = {"certificates": ["CN=desk-7 as basic"]}
        with Running(binary, server={"tls": tls}, auth=auth,
                     plans={"basic": {"symbols": ["SIM:BTC-USD"]}}) as running:
            async def asked(symbol, shown):
                """-> the answer to a subscription, in words"""
                context = ssl.create_default_context(cafile=certificate)
                if shown:
                    context.load_cert_chain(mine, my_key)
                url = f"wss://127.0.0.1:{running.gateway.port}/v1/stream"
                async with websockets.connect(url, ssl=context) as stream:
                    await stream.send(json.dumps({"op": "subscribe", "id": 1, "channel": "quote",
                                                  "symbols": [symbol]}))
                    while True:
                        for one in json.loads(await asyncio.wait_for(stream.recv(), 15)):
                            if one.get("id") == 1:
                                return json.dumps(one)

            for symbol, shown, word in (("SIM:BTC-USD", False, "unauthenticated"),
                                        ("SIM:BTC-USD", True, '"subscribed"'),
                                        ("SIM:ETH-USD", True, "forbidden")):
                answer = await asked(symbol, shown)
                expect(word in answer, f"{symbol}, {shown}: {answer}")
            report = await running.reload(auth={"certificates": ["CN=desk-8 as basic"]})
            equal(report["result"], "applied", f"{report}")
            answer = await asked("SIM:BTC-USD", True)
            expect("unauthenticated" in answer, f"mapped no more: {answer}")
