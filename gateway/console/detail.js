// SPDX-License-Identifier: Apache-2.0
// One symbol in depth: chart, ladder, tape, and the same pair at other venues. Here is what is
// subscribed to, where each message goes, and what is shown as live.
import {Candles} from "./candles.js";
import {Head, standing} from "./head.js";
import {Ladder} from "./ladder.js";
import {Panes} from "./panes.js";
import {Past, barOf, barsOf} from "./bars.js";
import {Places, split, time} from "./format.js";
import {Tape} from "./tape.js";
import {Venues} from "./venues.js";

const DATA_MS = 100; // it is drawn no oftener
const HIDDEN_MS = 5000; // nor, while nobody looks, sent
const PATIENCE_MS = 30_000; // so long a hidden page goes on as if it were seen
const DEPTH = 25;
const NOTHING = "BEST is made of the quotes of several venues: it has no trades, bars and book of its own.";

export class Detail {
  #subscriptions = {};
  #freshBars = false; // whether any came on this connection
  #ends = [];
  #places = new Places();
  #hidden = 0; // the timer, or -1: nobody looks
  #state = {live: false, word: ""};

  constructor(host, ctx) {
    this.ctx = ctx;
    const {client, format, decimal} = ctx;
    const schedule = () => ctx.schedule();
    this.panes = new Panes(host, {chosen: (interval) => ctx.go({symbol: this.symbol, interval}), switched: schedule});
    this.head = new Head(this.panes.head, ctx);
    this.candles = new Candles(this.panes.chart, {format, compare: decimal.compare, schedule, more: () => this.older()});
    this.ladder = new Ladder(this.panes.ladder, {format, decimal, schedule});
    this.tape = new Tape(this.panes.tape, {format, schedule});
    this.venues = new Venues(this.panes.venues, {format, decimal, client, schedule, open: (symbol) => this.open(symbol)});
    this.panes.newest.addEventListener("click", () => this.candles.key("End"));
    this.panes.table.addEventListener("click", () =>
      this.panes.table.setAttribute("aria-pressed", String(this.candles.toggleTable())));
    this.listen();
  }

  listen() {
    const {client, prefs} = this.ctx;
    const recolour = () => this.candles.recolour();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const visible = () => this.visible();
    dark.addEventListener("change", recolour);
    document.addEventListener("visibilitychange", visible);
    const clock = setInterval(() => this.#state.live || this.ctx.schedule(), 1000); // ages count up
    this.#ends.push(
      client.on("status", (status) => this.takeStatus(status)),
      client.on("live", (symbol) => this.touch(symbol)),
      client.on("link", (link) => this.takeLink(link)),
      client.on("rejected", (refused) => this.takeRefusal(refused)),
      prefs?.on?.(recolour),
      () => dark.removeEventListener("change", recolour),
      () => document.removeEventListener("visibilitychange", visible),
      () => clearInterval(clock),
      () => clearTimeout(this.#hidden),
    );
  }

  unmount() {
    this.leave();
    for (const end of this.#ends) end?.();
    for (const part of [this.candles, this.ladder, this.tape, this.venues]) part.unmount();
    this.panes.node.remove();
  }

  // May be called again, with another symbol or interval.
  show(symbol, interval) {
    if (symbol === this.symbol && interval === this.interval) return;
    if (symbol !== this.symbol) this.change(symbol);
    this.interval = interval;
    this.panes.press(interval);
    this.past = new Past(interval);
    this.candles.load(symbol, interval);
    this.#freshBars = false;
    this.#subscriptions.bar?.close();
    this.#subscriptions.bar = this.ask("bar", symbol, {interval, history: this.past.asked});
    this.ctx.schedule();
  }

  change(symbol) {
    this.leave();
    this.symbol = symbol;
    this.best = split(symbol)[0] === "BEST";
    this.refused = "";
    this.statusAt = 0;
    this.#places = new Places();
    this.#state = {live: false, word: ""};
    this.head.clear(symbol);
    this.ladder.clear(this.best ? NOTHING : "");
    this.tape.clear(this.best ? NOTHING : `No trade since ${time(Date.now())} UTC, when this was opened.`);
    this.venues.clear(symbol);
    const status = this.ctx.client.status(symbol);
    if (status) this.takeStatus(status);
    this.follow();
  }

  leave() {
    for (const one of Object.values(this.#subscriptions)) one?.close();
    this.#subscriptions = {};
  }

  // What is of this symbol whatever the interval.
  follow() {
    const held = this.#subscriptions;
    held.ticker ??= this.ask("ticker", this.symbol, {interval_ms: 1000});
    held.quote ??= this.ask("quote", `*:${split(this.symbol)[1]}`, {interval_ms: DATA_MS});
    held.book ??= this.ask("book", this.symbol, {interval_ms: DATA_MS, depth: DEPTH});
    held.trade ??= this.ask("trade", this.symbol, {interval_ms: DATA_MS});
  }

  ask(channel, symbol, options) {
    return this.ctx.client.subscribe(channel, symbol, options, (message) => this.take(message));
  }

  take(message) {
    if (message.type === "quote") this.venues.take(message);
    if (message.symbol === this.symbol && this.takeOwn(message) === false) return;
    (this.ctx.scheduleData ?? this.ctx.schedule)();
  }

  // -> false: it was of an interval that was left
  takeOwn(message) {
    const {type} = message;
    if (type === "bar" || type === "bar_history") {
      if (message.interval !== this.interval) return false;
      this.takeBars(type === "bar" ? [barOf(message)] : barsOf(message));
      if (type === "bar_history") this.past.took(message.bars[0]?.[0]);
    } else if (type === "book") {
      this.ladder.take(message);
    } else if (type === "trade" || type === "gap") {
      this.tape.take(message);
    }
    if (type === "ticker" || type === "trade" || (type === "quote" && this.best)) this.head.take(message);
    return true;
  }

  takeBars(bars) {
    for (const {open, high, low, close} of bars) {
      for (const text of [open, high, low, close]) this.#places.see("", text);
    }
    this.candles.places = this.#places.of("");
    this.candles.merge(bars);
    this.#freshBars = true;
  }

  takeStatus(status) {
    if (split(status.symbol)[1] !== split(this.symbol ?? "")[1]) return;
    this.venues.know(status.symbol);
    if (status.symbol === this.symbol) {
      this.refused = "";
      // How long it has lasted, by the gateway's own clock: ours may be wrong.
      const lasted = status.sent ? Math.max(0, status.sent - status.since) / 1000 : 0;
      this.statusAt = Date.now() - lasted;
    }
    this.touch(status.symbol);
  }

  takeLink({state}) {
    if (state === "connecting" || state === "waiting") this.#freshBars = false;
    this.touch(this.symbol);
  }

  takeRefusal({symbol, code, did_you_mean: like}) {
    if (symbol !== this.symbol) return;
    this.refused = like?.length ? `did you mean ${like.join(", ")}?` : code.replaceAll("_", " ");
    this.touch(symbol);
  }

  touch(symbol) {
    if (split(symbol ?? "")[1] !== split(this.symbol ?? "")[1]) return;
    this.venues.touch();
    this.ctx.schedule();
  }

  older() {
    const history = this.past?.more();
    if (history) this.#subscriptions.bar.set([this.symbol], {interval: this.interval, history});
  }

  open(symbol) {
    if (symbol !== this.symbol) this.ctx.go({symbol, interval: this.interval});
  }

  key(name) {
    return this.candles.key(name);
  }

  // Nobody looks: after a while books and trades are left, and quotes come seldom.
  visible() {
    clearTimeout(this.#hidden);
    if (document.hidden) {
      this.#hidden = setTimeout(() => this.rest(), PATIENCE_MS);
      return;
    }
    const rested = this.#hidden === -1;
    this.#hidden = 0;
    if (!rested || !this.symbol) return;
    this.tape.take({type: "gap", from: null, to: null, reason: "hidden"});
    this.#subscriptions.quote.close();
    this.#subscriptions.quote = null;
    this.follow();
    this.ctx.schedule();
  }

  rest() {
    this.#hidden = -1;
    if (!this.symbol) return;
    const held = this.#subscriptions;
    for (const channel of ["book", "trade", "quote"]) held[channel]?.close();
    Object.assign(held, {book: null, trade: null});
    held.quote = this.ask("quote", `*:${split(this.symbol)[1]}`, {interval_ms: HIDDEN_MS});
  }

  draw(now) {
    if (!this.symbol) return;
    const state = standing(this.ctx.client, this.symbol, this);
    if (this.#state.word && state.word !== this.#state.word) {
      this.ctx.announce(`${this.symbol}: ${[state.word, state.more].filter(Boolean).join(", ")}`);
    }
    this.#state = state;
    const book = state.live && this.ctx.client.isLive(this.symbol, "book");
    this.panes.node.toggleAttribute("data-old", !state.live);
    this.panes.ladder.toggleAttribute("data-old", !book);
    this.head.draw(state, Date.now());
    this.candles.draw(now, !state.live || !this.#freshBars);
    this.ladder.draw(!book);
    this.tape.draw();
    this.venues.draw();
    this.panes.newest.hidden = this.candles.view.back === 0;
    this.candles.remark(this.noteOnBars());
  }

  noteOnBars() {
    const {count, view} = this.candles;
    if (!count && this.refused) return "";
    if (!count) return this.past.waiting ? "loading" : this.best ? NOTHING : "Nothing was traded yet, so there are no bars.";
    const [from] = view.range(count);
    if (from > 0) return "";
    return this.past.waiting ? "loading older bars" : this.past.over ? "the gateway has nothing older" : "";
  }
}
