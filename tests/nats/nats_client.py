# SPDX-License-Identifier: Apache-2.0
"""A small client of NATS: its text protocol over asyncio, and of JetStream's API what the tests ask.

Debian has none for Python; and that some hundred lines read the feed is a part of what is promised.
"""

import asyncio
import base64
import contextlib
import json
import re

ANSWER_SECONDS = 5
STATUS = re.compile(rb"NATS/1\.0(?: (\d{3}))?(?: ([^\r\n]*))?\r\n")


class NatsError(Exception):
    """What the server refused; `code` is JetStream's own."""

    def __init__(self, text, code=None):
        super().__init__(text)
        self.code = code


class Message:
    """One that came: when (monotonic), on what, and what it carries."""

    def __init__(self, at, subject, reply, payload, headers=None, status=None):
        self.at, self.subject, self.reply, self.payload = at, subject, reply, payload
        self.headers, self.status = headers or {}, status

    def json(self):
        return json.loads(self.payload)

    @property
    def seq(self):
        """Of a stream's message that was asked for."""
        return int(self.headers["Nats-Sequence"])

    def __repr__(self):
        return f"{self.subject}: {self.payload[:200]!r} {self.status or ''}"


def read_headers(block):
    """-> status, headers"""
    first = STATUS.match(block)
    lines = block[first.end():].decode().split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first[1] and int(first[1]), {name: value.strip() for name, _, value in pairs}


class Nats:
    """`async with Nats("nats://127.0.0.1:4222") as nats:`. What comes is kept or handed on in its order."""

    def __init__(self, url, name="test", **connect):
        host, _, port = url.removeprefix("nats://").rpartition(":")
        self.address = host, int(port)
        self.options = {"verbose": False, "pedantic": False, "name": name, "lang": "python", "version": "0",
                        "protocol": 1, "headers": True, "no_responders": True, **connect}
        self.takers, self.next_sid = {}, 0
        self.answers, self.next_answer = {}, 0
        self.errors = []
        self.ended = asyncio.Event()

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.wait_for(
            asyncio.open_connection(*self.address, limit=2**24), ANSWER_SECONDS)
        line = await self.reader.readline()
        self.info = json.loads(line.removeprefix(b"INFO "))
        self.write(b"CONNECT " + json.dumps(self.options).encode() + b"\r\n")
        self.task = asyncio.ensure_future(self.read())
        self.inbox = f"_INBOX.{id(self):x}"
        self.subscribe(f"{self.inbox}.*", self.take_answer)
        self.pongs = []
        await self.flush()
        return self

    async def __aexit__(self, *error):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        self.writer.transport.abort()

    def write(self, data):
        self.writer.write(data)

    def publish(self, subject, payload=b"", reply="", headers=None):
        payload = payload if isinstance(payload, bytes) else payload.encode()
        if headers is None:
            self.write(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")
            return
        block = b"NATS/1.0\r\n" + b"".join(f"{key}: {value}\r\n".encode() for key, value in headers.items()) + b"\r\n"
        self.write(f"HPUB {subject} {reply} {len(block)} {len(block) + len(payload)}\r\n".encode()
                   + block + payload + b"\r\n")

    def subscribe(self, subject, take=None):
        """`take(message)` as each comes. -> without it, the list into which they go"""
        kept = []
        self.next_sid += 1
        self.takers[self.next_sid] = take or kept.append
        self.write(f"SUB {subject} {self.next_sid}\r\n".encode())
        return kept

    async def flush(self):
        """Until the server has read all that was written."""
        pong = asyncio.get_running_loop().create_future()
        self.pongs.append(pong)
        self.write(b"PING\r\n")
        await asyncio.wait_for(pong, ANSWER_SECONDS)

    async def request(self, subject, payload=b"", seconds=ANSWER_SECONDS, headers=None):
        self.next_answer += 1
        inbox = f"{self.inbox}.{self.next_answer}"
        answer = self.answers[inbox] = asyncio.get_running_loop().create_future()
        self.publish(subject, payload, inbox, headers)
        try:
            return await asyncio.wait_for(answer, seconds)
        finally:
            self.answers.pop(inbox, None)

    def take_answer(self, message):
        answer = self.answers.get(message.subject)
        if answer is not None and not answer.done():
            answer.set_result(message)

    # JetStream.

    async def api(self, name, body=None, seconds=ANSWER_SECONDS):
        answer = await self.request(f"$JS.API.{name}", b"" if body is None else json.dumps(body), seconds)
        if answer.status == 503:
            raise NatsError("no JetStream", 503)
        found = answer.json()
        if "error" in found:
            raise NatsError(f"{name}: {found['error'].get('description')}", found["error"].get("err_code"))
        return found

    async def stream(self, name):
        """-> config and state; None: there is none"""
        try:
            return await self.api(f"STREAM.INFO.{name}")
        except NatsError as error:
            if error.code == 10059:
                return None
            raise

    async def streams(self):
        return (await self.api("STREAM.NAMES")).get("streams") or []

    async def make_stream(self, name, subjects, **config):
        return await self.api(f"STREAM.CREATE.{name}", {"name": name, "subjects": subjects, "storage": "memory",
                                                        "retention": "limits", "num_replicas": 1, **config})

    async def delete_stream(self, name):
        return await self.api(f"STREAM.DELETE.{name}")

    async def purge(self, name):
        return await self.api(f"STREAM.PURGE.{name}")

    async def stored(self, stream, subject):
        """The last one of a subject, by a direct get. -> None: there is none"""
        answer = await self.request(f"$JS.API.DIRECT.GET.{stream}.{subject}")
        return None if answer.status == 404 else answer

    async def all_stored(self, stream, subject=">"):
        """Each that is stored, in order: (sequence, subject, payload), by an ordinary get."""
        found, seq = [], 1
        while True:
            try:
                one = (await self.api(f"STREAM.MSG.GET.{stream}", {"seq": seq, "next_by_subj": subject}))["message"]
            except NatsError as error:
                if error.code == 10037:
                    return found
                raise
            found.append((one["seq"], one["subject"], base64.b64decode(one.get("data", ""))))
            seq = one["seq"] + 1

    # What comes.

    async def read(self):
        try:
            while line := await self.reader.readline():
                await self.take(line)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.ended.set()

    async def take(self, line):
        verb, _, rest = line.rstrip().partition(b" ")
        if verb in (b"MSG", b"HMSG"):
            await self.take_message(verb == b"HMSG", rest.decode().split())
        elif verb == b"PING":
            self.write(b"PONG\r\n")
        elif verb == b"PONG" and self.pongs:
            pong = self.pongs.pop(0)
            if not pong.done():  # it was not waited for any longer
                pong.set_result(None)
        elif verb == b"-ERR":
            self.errors.append(rest.decode())
        elif verb == b"INFO":
            self.info = json.loads(rest)

    async def take_message(self, with_headers, words):
        size = int(words[-1])
        head = int(words[-2]) if with_headers else 0
        plain = 4 if with_headers else 3
        reply = words[2] if len(words) > plain else ""
        body = (await self.reader.readexactly(size + 2))[:-2]
        status, headers = read_headers(body[:head]) if head else (None, {})
        message = Message(asyncio.get_running_loop().time(), words[0], reply, body[head:], headers, status)
        taker = self.takers.get(int(words[1]))
        if taker is not None:
            taker(message)


def token(text):
    """A part of a subject, as tickgate writes it: what is not of A-Z, a-z, 0-9, _ and - as =HH."""
    if not text:
        return "="
    return "".join(chr(byte) if re.match(rb"[A-Za-z0-9_-]", bytes([byte])) else f"={byte:02X}"
                   for byte in text.encode())
