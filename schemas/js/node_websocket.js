// SPDX-License-Identifier: Apache-2.0
// A WebSocket for Node 20, which has none: the part of the browsers' interface that the client uses,
// over node:http. As strict as RFC 6455 asks a client to be. Text comes and goes; nothing is compressed.
import {createHash, randomBytes} from "node:crypto";
import http from "node:http";
import https from "node:https";

const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MOST_BYTES = 64 * 1024 * 1024; // of a message: more is no gateway's
const CLOSE_MS = 2000; // for the answer to a close
const [CONTINUED, TEXT, CLOSE, PING, PONG] = [0, 1, 8, 9, 10];

// What must not stand in a close frame (RFC 6455, 7.4).
const isCloseCode = (code) => (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code))
  || (code >= 3000 && code <= 4999);

const words = (text = "") => text.toLowerCase().split(",").map((word) => word.trim());

export class WebSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;

  readyState = WebSocket.CONNECTING;
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  #request;
  #timer; // for the answer to a close
  #socket = null;
  #parts = []; // bytes that are no whole frame yet
  #size = 0;
  #needed = 2; // how many there have to be before it is worth looking
  #message = null; // fragments of a text
  #messageSize = 0;
  #end = {code: 1006, reason: ""}; // what its close event will say

  constructor(url, protocols = [], {headers = {}, tls = {}} = {}) {
    const target = new URL(url);
    const secure = target.protocol === "wss:";
    const key = randomBytes(16).toString("base64");
    this.#request = (secure ? https : http).request({
      ...tls, protocol: secure ? "https:" : "http:", host: target.hostname.replace(/^\[|\]$/g, ""),
      port: target.port || (secure ? 443 : 80), path: target.pathname + target.search, agent: false,
      headers: {...headers, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13", ...(protocols.length && {"Sec-WebSocket-Protocol": protocols.join(", ")})},
    });
    this.#request.on("error", (error) => this.#over(error.message));
    this.#request.on("response", (response) => {
      this.#end.retryAfter = Number(response.headers["retry-after"]) || 0;
      this.#over(`refused with ${response.statusCode} ${response.statusMessage}`);
    });
    this.#request.on("upgrade", (response, socket, head) => {
      const problem = checkUpgrade(response.headers, key, protocols);
      if (problem || this.readyState !== WebSocket.CONNECTING) {
        socket.on("error", () => {}); // given up already
        socket.destroy();
        return this.#over(problem);
      }
      this.protocol = response.headers["sec-websocket-protocol"] ?? "";
      this.#opened(socket, head);
    });
    this.#request.end();
  }

  #opened(socket, head) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("error", (error) => this.#over(error.message));
    socket.on("close", () => this.#over(""));
    socket.on("data", (bytes) => this.#take(bytes));
    this.readyState = WebSocket.OPEN;
    this.onopen?.({type: "open"});
    if (head.length > 0) this.#take(head);
  }

  send(text) {
    if (this.readyState === WebSocket.CONNECTING) throw new Error("not open yet");
    if (this.readyState === WebSocket.OPEN) this.#write(TEXT, Buffer.from(text));
  }

  close(code, reason = "") {
    const allowed = code === undefined || code === 1000 || (code >= 3000 && code <= 4999);
    if (!allowed) throw new RangeError(`close code ${code}`);
    if (this.readyState >= WebSocket.CLOSING) return;
    if (this.readyState === WebSocket.CONNECTING) return this.#over("given up");
    this.#sendClose(code, reason);
  }

  // Says so, and gives the other side a moment to answer.
  #sendClose(code, reason = "") {
    if (this.readyState >= WebSocket.CLOSING) return;
    this.readyState = WebSocket.CLOSING;
    const payload = Buffer.alloc(code === undefined ? 0 : 2);
    if (code !== undefined) payload.writeUInt16BE(code);
    this.#write(CLOSE, Buffer.concat([payload, Buffer.from(reason).subarray(0, 123)]));
    this.#timer = setTimeout(() => this.#over(""), CLOSE_MS);
  }

  // The other side broke the protocol.
  #fail(code, reason) {
    this.#end = {code: 1006, reason};
    this.#sendClose(code, reason);
    this.#over(reason);
  }

  #write(opcode, payload) {
    const size = payload.length;
    const more = size < 126 ? 0 : size < 65_536 ? 2 : 8;
    const frame = Buffer.allocUnsafe(2 + more + 4 + size);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (more === 0 ? size : more === 2 ? 126 : 127);
    if (more === 2) frame.writeUInt16BE(size, 2);
    if (more === 8) frame.writeBigUInt64BE(BigInt(size), 2);
    const mask = randomBytes(4);
    mask.copy(frame, 2 + more);
    for (let at = 0; at < size; ++at) frame[6 + more + at] = payload[at] ^ mask[at & 3];
    this.#socket.write(frame);
  }

  #take(bytes) {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#needed || this.readyState === WebSocket.CLOSED) return;
    let rest = this.#parts.length === 1 ? bytes : Buffer.concat(this.#parts);
    let frame;
    while ((frame = this.#frame(rest))) {
      rest = rest.subarray(frame.end);
      this.#handle(frame);
      if (this.readyState === WebSocket.CLOSED) return;
    }
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
  }

  // The first frame, or null when it is not whole; #needed says how much to wait for.
  #frame(bytes) {
    this.#needed = 2;
    if (bytes.length < 2 || this.readyState === WebSocket.CLOSED) return null;
    const [first, second] = bytes;
    const [opcode, final, short] = [first & 15, first >= 128, second & 127];
    if (first & 0x70) return this.#fail(1002, "reserved bits");
    if (second & 0x80) return this.#fail(1002, "a server's frame must not be masked");
    if (opcode >= CLOSE && (!final || short > 125)) return this.#fail(1002, "a control frame in parts, or too long");
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    this.#needed = head;
    if (bytes.length < head) return null;
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    const shorter = (head === 4 && size < 126) || (head === 10 && size < 65_536);
    if (shorter) return this.#fail(1002, "a length not in its shortest form");
    if (size + this.#messageSize > MOST_BYTES) return this.#fail(1009, "message too large");
    this.#needed = head + size;
    if (bytes.length < head + size) return null;
    this.#needed = 2;
    return {opcode, final, payload: bytes.subarray(head, head + size), end: head + size};
  }

  #handle({opcode, final, payload}) {
    if (opcode === PING) return this.readyState === WebSocket.OPEN && this.#write(PONG, payload);
    if (opcode === PONG) return undefined;
    if (opcode === CLOSE) return this.#closed(payload);
    if (opcode === 2) return this.#fail(1003, "text, not binary");
    if (opcode !== TEXT && opcode !== CONTINUED) return this.#fail(1002, `opcode ${opcode}`);
    if ((opcode === CONTINUED) !== (this.#message !== null)) return this.#fail(1002, "fragments out of order");
    (this.#message ??= []).push(payload);
    this.#messageSize += payload.length;
    if (!final) return undefined;
    const whole = this.#message.length === 1 ? payload : Buffer.concat(this.#message);
    this.#message = null;
    this.#messageSize = 0;
    const text = decoded(whole);
    if (text === null) return this.#fail(1007, "text is not UTF-8");
    if (this.readyState === WebSocket.OPEN) this.onmessage?.({type: "message", data: text});
    return undefined;
  }

  #closed(payload) {
    const code = payload.length >= 2 ? payload.readUInt16BE() : 1005;
    const reason = decoded(payload.subarray(2));
    const bad = payload.length === 1 || (payload.length > 1 && !isCloseCode(code));
    if (bad) return this.#fail(1002, "a bad close frame");
    if (reason === null) return this.#fail(1007, "a close reason that is not UTF-8");
    this.#end = {code, reason, wasClean: true};
    this.#sendClose(code === 1005 ? undefined : code);
    this.#socket.end();
    return undefined; // its end follows; the timer sees to it
  }

  #over(reason) {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    clearTimeout(this.#timer);
    this.#parts = [];
    if (this.#socket) this.#socket.destroySoon();
    else this.#request.destroy();
    const event = {type: "close", wasClean: false, retryAfter: 0, ...this.#end};
    event.reason ||= reason;
    if (event.code === 1006) this.onerror?.({type: "error", message: event.reason});
    this.onclose?.(event);
  }
}

function checkUpgrade(headers, key, protocols) {
  const accept = createHash("sha1").update(key + KEY_SUFFIX).digest("base64");
  const {"sec-websocket-protocol": protocol, "sec-websocket-extensions": extensions} = headers;
  if (!words(headers.upgrade).includes("websocket")) return "the answer upgrades to something else";
  if (!words(headers.connection).includes("upgrade")) return "the answer upgrades nothing";
  if (headers["sec-websocket-accept"] !== accept) return "the answer is to another request";
  if (protocol !== undefined && !protocols.includes(protocol)) return `unasked subprotocol ${protocol}`;
  if (extensions) return `unasked extension ${extensions}`;
  return "";
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    return null;
  }
}
