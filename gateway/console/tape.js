// SPDX-License-Identifier: Apache-2.0
// The trades as they happen, the newest on top, in 200 rows that are used again. Who has scrolled
// away reads undisturbed: the tape stands still, and counts what is new.
import {columnsThatFit, described, element, put, say} from "./elements.js";
import {Places, time} from "./format.js";

export const ROWS = 200;
const LARGE = 0.95; // from this part of the sizes on, one is large

const REASONS = {
  slow_consumer: "this page could not keep up",
  feed_gap: "lost on the way from the venue, or not credible",
  too_old: "not held by the gateway any more",
  feed_restart: "the gateway began anew",
  reconnected: "there was no connection",
  hidden: "this page was hidden",
};

// The size that this share of them is below. By doubles, for nothing but the weight of a font.
export function percentile(sizes, share) {
  if (!sizes.length) return Infinity;
  const sorted = sizes.map(Number).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

// From which size on one is large; where most are alike, none is.
export function largeFrom(sizes) {
  const large = percentile(sizes, LARGE);
  return sizes.length >= 20 && large > percentile(sizes, 0.5) ? large : Infinity;
}

export function gapWords({from, to, reason}, count) {
  const why = REASONS[reason] ?? reason;
  if (typeof from !== "number" || typeof to !== "number") return `Trades are missing here: ${why}`;
  const lost = to - from + 1;
  return `${count(lost)} trade${lost === 1 ? " is" : "s are"} missing here: ${why}`;
}

export class Tape {
  #items = []; // the newest first, at most ROWS
  #fresh = 0; // of them not shown yet
  #missed = 0; // since it stands still
  #places = {price: 0, size: 0};
  #seen = new Places();
  #large = Infinity;
  #fitted = false; // whether the columns are for the width there is
  still = false; // whoever reads has scrolled away
  height = 0;

  constructor(host, {format, schedule}) {
    Object.assign(this, {format, schedule});
    const heads = [["time", "UTC"], ["price", "Price"], ["size", "Size"]].map(([name, text]) =>
      described(element("span", name, text), {role: "columnheader"}));
    this.head = described(element("div", "tape-row pane-head muted", ...heads), {role: "row"});
    this.body = described(element("div", "tape-body"), {role: "rowgroup", tabindex: "0", "aria-label": "Trades, the newest first"});
    this.jump = element("button", "tape-new");
    this.jump.hidden = true;
    this.note = element("p", "tape-note muted");
    this.table = described(element("div", "tape", this.head, this.jump, this.body, this.note),
                           {role: "table", "aria-label": "Trades", "aria-rowcount": "-1"});
    host.append(this.table);
    this.rows = [];
    this.jump.addEventListener("click", () => {
      this.body.scrollTop = 0;
      this.body.focus();
      schedule();
    });
    this.body.addEventListener("scroll", () => {
      this.still = this.body.scrollTop > 4;
      schedule();
    }, {passive: true});
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.body);
    this.unmount = () => observer.disconnect();
  }

  // Sizes are read here and not at each draw, which would cost a layout.
  resize() {
    Object.assign(this, {width: this.body.clientWidth, height: this.body.clientHeight});
    this.table.style.setProperty("--bar", `${this.body.offsetWidth - this.width}px`); // what scrolls, beside the rows
    this.#fitted = false;
    this.schedule();
  }

  clear(words) {
    this.#items = [];
    this.#fresh = this.#missed = 0;
    this.#places = {price: 0, size: 0};
    this.#seen = new Places();
    this.#large = Infinity;
    this.#fitted = this.still = false;
    this.rows.forEach((row) => row.node.remove());
    this.rows = [];
    this.body.scrollTop = 0;
    this.jump.hidden = true;
    say(this.note, words);
  }

  // A trade, or a gap: a hole is a row too.
  take(item) {
    this.#items.unshift(item);
    if (this.#items.length > ROWS) this.#items.pop();
    this.#fresh = Math.min(this.#fresh + 1, ROWS);
    if (item.type !== "trade") return;
    ++this.#missed;
    this.#seen.see("price", item.price);
    this.#seen.see("size", item.size);
  }

  draw() {
    if (this.still) {
      this.jump.hidden = this.#missed === 0;
      if (this.#missed) say(this.jump, `${this.format.count(this.#missed)} new`);
      return;
    }
    this.#missed = 0;
    if (!this.jump.hidden) this.jump.hidden = true;
    if (!(this.#fresh || !this.#fitted) || !this.height) return;
    if (this.#items.length) say(this.note, "");
    const trades = this.#items.filter(({type}) => type === "trade");
    this.#large = largeFrom(trades.map(({size}) => size));
    const wider = ["price", "size"].filter((name) => this.#seen.of(name) > this.#places[name]);
    for (const name of wider) this.#places[name] = this.#seen.of(name);
    for (let index = this.#fresh - 1; index >= 0; --index) this.add(this.#items[index]);
    if (wider.length || !this.#fitted) this.fit(trades);
    if (wider.length) this.rows.forEach((row) => this.fill(row, row.item, row.large));
    this.#fresh = 0;
  }

  // Narrow: the time goes first.
  fit(trades) {
    this.#fitted = trades.length > 0;
    const longest = (name) => Math.max(5, ...trades.map((trade) =>
      this.format.price(trade[name], this.#places[name]).length));
    const [price, size] = [longest("price") + 2.5, longest("size")];
    const columns = columnsThatFit(this.width, [price, size, 8]);
    put(this.table, "data-columns", String(columns));
    const shares = [...(columns > 2 ? [8] : []), price, ...(columns > 1 ? [size] : [])];
    this.table.style.setProperty("--columns", shares.map((share) => `${share}fr`).join(" "));
  }

  // On top: a new row, or the lowest one once more.
  add(item) {
    const row = this.rows.length < ROWS ? this.row() : this.rows.pop();
    this.rows.unshift(row);
    this.body.prepend(row.node);
    this.fill(row, item, item.type === "trade" && Number(item.size) >= this.#large);
  }

  row() {
    const cells = ["time", "price", "size"].map((name) => described(element("span", name), {role: "cell"}));
    return {node: described(element("div", "", ...cells), {role: "row"}), cells};
  }

  fill(row, item, large) {
    const {node, cells: [at, price, size]} = row;
    Object.assign(row, {item, large});
    if (item.type !== "trade") {
      node.className = "tape-row gap";
      say(at, gapWords(item, (number) => this.format.count(number)));
      price.textContent = size.textContent = node.title = "";
      return;
    }
    const buy = item.side === "buy";
    node.className = `tape-row number ${buy ? "buy" : "sell"}${large ? " large" : ""}`;
    say(at, time((item.time ?? item.received) / 1000));
    say(price, `${buy ? "\u25B2" : "\u25BC"} ${this.format.price(item.price, this.#places.price)}`);
    say(size, this.format.price(item.size, this.#places.size));
    const title = `${buy ? "bought" : "sold"} by the taker at ${at.textContent} UTC`;
    if (node.title !== title) node.title = title;
  }
}
