// SPDX-License-Identifier: Apache-2.0
// One row of the watch list: its cells, and how a change is shown. It is recycled, so nothing of the
// symbol that it had may stay.
import {NONE, age, changedFrom, dayAndTime, split, widen} from "./format.js";

export const FLASH_MS = 300;
const AGAIN_MS = 500; // a cell flashes twice a second at most
const TREND = {width: 64, height: 20};

// In the order of the columns; the texts of those in `widths` decide how wide they are.
export const COLUMNS = [
  ["symbol", "Symbol"], ["last", "Last"], ["bid", "Bid"], ["ask", "Ask"], ["spread", "Spread"],
  ["change", "24 h"], ["volume", "Volume"], ["trend", "Day"], ["state", "State"],
];

function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

// A price that moves: a triangle of its last move, the head, and the tail that changed.
class PriceCell {
  constructor(name) {
    this.arrow = element("span", "arrow");
    this.arrow.setAttribute("aria-hidden", "true");
    this.head = new Text();
    this.tail = element("span", "tail");
    this.element = element("div", `cell number price ${name}`, this.arrow, this.head, this.tail);
    this.clear();
  }

  clear() {
    this.value = null; // the venue's own digits
    this.text = "";
    this.end = this.next = 0;
    this.head.data = this.tail.textContent = this.arrow.textContent = "";
    this.tail.className = this.arrow.className = "";
  }

  // Folded updates: it is compared with what is shown. What is not live does not move.
  set(value, text, now, decimal, {live, flash}) {
    if (text === this.text) return;
    const moved = live && this.value !== null && value !== null ? decimal.compare(value, this.value) : 0;
    const from = moved ? changedFrom(this.text, text) : text.length;
    this.head.data = text.slice(0, from);
    this.tail.textContent = text.slice(from);
    this.tail.className = "";
    this.value = value;
    this.text = text;
    if (!moved) return;
    const way = moved > 0 ? "up" : "down";
    this.arrow.textContent = moved > 0 ? "\u25B2" : "\u25BC";
    this.arrow.className = `arrow ${way}`;
    if (!flash || now < this.next) return;
    this.tail.className = `flash-${way}`;
    this.end = now + FLASH_MS;
    this.next = now + AGAIN_MS;
  }

  // Ends what has flashed long enough; whether it still does.
  calm(now) {
    if (this.end === 0) return false;
    if (now < this.end) return true;
    this.end = 0;
    this.tail.className = "";
    return false;
  }
}

export class Row {
  constructor(ctx, number) {
    this.ctx = ctx;
    this.symbol = "";
    this.pair = element("span", "pair");
    this.venue = element("span", "venue");
    this.grip = element("span", "grip", "\u2807");
    this.grip.setAttribute("aria-hidden", "true");
    this.away = element("button", "away bare", "\u00D7");
    this.away.tabIndex = -1;
    this.prices = {last: new PriceCell("last"), bid: new PriceCell("bid"), ask: new PriceCell("ask")};
    this.texts = {};
    for (const name of ["spread", "change", "volume"]) this.texts[name] = element("div", `cell number ${name}`);
    this.line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${TREND.width} ${TREND.height}`);
    svg.append(this.line);
    this.trend = element("div", "cell trend", svg);
    this.chip = element("span", "chip");
    this.more = element("span", "more");
    this.state = element("div", "cell state", this.chip, this.more, this.away);
    const cells = [element("div", "cell symbol", this.grip, this.pair, this.venue), this.prices.last.element,
                   this.prices.bid.element, this.prices.ask.element, this.texts.spread, this.texts.change,
                   this.texts.volume, this.trend, this.state];
    this.element = element("div", "row", ...cells);
    this.element.id = `row-${number}`;
    this.element.setAttribute("role", "row");
    cells.forEach((cell, i) => {
      cell.setAttribute("role", i === 0 ? "rowheader" : "gridcell");
      cell.setAttribute("aria-colindex", i + 1);
    });
  }

  bind(symbol, index, {active, chosen}) {
    const [venue, pair] = split(symbol);
    this.element.setAttribute("aria-rowindex", index + 2); // the head is the first
    this.element.setAttribute("aria-selected", chosen);
    this.element.toggleAttribute("data-active", active);
    if (symbol === this.symbol) return;
    this.symbol = symbol;
    this.element.dataset.symbol = symbol;
    this.pair.textContent = pair;
    this.venue.textContent = venue;
    this.element.style.setProperty("--letters", venue.length);
    this.pair.parentNode.title = symbol;
    this.away.setAttribute("aria-label", `remove ${symbol}`);
    for (const cell of Object.values(this.prices)) cell.clear();
    for (const cell of Object.values(this.texts)) cell.textContent = "";
    this.line.removeAttribute("d");
    this.shape = null;
  }

  // -> whether something flashes and has to be ended later
  draw(now) {
    const {store} = this.ctx;
    const entry = store.entry(this.symbol);
    const live = store.isLive(this.symbol);
    this.element.toggleAttribute("data-old", !live);
    this.drawPrices(entry, live, now);
    this.drawDay(entry);
    this.drawState(entry, live);
    return this.calm(now);
  }

  calm(now) {
    let more = false;
    for (const cell of Object.values(this.prices)) more = cell.calm(now) || more;
    return more;
  }

  drawPrices({quote, ticker}, live, now) {
    const {format, decimal, store, prefs} = this.ctx;
    const digits = store.places.of(this.symbol);
    const values = {last: ticker?.last ?? null, bid: quote?.bid ?? null, ask: quote?.ask ?? null};
    for (const [name, cell] of Object.entries(this.prices)) {
      cell.set(values[name], format.price(values[name], digits), now, decimal, {live, flash: prefs.flash});
    }
    this.drawSpread(live ? quote : null, digits);
  }

  // In hundredths of the bid, which compares over symbols; the exact difference is its title.
  drawSpread(quote, digits) {
    const {format, decimal} = this.ctx;
    const both = Boolean(quote?.bid && quote.ask);
    put(this.texts.spread, both ? format.percent(decimal.percentChange(quote.ask, quote.bid, 4), "") : NONE);
    const crossed = both && Boolean(quote.crossed);
    this.texts.spread.classList.toggle("crossed", crossed);
    this.texts.spread.title = !both ? "" : format.price(decimal.subtract(quote.ask, quote.bid), digits) +
      (crossed ? ": crossed, the bid of one venue is above the ask of another" : "");
  }

  drawDay({ticker, trend}) {
    const {format, decimal} = this.ctx;
    const change = ticker?.open ? decimal.percentChange(ticker.last, ticker.open) : null;
    put(this.texts.change, format.percent(change));
    const way = change === null ? 0 : decimal.compare(change, "0");
    this.texts.change.className = `cell number change ${["down", "", "up"][way + 1]}`;
    put(this.texts.volume, format.compact(ticker?.volume));
    this.texts.volume.title = ticker ? format.group(ticker.volume) : "";
    if (trend !== this.shape) {
      this.shape = trend;
      this.line.setAttribute("d", path([...trend.values()]));
    }
    this.trend.className = `cell trend ${["down", "", "up"][way + 1]}`;
  }

  drawState(entry, live) {
    if (live) {
      put(this.chip, "live");
      put(this.more, "");
      this.state.title = entry.status.note ?? "";
      return;
    }
    const {word, more, since} = this.ctx.store.why(this.symbol);
    this.chip.toggleAttribute("data-soft", word === "loading" || word === "no price yet");
    put(this.chip, since ? `${word}, ${age(Date.now() - since)}` : word);
    put(this.more, more);
    this.state.title = [word, more, since ? `since ${dayAndTime(since)} UTC` : ""].filter(Boolean).join("; ");
  }

  // For who cannot see it.
  say() {
    const {store} = this.ctx;
    const {quote, ticker} = store.entry(this.symbol);
    const digits = store.places.of(this.symbol);
    const plain = (text) => (text ? widen(text, digits) : "unknown");
    const state = store.isLive(this.symbol) ? "live" : store.why(this.symbol).word;
    return `${this.symbol}: last ${plain(ticker?.last)}, bid ${plain(quote?.bid)}, ask ${plain(quote?.ask)}, ${state}`;
  }
}

function put(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

// Doubles, for these are pixels.
function path(texts) {
  if (texts.length < 2) return "";
  const values = texts.map(Number);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const x = (i) => 1 + (i * (TREND.width - 2)) / (values.length - 1);
  const y = (value) => TREND.height - 2 - ((value - low) * (TREND.height - 4)) / span;
  return values.map((value, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}
