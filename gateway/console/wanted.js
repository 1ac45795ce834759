// SPDX-License-Identifier: Apache-2.0
// What the watch list asks for: no more than it shows. Rows on the screen and a page around them ten
// times a second, the others of the list not at all, or every 5 s where the order depends on them.

const NEAR_MS = 100;
const FAR_MS = 5000;
const SETTLE_MS = 200; // after scrolling
const AGAIN_MS = 30_000; // a past that nobody could tell of is asked for again
const HIDDEN_MS = 30_000; // a page that nobody sees for longer asks for less

export class Wanted {
  #near = [];
  #far = [];
  #hidden = false; // the page, for long
  #covered = false; // the list, by another view
  #timer = 0;
  #hiding = 0;

  constructor(client, store) {
    const options = {interval_ms: NEAR_MS};
    const take = (message) => store.take(message);
    this.store = store;
    this.near = [client.subscribe("quote", [], options, take), client.subscribe("ticker", [], options, take)];
    this.far = [client.subscribe("quote", [], {interval_ms: FAR_MS}, take),
                client.subscribe("ticker", [], {interval_ms: FAR_MS}, take)];
    this.bars = client.subscribe("bar", [], {interval: "15m", history: 96, interval_ms: FAR_MS},
                                 (message) => store.takeBars(message));
    document.addEventListener("visibilitychange", () => this.#turn());
    setInterval(() => this.#askAgain(), AGAIN_MS);
  }

  // `near` are the symbols on the screen and around it, `far` the others that are to be known. While
  // somebody scrolls it waits until they rest.
  want(near, far, scrolling = false) {
    this.#near = near;
    this.#far = far;
    clearTimeout(this.#timer);
    if (scrolling) this.#timer = setTimeout(() => this.#ask(), SETTLE_MS);
    else this.#ask();
  }

  cover(covered) {
    if (covered === this.#covered) return;
    this.#covered = covered;
    this.#ask();
  }

  #ask() {
    clearTimeout(this.#timer);
    const near = new Set(this.#near);
    const far = this.#far.filter((symbol) => !near.has(symbol));
    const before = [...this.near[0].symbols, ...this.far[0].symbols];
    const options = {interval_ms: this.#hidden || this.#covered ? FAR_MS : NEAR_MS};
    for (const subscription of this.near) subscription.set(this.#near, options);
    for (const subscription of this.far) subscription.set(far);
    this.bars.set(this.#near);
    const kept = new Set([...near, ...far]);
    for (const symbol of before) if (!kept.has(symbol)) this.store.leave(symbol);
  }

  // A venue may have been away, or slow, when its past was asked for.
  #askAgain() {
    const short = this.bars.symbols.filter((symbol) => {
      const {ticker, trend} = this.store.entry(symbol);
      return ticker && trend.size < 2;
    });
    if (document.hidden || !short.length) return;
    this.bars.remove(...short);
    this.bars.add(...short);
  }

  #turn() {
    clearTimeout(this.#hiding);
    if (!document.hidden) {
      if (this.#hidden) this.#become(false);
      return;
    }
    this.#hiding = setTimeout(() => this.#become(true), HIDDEN_MS);
  }

  #become(hidden) {
    this.#hidden = hidden;
    this.#ask();
  }
}
