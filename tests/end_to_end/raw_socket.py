# SPDX-License-Identifier: Apache-2.0
"""WebSocket clients on bare sockets: a thousand of them cost little, and each reads when told to."""

import json
import socket
import ssl
import struct

import contract

HANDSHAKE = (b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
             b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")


def text_frame(text, opcode=0x1):
    """A client's frame; the mask of zeros leaves the payload readable."""
    data = text if isinstance(text, bytes) else text.encode()
    head = bytes([0x80 | opcode, 0x80 | len(data)]) if len(data) < 126 else \
        bytes([0x80 | opcode, 0x80 | 126]) + struct.pack("!H", len(data))
    return head + bytes(4) + data


class RawClient:
    """`receive_buffer`: SO_RCVBUF in bytes; 0 leaves the system's. `context`: of TLS, if any."""

    def __init__(self, port, requests, receive_buffer=0, context=None):
        self.wire = socket.socket()
        if receive_buffer:
            self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.wire.settimeout(10)
        self.wire.connect(("127.0.0.1", port))
        if context:
            # An end without close_notify is an error.
            self.wire = context.wrap_socket(self.wire, suppress_ragged_eofs=False)
        self.wire.sendall(HANDSHAKE)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.wire.recv(1)
            if not byte:
                raise ConnectionError(f"refused: {head!r}")
            head += byte
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(f"refused: {head!r}")
        for request in requests:
            self.wire.sendall(text_frame(json.dumps(request)))
        self.wire.setblocking(False)
        self.buffer = bytearray()
        self.total = 0  # bytes read since the handshake
        self.ended = ""
        self.checked = True  # what it is sent is held against the contract

    def read(self):
        """Reads once what is there. -> its size; 0 when the connection has ended."""
        try:
            data = self.wire.recv(1 << 18)
        except (BlockingIOError, ssl.SSLWantReadError):
            return -1
        except (ConnectionError, ssl.SSLError) as error:
            self.ended = type(error).__name__
            return 0
        if not data:
            self.ended = self.ended or "end of stream"
        self.total += len(data)
        self.buffer += data
        return len(data)

    def frames(self):
        """The whole frames read so far, as (opcode, payload); pings are answered."""
        at = 0
        while len(self.buffer) >= at + 2:
            size, head = self.buffer[at + 1], 2
            if size == 126 or size == 127:
                head = 4 if size == 126 else 10
                if len(self.buffer) < at + head:
                    break
                size = int.from_bytes(self.buffer[at + 2:at + head], "big")
            if len(self.buffer) < at + head + size:
                break
            opcode = self.buffer[at] & 0xF
            payload = bytes(self.buffer[at + head:at + head + size])
            at += head + size
            if opcode == 0x9:
                self.answer(payload)
            elif opcode == 0x1 and self.checked:
                contract.check_frame(json.loads(payload))
            elif opcode == 0x8 and payload:
                contract.check_close(int.from_bytes(payload[:2], "big"), payload[2:].decode())
            yield opcode, payload
        del self.buffer[:at]

    def answer(self, payload):
        try:
            self.wire.send(text_frame(payload, 0xA))
        except OSError:
            pass  # reading will tell how it ended

    def close(self):
        self.wire.close()
