# SPDX-License-Identifier: Apache-2.0
"""Negative controls: a gateway that sends what no document describes is found out by the client and by
the harness of the end-to-end tests."""
import asyncio
import contextlib
import http.server
import json
import threading

import pytest
import websockets

from client import Client
from contract import ContractBroken
from documents import read_examples
from harness import Gateway


def gateway_at(port):
    return Gateway("no program", [], port, 0)


async def told_by(frame, **server):
    """What a client says of a gateway that sends this."""
    async def send(socket):
        if isinstance(frame, tuple):
            await socket.close(*frame)
        else:
            await socket.send(json.dumps(frame))
            await socket.wait_closed()
    async with websockets.serve(send, "127.0.0.1", 0, subprotocols=["tickgate.v1.json"],
                                **server) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with Client(gateway_at(port)) as client:
            return await (client.closed() if isinstance(frame, tuple) else client.receive())


@pytest.mark.parametrize("change", [{"undocumented": 1}, {"time": "now"}, {"type": "pulse"}])
async def test_an_object_that_no_document_describes_is_found_out(change):
    (heartbeat,) = read_examples()["heartbeat"]
    assert await told_by([heartbeat], server_header=None) == heartbeat
    with pytest.raises(ContractBroken):
        await told_by([heartbeat | change], server_header=None)


@pytest.mark.parametrize("close", [(1011, "internal error"), (4400, "come back now"), (4999, "")])
async def test_a_close_that_no_document_describes_is_found_out(close):
    found, *_ = await told_by((4400, "too many bad requests: mend the client"), server_header=None)
    assert found == []
    with pytest.raises(ContractBroken):
        await told_by(close, server_header=None)


async def test_a_header_of_the_upgrade_that_no_document_describes_is_found_out():
    with pytest.raises(ContractBroken, match="server"):
        await told_by(read_examples()["heartbeat"], server_header="python")


@contextlib.contextmanager
def answering(status, headers, body):
    """A gateway that answers so, whatever it is asked."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": len(body)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield gateway_at(server.server_port)
        finally:
            server.shutdown()
            thread.join()


JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
VENUES = read_examples("http")["venues"]


@pytest.mark.parametrize("status,headers,body", [
    (418, JSON, VENUES), (304, {}, ""), (200, {**JSON, "X-Powered-By": "us"}, VENUES),
    (200, {**JSON, "Cache-Control": "private"}, VENUES), (200, {"Content-Type": "text/html"}, VENUES),
    (200, JSON, [{**VENUES[0], "host": "10.0.0.1"}]), (200, JSON, {}), (405, {"Content-Type": "text/plain"}, "")])
async def test_an_answer_that_no_document_describes_is_found_out(status, headers, body):
    with answering(200, JSON, json.dumps(VENUES).encode()) as gateway:
        assert (await asyncio.to_thread(gateway.public, "/v1/venues")).status == 200
    with answering(status, headers, json.dumps(body).encode() if body else b"") as gateway:
        with pytest.raises(ContractBroken):
            await asyncio.to_thread(gateway.public, "/v1/venues")


async def test_a_path_that_no_document_describes_is_found_out_unless_it_is_refused():
    error = read_examples("http")["error"]
    for status, body, good in ((200, {}, False), (404, {}, False), (404, error, True)):
        with answering(status, JSON, json.dumps(body).encode()) as gateway:
            asked = asyncio.to_thread(gateway.public, "/v1/nothing")
            with contextlib.nullcontext() if good else pytest.raises(ContractBroken):
                await asked
