// SPDX-License-Identifier: Apache-2.0
// The newest of each symbol, which of them changed since they were drawn, and when to draw: messages
// only write here, whatever their number; a frame draws what is new, ten times a second at most.
import {delayText} from "../client.js";
import {Places} from "./format.js";

const DRAW_MS = 100;
const POINTS = 97; // of a trend: a day of quarters of an hour, and the open one

// Asks for frames: one at a time, and none while nothing is to be drawn.
export class Frames {
  #frame = 0;
  #timer = 0;
  #due = false; // data has waited long enough
  #last = -Infinity;

  constructor(draw) {
    this.draw = draw;
  }

  // In the next frame: somebody scrolled, pressed, pointed.
  soon() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      const data = this.#due || now - this.#last >= DRAW_MS;
      this.#due = false;
      if (data) this.#last = now;
      this.draw(now, data);
    });
  }

  // For what a message brought.
  data() {
    if (this.#timer) return;
    const wait = Math.max(0, this.#last + DRAW_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#due = true;
      this.soon();
    }, wait);
  }
}

export class Store {
  dirty = new Set();
  places = new Places();
  delay = 0; // seconds that what comes is late by contract
  #entries = new Map(); // symbol -> what is known of it

  constructor(client, frames) {
    this.client = client;
    this.frames = frames;
    client.on("status", (status) => this.#takeStatus(status));
    client.on("live", (symbol) => this.touch(symbol));
    client.on("rejected", ({symbol, code}) => {
      this.entry(symbol).unknown = code === "forbidden" ? "not in this key" : "not known here";
      this.touch(symbol);
    });
    client.on("link", ({state}) => {
      if (state === "connecting" || state === "waiting") this.#disconnect();
      this.touchAll();
    });
  }

  entry(symbol) {
    let entry = this.#entries.get(symbol);
    if (!entry) {
      entry = {quote: null, ticker: null, status: null, statusAt: 0, trend: new Map(), fresh: false,
               unknown: ""}; // why it is refused
      this.#entries.set(symbol, entry);
    }
    return entry;
  }

  touch(symbol) {
    this.dirty.add(symbol);
    this.frames.data();
  }

  touchAll() {
    for (const symbol of this.#entries.keys()) this.dirty.add(symbol);
    this.frames.data();
  }

  take(message) {
    const {type, symbol} = message;
    const entry = this.entry(symbol);
    if (type === "quote") {
      entry.fresh = true;
      this.places.see(symbol, message.bid);
      this.places.see(symbol, message.ask);
    } else if (type === "ticker") {
      this.places.see(symbol, message.last);
    }
    entry[type] = message;
    this.touch(symbol);
  }

  // The last day by the quarter of an hour: [start, close], by start, whatever comes late.
  takeBars({type, symbol, bars, start, close}) {
    const {trend} = this.entry(symbol);
    const rows = type === "bar_history" ? bars.map((row) => [row[0], row[4]]) : [[start, close]];
    for (const [at, last] of rows) trend.set(at, last);
    const starts = [...trend.keys()].sort((a, b) => a - b);
    for (const at of starts.slice(0, -POINTS)) trend.delete(at);
    this.entry(symbol).trend = new Map([...trend].sort(([a], [b]) => a - b));
    this.touch(symbol);
  }

  // Nobody tells us of it any more: what we hold is old, until it comes anew.
  leave(symbol) {
    const entry = this.#entries.get(symbol);
    if (!entry) return;
    entry.fresh = false;
    entry.status = null;
    this.dirty.add(symbol);
  }

  // Not of any list any more.
  forget(symbol) {
    this.#entries.delete(symbol);
    this.dirty.delete(symbol);
  }

  isLive(symbol) {
    const entry = this.#entries.get(symbol);
    return Boolean(entry?.fresh && entry.status) && this.client.isLive(symbol);
  }

  // In words why it is not live: a short one, what more there is to say, and since when (Date.now()).
  why(symbol) {
    const entry = this.entry(symbol);
    const link = this.client.link;
    if (link.state !== "live") {
      return {word: link.state === "silent" ? "nothing heard" : "no connection", more: "",
              since: link.heard || link.since};
    }
    if (entry.unknown) return {word: entry.unknown, more: "", since: 0};
    if (!entry.status) return {word: "loading", more: "", since: 0};
    if (entry.status.state === "delayed") return {word: delayText(entry.status.delayed_s ?? 0), more: "", since: 0};
    if (entry.status.state !== "live") {
      return {word: entry.status.state, more: entry.status.reason, since: entry.statusAt};
    }
    if (!entry.fresh) return {word: "no price yet", more: "", since: 0};
    return {word: "late", more: this.client.why(symbol), since: 0};
  }

  #takeStatus(status) {
    const entry = this.entry(status.symbol);
    entry.status = status;
    entry.unknown = "";
    this.delay = status.delayed_s ?? 0;
    // How long it has lasted, by the gateway's own clock: ours may be wrong.
    const lasted = status.sent ? Math.max(0, status.sent - status.since) / 1000 : 0;
    entry.statusAt = Date.now() - lasted;
    this.touch(status.symbol);
  }

  #disconnect() {
    for (const entry of this.#entries.values()) {
      entry.fresh = false;
      entry.status = null;
      entry.unknown = "";
    }
  }
}
