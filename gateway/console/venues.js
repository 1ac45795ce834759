// SPDX-License-Identifier: Apache-2.0
// The same pair at every venue, side by side: BEST first, the others by name. What is not live is
// grey, says why, and is no part of what is best.
import {described, element, put, say} from "./elements.js";
import {NONE, Places, split} from "./format.js";

const BEST = "BEST";
const MARK = "\u25C6 ";

// The best bid and the best ask of quotes ([{bid, ask}]), by their digits; null: nobody has one.
export function bestOf(quotes, compare) {
  const best = {bid: null, ask: null};
  for (const {bid, ask} of quotes) {
    if (bid !== null && (best.bid === null || compare(bid, best.bid) > 0)) best.bid = bid;
    if (ask !== null && (best.ask === null || compare(ask, best.ask) < 0)) best.ask = ask;
  }
  return best;
}

export function inOrder(symbols) {
  const name = (symbol) => (split(symbol)[0] === BEST ? "" : split(symbol)[0]);
  return [...symbols].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

export class Venues {
  #quotes = new Map(); // symbol -> its newest, null: none yet
  #rows = new Map();
  height = 0;
  #dirty = true;
  #seen = new Places();

  constructor(host, {format, decimal, client, open, schedule}) {
    Object.assign(this, {format, decimal, client});
    const head = element("tr");
    for (const name of ["Venue", "Bid", "Ask", "Spread"]) {
      head.append(described(element("th", name === "Venue" ? "" : `number ${name.toLowerCase()}`, name), {scope: "col"}));
    }
    this.body = element("tbody");
    this.table = element("table", "venues-table", element("caption", "unseen", "The same pair at every venue"),
                         element("thead", "pane-head muted", head), this.body);
    this.note = element("p", "pane-note muted", `${MARK}best of those that are live`);
    const scroller = element("div", "venues-body", this.table);
    host.append(scroller, this.note);
    const observer = new ResizeObserver(() => {
      this.height = scroller.clientHeight; // read here and not at each draw, which would cost a layout
      schedule();
    });
    observer.observe(scroller);
    this.unmount = () => observer.disconnect();
    this.body.addEventListener("click", (event) => {
      const symbol = event.target.closest("tr")?.dataset.symbol;
      if (symbol && !getSelection().toString()) open(symbol);
    });
  }

  clear(symbol) {
    this.symbol = symbol;
    this.pair = split(symbol)[1];
    this.#quotes.clear();
    this.#rows.clear();
    this.#seen = new Places();
    this.body.replaceChildren();
    this.know(symbol);
  }

  // That there is such a venue, whether it has a quote or not.
  know(symbol) {
    if (split(symbol)[1] !== this.pair || this.#quotes.has(symbol)) return;
    this.#quotes.set(symbol, null);
    const name = element("button", "bare", split(symbol)[0]);
    const why = element("span", "why");
    const row = element("tr", "", described(element("th", "", name, why), {scope: "row"}),
                        ...["bid", "ask", "spread"].map((kind) => element("td", `number ${kind}`)));
    row.dataset.symbol = symbol;
    if (symbol === this.symbol) put(name, "aria-current", "true");
    this.#rows.set(symbol, {row, why});
    for (const next of inOrder(this.#rows.keys())) this.body.append(this.#rows.get(next).row);
    this.#dirty = true;
  }

  take(quote) {
    this.know(quote.symbol);
    this.#quotes.set(quote.symbol, quote);
    this.#seen.see("", quote.bid);
    this.#seen.see("", quote.ask);
    this.#dirty = true;
  }

  touch() {
    this.#dirty = true;
  }

  live(symbol) {
    return this.#quotes.get(symbol) !== null && this.client.isLive(symbol, "quote");
  }

  draw() {
    if (!this.#dirty || !this.height) return;
    this.#dirty = false;
    const venues = [...this.#quotes.keys()].filter((symbol) => split(symbol)[0] !== BEST && this.live(symbol));
    const best = bestOf(venues.map((symbol) => this.#quotes.get(symbol)), this.decimal.compare);
    for (const [symbol, {row, why}] of this.#rows) this.fill(symbol, row, why, best);
  }

  fill(symbol, row, why, best) {
    const {format, decimal} = this;
    const quote = this.#quotes.get(symbol);
    const live = this.live(symbol);
    const places = this.#seen.of("");
    row.toggleAttribute("data-old", !live);
    for (const [index, side] of [[1, "bid"], [2, "ask"]]) {
      const price = quote?.[side] ?? null;
      const isBest = live && price !== null && split(symbol)[0] !== BEST && decimal.compare(price, best[side] ?? price) === 0;
      say(row.cells[index], (isBest ? MARK : "") + format.price(price, places));
      row.cells[index].classList.toggle("best", isBest);
      const of = quote?.[`${side}_venue`];
      const title = `${price === null ? `no ${side}` : `${quote[`${side}_size`]} at ${price}`}${of ? `, of ${of}` : ""}${isBest ? `, the best ${side}` : ""}`;
      if (row.cells[index].title !== title) row.cells[index].title = title;
    }
    const both = live && quote.bid !== null && quote.ask !== null;
    say(row.cells[3], both ? format.price(decimal.subtract(quote.ask, quote.bid), places) : NONE);
    say(why, live ? this.remark(quote) : this.client.why(symbol, "quote") || "no price yet");
  }

  // Of BEST, whose its sides are.
  remark(quote) {
    const {bid_venue: bid, ask_venue: ask, crossed} = quote;
    if (bid === undefined) return "";
    return `${bid === ask ? bid : `${bid ?? NONE} / ${ask ?? NONE}`}${crossed ? ", crossed" : ""}`;
  }
}
