// SPDX-License-Identifier: Apache-2.0
// In which order the watch list shows its symbols. Sorting is live, but never under a pointer or a
// focus, and every 2 s at most: who aims at a row shall hit it.

const SORT_MS = 2000;

// What a column sorts by; null: nothing is known, which stands last both ways.
const KEYS = {
  symbol: (symbol) => symbol,
  last: (symbol, {ticker}) => ticker?.last ?? null,
  bid: (symbol, {quote}) => quote?.bid ?? null,
  ask: (symbol, {quote}) => quote?.ask ?? null,
  spread: (symbol, {quote}, decimal) =>
    (quote?.bid && quote?.ask ? decimal.percentChange(quote.ask, quote.bid, 8) : null),
  // Eight places: what is shown has two.
  change: (symbol, {ticker}, decimal) =>
    (ticker?.open && ticker.last ? decimal.percentChange(ticker.last, ticker.open, 8) : null),
  volume: (symbol, {ticker}) => ticker?.volume ?? null,
};

export function canSort(column) {
  return column in KEYS;
}

// `sort`: {column, down} or null, which leaves the list as it is.
export function sorted(symbols, sort, entry, decimal) {
  if (sort === null) return symbols;
  const key = KEYS[sort.column];
  const sign = sort.down ? -1 : 1;
  const keys = new Map(symbols.map((symbol) => [symbol, key(symbol, entry(symbol), decimal)]));
  const compare = sort.column === "symbol" ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : decimal.compare;
  return symbols.toSorted((a, b) => {
    const [left, right] = [keys.get(a), keys.get(b)];
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * compare(left, right);
  });
}

// The next of what a click on a column's head means: largest first, smallest first, the list's own order.
export function next(sort, column) {
  const first = column !== "symbol"; // letters begin at A
  if (sort?.column !== column) return {column, down: first};
  return sort.down === first ? {column, down: !first} : null;
}

// When it may be sorted again.
export class Pace {
  #last = -Infinity;

  due(now, busy) {
    if (busy || now - this.#last < SORT_MS) return false;
    this.#last = now;
    return true;
  }

  reset() {
    this.#last = -Infinity;
  }
}
