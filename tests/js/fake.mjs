// SPDX-License-Identifier: Apache-2.0
// A clock that stands until it is told to go, and a gateway that says what the test says.
import {connect} from "../../schemas/js/tickgate.js";

const START = 1_800_000_000_000;
const turn = setImmediate;

// Lets all promises that can go on do so.
export const settle = () => new Promise((resolve) => turn(() => turn(resolve)));

export class Clock {
  now = START;
  #timers = new Map();
  #numbers = 0;

  // In place of the process's own, for good: a test file is a process.
  constructor() {
    const set = (repeat) => (work, ms = 0, ...words) => {
      this.#timers.set(++this.#numbers, {at: this.now + ms, every: repeat ? ms : 0, work: () => work(...words)});
      return this.#numbers;
    };
    const clear = (number) => this.#timers.delete(number);
    Object.assign(globalThis, {setTimeout: set(false), setInterval: set(true), clearTimeout: clear, clearInterval: clear});
    Date.now = () => this.now;
  }

  // Somebody sets it, which no timer heeds.
  set(by) {
    this.now += by;
    for (const timer of this.#timers.values()) timer.at += by;
  }

  get timers() {
    return this.#timers.size;
  }

  // Time goes on, and what is due happens in its order.
  async go(ms) {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const [number, next] = [...this.#timers].filter(([, one]) => one.at <= end)
        .sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!next) break;
      this.now = Math.max(this.now, next.at);
      this.#fire(number, next);
    }
    this.now = end;
    await settle();
  }

  // Time goes on, and nothing happens in it; then each timer that was due, once.
  async sleep(ms) {
    this.now += ms;
    for (const [number, one] of [...this.#timers]) {
      if (one.at <= this.now && this.#timers.has(number)) this.#fire(number, one);
    }
    await settle();
  }

  #fire(number, timer) {
    if (timer.every) timer.at = this.now + timer.every;
    else this.#timers.delete(number);
    timer.work();
  }
}

// Connections are made by the client and opened by the test. Requests are answered as a gateway that
// knows every symbol would, with a status and what `values` has; `answer` may say something else.
export class FakeGateway {
  sockets = [];
  requests = []; // {socket, ...request}
  values = new Map(); // "quote A:B-C" -> what a subscription brings
  states = new Map(); // symbol -> state, where it is not live
  epoch = "E1";
  ahead = 0; // how far its clock is before the client's
  silent = false;
  answer = () => undefined;

  constructor(clock) {
    this.clock = clock;
    const gateway = this;
    this.WebSocket = class {
      closed = null;

      constructor(url, protocols) {
        Object.assign(this, {url, protocols, number: gateway.sockets.push(this) - 1});
      }

      send(text) {
        const request = {socket: this.number, ...JSON.parse(text)};
        gateway.requests.push(request);
        const said = gateway.answer(request, this) ?? (gateway.silent ? [] : gateway.reply(request));
        if (said.length > 0) queueMicrotask(() => this.say(...said));
      }

      close(code) {
        this.closed ??= code;
      }

      open() {
        this.onopen?.({});
      }

      say(...objects) {
        if (this.closed === null) this.onmessage?.({data: JSON.stringify(objects)});
      }

      end(code = 1006, reason = "", more = {}) {
        this.closed ??= code;
        this.onclose?.({code, reason, ...more});
      }
    };
  }

  connect(options = {}) {
    return connect("ws://gateway.test", {WebSocket: this.WebSocket, random: () => 0.5, ...options});
  }

  get last() {
    return this.sockets.at(-1);
  }

  get asked() {
    return this.requests.filter(({op}) => op !== "ping").map(({op, channel, symbols}) => `${op} ${channel} ${symbols}`);
  }

  micros(ago = 0) {
    return (this.clock.now + this.ahead - ago) * 1000;
  }

  status(symbol, state = this.states.get(symbol) ?? "live", ago = 0) {
    return {type: "status", symbol, seq: 1, state, since: 1, reason: state === "live" ? "" : "no data for 42 s", sent: this.micros(ago)};
  }

  quote(symbol, seq, bid = "1.10", ago = 0) {
    return {type: "quote", symbol, seq, bid, bid_size: "1", ask: "1.20", ask_size: "1", time: null, received: 1, sent: this.micros(ago)};
  }

  trade(symbol, seq, id = String(seq)) {
    const time = Number(id.replace(/\D/g, "")) || seq; // whichever gateway brings it
    return {type: "trade", symbol, seq, price: "1.15", size: "1", side: "buy", id, time, received: 1, sent: this.micros()};
  }

  bar(symbol, seq, start, more = {}) {
    return {type: "bar", symbol, seq, interval: "1m", start, open: "1", high: "2", low: "1", close: "2", volume: "3", trades: 4,
      closed: false, ...more, sent: this.micros()};
  }

  heartbeat(ago = 0) {
    return {type: "heartbeat", time: this.micros(ago)};
  }

  reply({op, id, channel, symbols, ...more}) {
    if (op === "ping") return [{type: "pong", id}];
    const answer = {type: `${op}d`, id, channel, accepted: symbols, rejected: []};
    if (op === "unsubscribe") return [answer];
    const values = symbols.flatMap((symbol) => (this.values.get(`${channel} ${symbol}`) ?? [])
      .map((value) => ({...value, sent: this.micros()})));
    return [{...answer, interval_ms: more.interval_ms ?? 0, epoch: this.epoch},
      ...symbols.filter((one) => !one.includes("*")).map((one) => this.status(one)), ...values];
  }
}

// What a client said, in short words, in the order in which it did.
export function listen(client, ...events) {
  const told = [];
  for (const event of events) {
    client.on(event, (...words) => told.push(event === "live" ? `${words[0]} ${words[1] ? "live" : "not live"}`
      : event === "link" ? words[0].state : words[0]));
  }
  return told;
}
