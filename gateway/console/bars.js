// SPDX-License-Identifier: Apache-2.0
// The bars of one symbol and interval, oldest first. A bar is known by its start, and whatever comes
// with the same start replaces it: history, the open bar as it moves, a late trade's correction.

export const SECONDS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400};
export const INTERVALS = Object.keys(SECONDS);
export const MOST_HISTORY = 1000; // closed bars that the gateway gives to one request

// What the page holds: a bar a second, for as long as it stays open, would be without an end.
const MOST_BARS = 2000;

// The texts are what is shown. The numbers are for pixels alone.
function bar(texts) {
  const {open, high, low, close, volume} = texts;
  return {...texts, pixels: {open: +open, high: +high, low: +low, close: +close, volume: +volume}};
}

export function barOf(message) {
  const {start, open, high, low, close, volume, trades, closed, corrected, complete} = message;
  return bar({start, open, high, low, close, volume, trades, moving: !closed && !corrected,
              corrected: corrected === true, complete: complete !== false});
}

export function barsOf(history) {
  const incomplete = new Set(history.incomplete);
  return history.bars.map(([start, open, high, low, close, volume, trades], index) => bar({
    start, open, high, low, close, volume, trades, corrected: false,
    moving: history.open === true && index === history.bars.length - 1,
    complete: !incomplete.has(start)}));
}

export class Bars {
  list = [];

  get last() {
    return this.list.at(-1);
  }

  // Where the bar with this start is, or would be.
  at(start) {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].start < start) low = middle + 1; else high = middle;
    }
    return low;
  }

  // -> how many came behind what was the last bar: by so many a view that looks back has to move.
  merge(bars) {
    const last = this.last?.start ?? -Infinity;
    const before = [];
    for (const one of bars) {
      const index = this.at(one.start);
      if (this.list[index]?.start === one.start) this.list[index] = one;
      else if (index === this.list.length) this.list.push(one);
      else before.push(one);
    }
    if (before.length) this.list = [...before, ...this.list].sort((a, b) => a.start - b.start);
    if (this.list.length > MOST_BARS) this.list.splice(0, this.list.length - MOST_BARS);
    return last === -Infinity ? 0 : this.list.length - this.at(last + 1);
  }
}

// How much of the past is asked for: a step more whenever what is shown comes near the oldest bar,
// until the gateway gives no more than before, or no more at all.
export class Past {
  static STEPS = [300, 600, MOST_HISTORY];
  asked = Past.STEPS[0];
  waiting = true; // for the answer
  over = false;
  #oldest = Infinity;

  constructor(interval) {
    this.near = 10 * SECONDS[interval] * 1e6;
  }

  // The first start of a history, undefined: it has no bar. What begins much later than what we have
  // answers somebody else, or is the rest of an answer in several objects.
  took(oldest) {
    const before = this.#oldest;
    this.#oldest = Math.min(before, oldest ?? Infinity);
    if (!this.waiting || oldest > before + this.near) return;
    this.waiting = false;
    this.over = !(oldest < before) || this.asked >= MOST_HISTORY;
  }

  // -> how many to ask for now, or 0
  more() {
    if (this.waiting || this.over) return 0;
    this.asked = Past.STEPS.find((step) => step > this.asked);
    this.waiting = true;
    return this.asked;
  }
}
