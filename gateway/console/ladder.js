// SPDX-License-Identifier: Apache-2.0
// The order book as a ladder: asks, the middle at a fixed place, bids. As many rows as the pane has
// room for, whatever the book has; the bars behind them are of the same book as the numbers.
import {columnsThatFit, described, element, put, say} from "./elements.js";
import {Places, widen} from "./format.js";

const ROW = 20; // pixels, as in the style sheet
const LEAST_ROWS = 4;
const MOST_ROWS = 25; // levels a side that a book has at most

const TOTAL = 6; // characters of a compact number
// How it is known that the book is right: in short, and in a sentence.
const INTEGRITY = {
  checksum: ["verified by checksum", "the venue's checksum agrees with it"],
  sequence: ["no update is missing", "the venue numbers its updates, and all of them came"],
  order: ["updates in order", "whether one is missing cannot be known at this venue"],
  none: ["not verified", "nothing tells whether an update is missing"],
};

// [[price, size]] -> [{price, size, total}]: the sizes added up from the best one on, exactly.
export function cumulated(levels, add) {
  let total = null;
  return levels.map(([price, size]) => {
    total = total === null ? size : add(total, size);
    return {price, size, total};
  });
}

// How long the bars are: of the longer side's last total. Pixels, so doubles.
export function shares(...sides) {
  const most = Math.max(...sides.map((side) => Number(side.at(-1)?.total ?? 0)));
  return sides.map((side) => side.map(({total}) => (most > 0 ? Number(total) / most : 0)));
}

export function rowsFor(height, middle) {
  return Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor((height - middle) / 2 / ROW)));
}

export class Ladder {
  rows = {asks: [], bids: []};
  book = null;
  height = 0;
  #dirty = true;
  #old = null;
  #widths = new Places();

  constructor(host, {format, decimal, schedule}) {
    Object.assign(this, {format, decimal, schedule});
    this.asks = described(element("div", "ladder-side asks"), {role: "rowgroup", "aria-label": "asks, the best last"});
    this.bids = described(element("div", "ladder-side bids"), {role: "rowgroup", "aria-label": "bids, the best first"});
    this.mid = element("b", "");
    this.spread = element("span", "muted");
    this.middle = described(element("div", "ladder-middle number", this.mid, this.spread), {role: "row"});
    described(this.mid, {role: "cell", title: "halfway between the best bid and the best ask"});
    described(this.spread, {role: "cell"});
    this.body = element("div", "ladder-body", this.asks, this.middle, this.bids);
    this.note = element("p", "pane-note muted");
    const heads = ["Price", "Size", "Total"].map((name) =>
      described(element("span", name.toLowerCase(), name), {role: "columnheader"}));
    this.table = described(element("div", "ladder", described(element("div", "ladder-row pane-head muted", ...heads),
      {role: "row"}), this.body), {role: "table", "aria-label": "Order book"});
    host.append(this.table, this.note);
    // Cut down to its magnitude; whoever points at it gets all of it.
    this.body.addEventListener("pointerover", ({target}) => {
      const total = target.closest(".ladder-row")?.querySelector(".total");
      if (total) put(total, "title", total.dataset.exact);
    });
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.body);
    this.unmount = () => observer.disconnect();
  }

  clear(words) {
    this.book = null;
    this.words = words;
    this.#widths = new Places();
    this.#dirty = true;
  }

  take(book) {
    this.book = book;
    this.#dirty = true;
    for (const [price, size] of [...book.bids, ...book.asks]) {
      this.#widths.see("price", price);
      this.#widths.see("size", size);
    }
  }

  // Sizes are read here and not at each draw, which would cost a layout.
  resize() {
    this.width = this.body.clientWidth;
    this.height = this.body.clientHeight;
    if (!this.height) return;
    this.#dirty = true;
    this.schedule();
    const count = rowsFor(this.height, this.middle.offsetHeight);
    if (count === this.rows.asks.length) return;
    for (const side of ["asks", "bids"]) {
      this.rows[side] = Array.from({length: count}, () => this.row());
      const rows = this.rows[side].map(({node}) => node); // from the best one on
      this[side].replaceChildren(...(side === "asks" ? rows.reverse() : rows));
    }
  }

  row() {
    const bar = described(element("i", "depth"), {"aria-hidden": "true"});
    const cells = ["price", "size", "total"].map((name) => described(element("span", name), {role: "cell"}));
    return {node: described(element("div", "ladder-row number", bar, ...cells), {role: "row"}), bar, cells, share: ""};
  }

  draw(old) {
    if (!(this.#dirty || old !== this.#old) || !this.height) return;
    this.#dirty = false;
    this.#old = old;
    const count = this.rows.asks.length;
    const [asks, bids] = ["asks", "bids"].map((side) =>
      cumulated((this.book?.[side] ?? []).slice(0, count), this.decimal.add));
    const [askShares, bidShares] = shares(asks, bids);
    this.fit([...asks, ...bids]);
    this.fill("asks", asks, askShares);
    this.fill("bids", bids, bidShares);
    this.drawMiddle(asks[0], bids[0], old);
    const [short, sentence] = INTEGRITY[this.book?.integrity] ?? [this.book?.integrity, ""];
    say(this.note, this.book ? `Book: ${short}` : this.words ?? "");
    put(this.note, "title", sentence);
  }

  // Narrow: the total goes first, then the size.
  fit(levels) {
    const longest = (name) => Math.max(5, ...levels.map((level) =>
      this.format.price(level[name], this.#widths.of(name)).length));
    const lengths = [longest("price"), longest("size"), TOTAL];
    const count = columnsThatFit(this.width, lengths);
    put(this.table, "data-columns", String(count));
    const template = lengths.slice(0, count).map((length) => `${length}fr`).join(" ");
    if (template !== this.template) this.table.style.setProperty("--columns", this.template = template);
  }

  fill(side, levels, lengths) {
    const {format} = this;
    const [price, size] = [this.#widths.of("price"), this.#widths.of("size")];
    this.rows[side].forEach((row, index) => {
      const level = levels[index];
      const none = index === 0 && this.book ? `no ${side}` : "";
      say(row.cells[0], level ? format.price(level.price, price) : none);
      say(row.cells[1], level ? format.price(level.size, size) : "");
      say(row.cells[2], level ? format.compact(widen(level.total, size)) : "");
      row.cells[2].dataset.exact = level ? level.total : "";
      const share = level ? lengths[index].toFixed(4) : "0";
      if (share !== row.share) row.bar.style.transform = `scaleX(${row.share = share})`;
    });
  }

  // Of a book that is not live there is no spread to be had.
  drawMiddle(ask, bid, old) {
    const {format, decimal} = this;
    const both = ask && bid;
    say(this.mid, both ? format.price(decimal.mid(bid.price, ask.price), this.#widths.of("price")) : "\u2013");
    const spread = both && !old ? decimal.subtract(ask.price, bid.price) : null;
    say(this.spread, spread === null ? "spread \u2013"
      : `spread ${format.group(spread)} (${format.group(decimal.percentChange(ask.price, bid.price, 4) ?? "0")}%)`);
  }
}
