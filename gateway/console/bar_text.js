// SPDX-License-Identifier: Apache-2.0
// A bar in words and digits: the chart's legend, its label for screen readers, and the table of bars.
// All digits are the gateway's own.
import {dayAndTime} from "./format.js";
import {described, element, say} from "./elements.js";

const MOST_ROWS = 300;

// When it began, in UTC, as exact as its interval needs.
export function began(bar, interval) {
  const text = dayAndTime(bar.start / 1000);
  return interval === "1d" ? text.slice(0, 10) : interval === "1s" ? text : text.slice(0, 16);
}

// What is to be known of it beside its numbers; `newest`: no bar is behind it.
export function remarks(bar, newest) {
  const said = [];
  if (bar.moving && newest) said.push("still moving");
  if (bar.moving && !newest) said.push("its end was not seen");
  if (!bar.complete) said.push("incomplete: trades of it are lost");
  if (bar.corrected) said.push("corrected");
  return said.join(", ");
}

// -1, 0, 1: by digits, not by pixels. `compare` is the client's.
export const direction = (bar, compare) => compare(bar.close, bar.open);
export const SIGN = {"-1": "\u25BC", "0": "=", "1": "\u25B2"};
const WORD = {"-1": "down", "0": "unchanged", "1": "up"};
const CLASS = {"-1": "down", "0": "muted", "1": "up"};

export class BarText {
  constructor(format, compare) {
    this.format = format;
    this.compare = compare;
  }

  numbers(bar, places) {
    const {format} = this;
    return [...["open", "high", "low", "close"].map((name) => format.price(bar[name], places)),
            format.group(bar.volume), bar.trades === null ? "\u2013" : format.count(bar.trades)];
  }

  sentence(bar, interval, places, newest) {
    const [open, high, low, close, volume, trades] = this.numbers(bar, places);
    const said = remarks(bar, newest);
    return `${began(bar, interval)} UTC, ${WORD[direction(bar, this.compare)]}: open ${open}, high ${high}, `
      + `low ${low}, close ${close}, volume ${volume}`
      + (bar.trades === null ? "" : `, ${trades} trades`) + (said ? `, ${said}` : "");
  }
}

// One line above the chart, its height reserved.
export class Legend {
  constructor(text) {
    this.text = text;
    this.node = element("p", "legend number");
    this.time = element("span", "legend-time");
    this.sign = element("span", "");
    this.values = ["O", "H", "L", "C", "Vol", "Trades"].map((name) => {
      const value = element("b", "");
      this.node.append(element("span", "legend-value", element("i", "", name), value));
      return value;
    });
    this.said = element("span", "legend-said");
    this.node.prepend(this.time, this.sign);
    this.node.append(this.said);
  }

  show(bar, interval, places, newest) {
    this.node.hidden = !bar;
    if (!bar) return;
    const way = direction(bar, this.text.compare);
    say(this.time, `${began(bar, interval)} UTC`);
    say(this.sign, SIGN[way]);
    if (this.sign.className !== CLASS[way]) this.sign.className = CLASS[way];
    this.text.numbers(bar, places).forEach((text, index) => say(this.values[index], text));
    say(this.said, remarks(bar, newest));
  }
}

// The newest bars as a table, for whoever cannot see the chart, or wants to copy it.
export class BarTable {
  constructor(text) {
    this.text = text;
    this.caption = element("caption", "muted");
    const head = element("tr");
    for (const name of ["Begins (UTC)", "", "Open", "High", "Low", "Close", "Volume", "Trades", ""]) {
      head.append(described(element("th", "", name), {scope: "col"}));
    }
    this.body = element("tbody");
    this.node = described(element("div", "bar-table", element("table", "number", this.caption,
      element("thead", "", head), this.body)), {tabindex: "0", role: "region", "aria-label": "Table of bars"});
    this.node.hidden = true;
    this.stale();
  }

  stale() {
    this.drawn = -Infinity;
  }

  get open() {
    return !this.node.hidden;
  }

  // Once a second: it is there to be read.
  draw(bars, interval, places, now) {
    if (!this.open || now - this.drawn < 1000) return;
    this.drawn = now;
    const rows = bars.slice(-MOST_ROWS).reverse();
    say(this.caption, `${rows.length} bars of ${interval}, the newest first`);
    while (this.body.rows.length > rows.length) this.body.lastChild.remove();
    rows.forEach((bar, index) => this.fill(this.body.rows[index] ?? this.more(), bar, interval, places, !index));
  }

  more() {
    const row = element("tr", "", described(element("th", ""), {scope: "row"}));
    for (let index = 0; index < 8; ++index) row.append(element("td"));
    this.body.append(row);
    return row;
  }

  fill(row, bar, interval, places, newest) {
    const way = direction(bar, this.text.compare);
    const texts = [began(bar, interval), SIGN[way], ...this.text.numbers(bar, places), remarks(bar, newest)];
    texts.forEach((text, index) => say(row.cells[index], text));
    row.cells[1].className = CLASS[way];
  }
}
