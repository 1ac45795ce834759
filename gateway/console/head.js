// SPDX-License-Identifier: Apache-2.0
// The head of the detail pane: which symbol, its last price and its day, and whether it is live, in
// words if it is not. It stays in view whatever is below it.
import {NONE, Places, age, dayAndTime, split} from "./format.js";
import {element, say} from "./elements.js";

// What a symbol is worth now: {live} or {word, more, since}; `since` by this clock, 0: not known.
export function standing(client, symbol, {refused, statusAt}) {
  const {link} = client;
  if (link.state !== "live") {
    const word = link.state === "silent" ? "nothing heard" : "no connection";
    return {live: false, word, more: link.reason ?? "", since: link.heard || link.since};
  }
  if (refused) return {live: false, word: "not known here", more: refused, since: 0};
  const status = client.status(symbol);
  if (!status) return {live: false, word: "loading", more: "", since: 0};
  if (client.isLive(symbol)) return {live: true, word: "live", more: status.note ?? "", since: 0};
  if (["live", "delayed"].includes(status.state)) return {live: false, word: client.why(symbol), more: "", since: 0};
  return {live: false, word: status.state, more: status.reason, since: statusAt};
}

export class Head {
  #seen = new Places();

  constructor(host, {format, decimal}) {
    Object.assign(this, {format, decimal});
    this.pair = element("span", "pair");
    this.venue = element("span", "venue muted");
    this.last = element("b", "last number");
    this.change = element("span", "change number");
    this.chip = element("span", "chip");
    this.why = element("span", "why");
    this.day = ["High", "Low", "Volume"].map((name) => {
      const value = element("b", "number");
      return {value, node: element("span", "day", element("i", "", `24 h ${name.toLowerCase()}`), value)};
    });
    host.append(element("h2", "", this.pair, this.venue), element("span", "prices", this.last, this.change),
                element("span", "standing", this.chip, this.why), element("span", "days", ...this.day.map(({node}) => node)));
  }

  clear(symbol) {
    const [venue, pair] = split(symbol);
    say(this.pair, pair);
    say(this.venue, venue);
    this.ticker = this.trade = this.quote = null;
    this.#seen = new Places();
  }

  // A ticker, a trade, or (of BEST, which has neither) a quote.
  take(message) {
    this[message.type] = message;
    for (const name of ["last", "price", "bid", "ask"]) this.#seen.see("", message[name]);
  }

  // The newest of what says it.
  price() {
    const {ticker, trade} = this;
    if (trade && (!ticker || trade.received >= ticker.received)) return trade.price;
    return ticker?.last ?? null;
  }

  draw(state, now) {
    const {format, decimal, ticker, quote} = this;
    const last = this.price();
    const places = this.#seen.of("");
    say(this.last, last === null && quote ? `${format.price(quote.bid, places)} / ${format.price(quote.ask, places)}`
      : format.price(last, places));
    const change = last !== null && ticker?.open ? decimal.percentChange(last, ticker.open) : null;
    const way = change === null ? 0 : decimal.compare(change, "0");
    say(this.change, change === null ? "" : `${["\u25BC ", "", "\u25B2 "][way + 1]}${format.percent(change)}`);
    this.change.className = `change number ${["down", "", "up"][way + 1]}`;
    const texts = [format.price(ticker?.high, places), format.price(ticker?.low, places), format.compact(ticker?.volume)];
    this.day.forEach(({value, node}, index) => {
      say(value, texts[index]);
      node.hidden = texts[index] === NONE;
    });
    this.day[2].node.title = ticker ? format.group(ticker.volume) : "";
    say(this.chip, state.since ? `${state.word}, ${age(now - state.since)}` : state.word);
    say(this.why, state.live ? "" : state.more);
    this.chip.title = [state.more, state.since ? `since ${dayAndTime(state.since)} UTC` : ""].filter(Boolean).join("; ");
  }
}
