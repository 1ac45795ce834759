// SPDX-License-Identifier: Apache-2.0
// What this page itself gets: how many updates a second, and how long the way to the gateway and back
// takes. By our own clock alone: the gateway's may differ.

const KINDS = ["quote", "trade", "book", "ticker", "bar", "bar_history", "status", "gap", "heartbeat"];
const PING_MS = 5000;
const TIMES = 12; // a minute of them

export class Traffic {
  total = 0;
  rate = 0;
  times = []; // ms, the newest last
  #before = 0;
  #beat = 0;
  #asked = 0;

  constructor(client, changed) {
    this.client = client;
    this.changed = changed;
    for (const kind of KINDS) client.on(kind, () => { this.total += 1; });
    client.on("link", ({state}) => {
      if (state !== "live") this.times = [];
      else if (!this.times.length) this.ping();
    });
  }

  // Once a second.
  beat() {
    const now = performance.now();
    this.rate = ((this.total - this.#before) * 1000) / Math.max(1, now - this.#beat);
    this.#before = this.total;
    this.#beat = now;
    if (!document.hidden && now - this.#asked >= PING_MS) this.ping();
  }

  ping() {
    if (this.client.link.state !== "live") return;
    this.#asked = performance.now();
    this.client.ping().then((ms) => {
      this.times = [...this.times, ms].slice(-TIMES);
      this.changed();
    }, () => {}); // the connection ended, and says so itself
  }

  // Of the last minute, the one in the middle.
  get median() {
    return this.times.length ? this.times.toSorted((a, b) => a - b)[this.times.length >> 1] : null;
  }

  get newest() {
    return this.times.at(-1) ?? null;
  }
}
