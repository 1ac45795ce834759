// SPDX-License-Identifier: Apache-2.0
// The WebSocket for Node 20, byte by byte, against a server that says what the test says.
import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import net from "node:net";
import test from "node:test";

import {WebSocket} from "../../schemas/js/node_websocket.js";

const accepted = (key) => createHash("sha1").update(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");

function frame(first, payload = Buffer.alloc(0), size = undefined) {
  const bytes = Buffer.from(payload);
  const head = size ?? (bytes.length < 126 ? [bytes.length] : bytes.length < 65_536
    ? [126, bytes.length >> 8, bytes.length & 255] : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((by) => (bytes.length >> by) & 255)]);
  return Buffer.concat([Buffer.from([first, ...head]), bytes]);
}

const text = (words) => frame(0x81, words);
const closing = (code, reason = "") => frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

// The frames that a client sent, unmasked: [first byte, payload].
function* framesOf(bytes) {
  while (bytes.length >= 6) {
    const short = bytes[1] & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + 4 + size) return;
    assert.ok(bytes[1] & 128, "a client masks");
    const mask = bytes.subarray(head, head + 4);
    yield [bytes[0], Buffer.from(bytes.subarray(head + 4, head + 4 + size).map((byte, at) => byte ^ mask[at & 3]))];
    bytes = bytes.subarray(head + 4 + size);
  }
}

// `talk(socket, request)` after the handshake, or in its place when `answer` is given.
async function meeting(talk, {answer, protocols = ["a.v1"], use = () => {}, headers} = {}) {
  let sent = Buffer.alloc(0);
  let request = "";
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (request.endsWith("\r\n\r\n")) { sent = Buffer.concat([sent, bytes]); return; }
      request += bytes;
      if (!request.endsWith("\r\n\r\n")) return;
      const key = /sec-websocket-key: (.*)\r/i.exec(request)[1];
      socket.write(answer?.(key) ?? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
        + `Sec-WebSocket-Accept: ${accepted(key)}\r\nSec-WebSocket-Protocol: a.v1\r\n\r\n`);
      talk?.(socket);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const heard = [];
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/v1/stream?a=b`, protocols, {headers});
  socket.onopen = () => { heard.push("open"); use(socket); };
  socket.onmessage = ({data}) => heard.push(data);
  socket.onerror = () => heard.push("error");
  const end = await new Promise((done) => { socket.onclose = done; });
  await new Promise((done) => server.close(done));
  return {end, heard, request, sent: [...framesOf(sent)]};
}

const all = (...frames) => (socket) => socket.write(Buffer.concat([...frames, closing(1000)]));

test("the handshake, and texts of every length", async () => {
  const lengths = [0, 1, 125, 126, 65_535, 65_536, 200_000];
  const texts = lengths.map((length) => "é".repeat(length >> 1) + "x".repeat(length & 1));
  const {end, heard, request} = await meeting(all(...texts.map(text)), {headers: {"X-One": "1"}});
  assert.deepEqual(heard.map((one) => Buffer.byteLength(one)), [4, ...lengths]);
  assert.deepEqual([end.code, end.wasClean], [1000, true]);
  assert.match(request, /^GET \/v1\/stream\?a=b HTTP\/1.1\r\n/);
  assert.match(request, /Sec-WebSocket-Version: 13\r\n/i);
  assert.match(request, /Sec-WebSocket-Protocol: a.v1\r\n/i);
  assert.match(request, /X-One: 1\r\n/);
});

test("frames that come byte by byte, in fragments, with a ping among them", async () => {
  const bytes = Buffer.concat([frame(0x01, "ab"), frame(0x89, "who"), frame(0x00, "c"), frame(0x80, "d"), frame(0x8a, "old"), closing(4008, "slow")]);
  const {end, heard, sent} = await meeting((socket) => {
    socket.setNoDelay(true);
    let at = 0;
    const next = () => at < bytes.length && socket.write(bytes.subarray(at, ++at), next);
    next();
  });
  assert.deepEqual(heard, ["open", "abcd"]);
  assert.deepEqual(sent.map(([first, payload]) => [first, String(payload)]), [[0x8a, "who"], [0x88, "\x0f\xa8"]].map(
    ([first, payload]) => [first, String(Buffer.from(payload, "latin1"))]));
  assert.deepEqual([end.code, end.reason], [4008, "slow"]);
});

test("what is sent: masked texts of every length, and a close", async () => {
  const lengths = [0, 125, 126, 65_535, 65_536];
  const {end, sent} = await meeting((socket) => {
    let size = 0;
    socket.on("data", (bytes) => {
      size += bytes.length;
      if (size >= lengths.reduce((sum, one) => sum + one, 0) + 6) socket.write(closing(1000));
    });
  }, {use: (socket) => {
    for (const length of lengths) socket.send("x".repeat(length));
    socket.close(1000, "done");
    socket.send("not any more");
  }});
  assert.deepEqual(sent.map(([first, payload]) => [first, payload.length]), [...lengths.map((one) => [0x81, one]), [0x88, 6]]);
  assert.equal(end.code, 1000);
});

for (const [what, code, ...frames] of [
  ["reserved bits", 1002, frame(0xc1, "a")], ["a masked frame", 1002, frame(0x81, "abcd", [0x80])],
  ["an opcode that there is not", 1002, frame(0x83, "a")], ["a binary message", 1003, frame(0x82, "a")],
  ["a ping in parts", 1002, frame(0x09, "a")], ["a ping too long", 1002, frame(0x89, "a".repeat(126))],
  ["a length of 126 in more bytes than it needs", 1002, frame(0x81, "abc", [126, 0, 3])],
  ["a length of 127 in more bytes than it needs", 1002, frame(0x81, "abc", [127, 0, 0, 0, 0, 0, 0, 0, 3])],
  ["a message beyond all need", 1009, frame(0x81, "", [127, 0, 0, 0, 1, 0, 0, 0, 0])],
  ["many fragments beyond all need", 1009, frame(0x01, "a".repeat(100)), frame(0x80, "", [127, 0, 0, 0, 0, 4, 0, 0, 0])],
  ["a continuation of nothing", 1002, frame(0x80, "a")], ["a text within a text", 1002, frame(0x01, "a"), text("b")],
  ["a text that is not UTF-8", 1007, frame(0x81, [0xff])], ["a surrogate", 1007, frame(0x81, [0xed, 0xa0, 0x80])],
  ["a close of one byte", 1002, frame(0x88, [3])], ["a close code that there is not", 1002, closing(1005)],
  ["a close code below all", 1002, closing(999)], ["a close reason that is not UTF-8", 1007, frame(0x88, [3, 232, 0xff])],
]) {
  test(`${what} is refused with ${code}`, async () => {
    const {end, heard, sent} = await meeting((socket) => socket.write(Buffer.concat(frames)));
    assert.deepEqual(heard, ["open", "error"]);
    const [first, payload] = sent.at(-1);
    assert.deepEqual([first, payload.readUInt16BE(), end.code, end.wasClean], [0x88, code, 1006, false]);
  });
}

const upgrade = (more) => (key) => `HTTP/1.1 101 Switching Protocols\r\n${more.replace("KEY", accepted(key))}\r\n\r\n`;
const GOOD = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY";
for (const [what, answer, reason] of [
  ["a refusal", () => "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n", /refused with 503 Service Unavailable/],
  ["an answer to another request", upgrade(GOOD.replace("KEY", "AAAA")), /to another request/],
  ["another protocol", upgrade(GOOD.replace("websocket", "h2c")), /to something else/],
  ["a subprotocol that nobody offered", upgrade(`${GOOD}\r\nSec-WebSocket-Protocol: b`), /unasked subprotocol b/],
  ["an extension that nobody offered", upgrade(`${GOOD}\r\nSec-WebSocket-Extensions: permessage-deflate`), /unasked extension/],
  ["nonsense", () => "hello\r\n\r\n", /./],
]) {
  test(`${what} opens nothing`, async () => {
    const {end, heard} = await meeting(null, {answer});
    assert.deepEqual([heard, end.code], [["error"], 1006]);
    assert.match(end.reason, reason);
    if (what === "a refusal") assert.equal(end.retryAfter, 5);
  });
}

test("a frame that stands behind the answer in one packet is not lost", async () => {
  const {heard} = await meeting(null, {answer: (key) => Buffer.concat([Buffer.from(upgrade(GOOD)(key)), text("first"), closing(1000)])});
  assert.deepEqual(heard, ["open", "first"]);
});

test("a connection that is cut is 1006", async () => {
  const {end} = await meeting((socket) => { socket.write(Buffer.concat([text("a"), frame(0x81, "bc").subarray(0, 3)])); socket.end(); });
  assert.deepEqual([end.code, end.wasClean], [1006, false]);
});

test("nobody is there", async () => {
  const socket = new WebSocket("ws://127.0.0.1:1/");
  const end = await new Promise((done) => { socket.onclose = done; });
  assert.equal(end.code, 1006);
  assert.match(end.reason, /ECONNREFUSED/);
});

test("a close before it is open", async () => {
  const server = net.createServer(() => {});
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/`);
  assert.throws(() => socket.send("a"), /not open/);
  assert.throws(() => socket.close(1001), RangeError);
  const end = new Promise((done) => { socket.onclose = done; });
  socket.close();
  assert.equal((await end).code, 1006);
  server.close();
});

test("an answer to a close that never comes is not waited for", async () => {
  const {end} = await meeting(null, {use: (socket) => socket.close(1000)});
  assert.equal(end.code, 1006);
});
