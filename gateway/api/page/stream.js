// SPDX-License-Identifier: Apache-2.0
// A stream that is made again when it ends, and that knows whether what it says is of now.

// Heartbeats come every 5 s, so whoever heard nothing for longer is not connected to the market.
const PATIENCE_MS = 12_000;
const LATE_MS = 5_000; // what was longer on its way was buffered, by a network or a sleep
const DEAD_MS = 15_000;
const OPENING_MS = 10_000;
const SETTLED_MS = 5_000; // a stream that ends sooner counts as an attempt that failed
const LEAST_MS = 1_000;
const MOST_MS = 30_000;

// The close codes after which the client has to change first, and those that mean "later".
const NEVER = new Set([1002, 1003, 1007, 1009, 4400, 4401, 4403]);
const LATER = new Set([1011, 1013, 4429]);

// How long to wait before the next attempt; null: none. `failures` is how many attempts failed in a
// row; `drainDue` how long the gateway asked to be left alone yet.
export function delayAfter(code, failures, drainDue, random = Math.random) {
  if (NEVER.has(code)) return null;
  if (code === 1012 && failures === 0) return 0; // the delay ran before the close
  const doublings = Math.min(failures + (LATER.has(code) ? 2 : 0), 10);
  const most = Math.min(MOST_MS, LEAST_MS * 2 ** doublings);
  return Math.max(drainDue, 0) + random() * most;
}

// Is what was sent then old now? Clocks differ, so that is measured against the quickest way that
// anything took on this connection.
export class Ages {
  least = Infinity;

  of(sentMicros, now) {
    const took = now - sentMicros / 1000;
    this.least = Math.min(this.least, took);
    return took - this.least;
  }
}

// `on.opened()`: ask for what is wanted; `on.objects(array)`: what came; `on.changed(link)`: it is
// "live", "silent", "connecting", "waiting" (`next` says until when) or "ended" (for good).
export class Stream {
  link = "connecting";
  heard = 0; // when something of now came
  next = 0;
  reason = "";

  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.failures = 0;
    this.drainUntil = 0;
    this.connect();
    setInterval(() => this.check(), 1000);
    for (const event of ["visibilitychange", "pageshow", "online"]) {
      (event === "visibilitychange" ? document : window).addEventListener(event, () => this.check());
    }
  }

  send(request) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(request));
  }

  connect() {
    clearTimeout(this.timer);
    this.ages = new Ages();
    this.begun = Date.now();
    this.openedAt = 0;
    const socket = (this.socket = new WebSocket(this.url));
    // A socket that was given up may speak on: it is no longer ours.
    const ours = (then) => (event) => socket === this.socket && then(event);
    socket.onopen = ours(() => {
      this.openedAt = this.heard = Date.now();
      this.become("live");
      this.on.opened();
    });
    socket.onmessage = ours(({data}) => this.take(data));
    socket.onclose = ours(({code, reason}) => this.ended(code, reason));
    this.become("connecting");
  }

  take(data) {
    const objects = JSON.parse(data);
    const now = Date.now();
    let old = now - this.heard > DEAD_MS; // asleep: this may have waited as long
    for (const object of objects) {
      const sent = object.type === "heartbeat" ? object.time : object.sent;
      if (sent !== undefined) old = this.ages.of(sent, now) > LATE_MS;
      if (object.type === "drain") this.drainUntil = now + object.reconnect_after_ms;
    }
    // What is old is the newest there is, of its symbol: taken, but nothing is live by it.
    if (!old) this.heard = now;
    this.on.objects(objects);
    this.become(old ? "silent" : "live");
  }

  // Once a second, and when the page comes back from wherever it was.
  check() {
    const now = Date.now();
    if (this.link === "connecting" && now - this.begun > OPENING_MS) return this.giveUp();
    if (this.link !== "live" && this.link !== "silent") return this.on.changed(this.link);
    const silence = now - this.heard;
    if (silence > DEAD_MS) return this.giveUp();
    this.become(silence > PATIENCE_MS ? "silent" : "live");
  }

  giveUp() {
    const socket = this.socket;
    this.ended(1006, "nothing was heard");
    socket.close();
  }

  ended(code, reason) {
    const now = Date.now();
    this.socket = null;
    const settled = this.openedAt > 0 && now - this.openedAt >= SETTLED_MS;
    this.failures = settled ? 0 : this.failures + 1;
    const delay = delayAfter(code, this.failures, this.drainUntil - now);
    this.drainUntil = 0;
    this.reason = reason || (code === 1006 ? "" : `closed with ${code}`);
    if (delay === null) return this.become("ended");
    this.next = now + delay;
    this.timer = setTimeout(() => this.connect(), delay);
    this.become("waiting");
  }

  become(link) {
    this.link = link;
    this.on.changed(link);
  }
}
