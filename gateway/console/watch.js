// SPDX-License-Identifier: Apache-2.0
// The watch list: a grid of rows, one of which is active (it has the keys) and one chosen (its detail is
// shown). The focus stays on the grid itself, so recycling rows takes it from nobody.
import {Drag} from "./drag.js";
import {Pace, canSort, next, sorted} from "./order.js";
import {COLUMNS, Row} from "./row.js";
import {read, write} from "./storage.js";
import {VirtualList} from "./vlist.js";

const ROW = 28;
const NARROW_ROW = 44; // two lines, and high enough for a finger
const LONG_ROW = 64; // three
const LONG = 17; // characters of a price that have no place beside others
const NARROW = "(max-width: 760px)";
const MOST_CHARACTERS = 48;
const LEAST_CHARACTERS = {last: 8, bid: 8, ask: 8, spread: 8};

export class Watch {
  #order = []; // the symbols as they are shown
  #active = ""; // by symbol: sorting moves rows
  #chosen = "";
  #flashing = new Set();
  #widths = {};
  #rebind = true;
  #made = 0;
  #pointer = false;

  constructor(host, ctx) {
    Object.assign(this, {host, ctx});
    this.pace = new Pace();
    this.sort = this.#keptSort();
    this.narrow = window.matchMedia(NARROW);
    this.narrow.addEventListener("change", () => this.refresh());
    this.#build();
    this.drag = new Drag(this, ctx);
    this.list = new VirtualList({
      scroller: this.scroller, body: this.body,
      make: () => new Row(ctx, ++this.#made),
      bind: (row, index) => this.#bind(row, index),
      scrolled: () => { this.#want(true); ctx.schedule(); },
    });
    this.timer = setInterval(() => this.#age(), 1000);
  }

  // Another list, or this one differently.
  refresh() {
    const {lists, store, decimal} = this.ctx;
    const gone = this.#order.filter((symbol) => !lists.has(symbol));
    this.#order = sorted(lists.symbols, this.sort, (symbol) => store.entry(symbol), decimal);
    if (!lists.has(this.#active)) this.#active = this.#order[0] ?? "";
    const long = ["last", "bid", "ask"].some((name) => this.#widths[name] >= LONG);
    this.rowHeight = !this.narrow.matches ? ROW : long ? LONG_ROW : NARROW_ROW;
    this.host.classList.toggle("long", long);
    this.grid.setAttribute("aria-rowcount", this.#order.length + 1);
    this.empty.hidden = this.#order.length > 0 || !this.ctx.ready();
    this.list.reset(this.#order.length, this.rowHeight);
    this.pace.reset();
    this.#showSort();
    this.#want();
    for (const symbol of gone) store.forget(symbol);
    this.ctx.schedule();
  }

  draw(now, data) {
    const {store} = this.ctx;
    if (data && this.sort && this.pace.due(now, this.#pointer || this.grid.matches(":focus-within"))) this.#resort();
    if (this.#rebind) {
      this.#rebind = false;
      this.list.reset(this.#order.length, this.rowHeight);
    }
    const fresh = new Set();
    this.binding = fresh;
    this.list.draw();
    for (const [, row] of this.list.rows()) {
      if (fresh.has(row) || (data && store.dirty.has(row.symbol))) {
        if (row.draw(now)) this.#flashing.add(row);
      } else if (this.#flashing.has(row) && !row.calm(now)) {
        this.#flashing.delete(row);
      }
    }
    if (data) store.dirty.clear();
    if (data || fresh.size) this.#widen();
    if (this.#flashing.size) this.ctx.scheduleData();
    this.#point();
  }

  // Another view covers it, or does no more.
  cover(covered) {
    this.ctx.wanted.cover(covered);
    this.host.hidden = covered;
    if (!covered) this.#want();
  }

  get active() {
    return this.#active;
  }

  get order() {
    return this.#order;
  }

  // Makes one the active row; it is scrolled into sight.
  activate(symbol) {
    if (!this.#order.includes(symbol)) return;
    this.#active = symbol;
    this.list.scrollTo(this.#order.indexOf(symbol));
    this.#rebind = true;
    this.ctx.schedule();
  }

  step(by) {
    const at = this.#order.indexOf(this.#active);
    const to = Math.max(0, Math.min(this.#order.length - 1, at + by));
    if (this.#order[to] !== undefined) this.activate(this.#order[to]);
  }

  page() {
    return Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 2);
  }

  choose(symbol) {
    if (symbol === this.#chosen) return;
    this.#chosen = symbol;
    this.#rebind = true;
    this.ctx.schedule();
  }

  // The active row up or down in the list; sorted lists have no order of their own.
  shift(by) {
    if (this.sort) return this.ctx.announce("the list is sorted: no order of its own");
    const at = this.#order.indexOf(this.#active);
    if (at < 0) return undefined;
    this.ctx.lists.move(this.#active, at + by);
    this.activate(this.#active);
    return this.ctx.announce(`${this.#active}, row ${this.#order.indexOf(this.#active) + 1} of ${this.#order.length}`);
  }

  remove(symbol = this.#active) {
    const at = this.#order.indexOf(symbol);
    if (at < 0) return;
    const neighbour = this.#order[at + 1] ?? this.#order[at - 1] ?? "";
    if (symbol === this.#active) this.#active = neighbour;
    this.ctx.lists.remove(symbol);
    this.ctx.announce(`${symbol} removed`);
  }

  say() {
    for (const [, row] of this.list.rows()) if (row.symbol === this.#active) return row.say();
    return "";
  }

  // How the rows on the screen stand, in a sentence; nothing while they are still to come.
  calm() {
    const {first, last} = this.list.range();
    const {store} = this.ctx;
    const symbols = this.#order.slice(first, last + 1);
    const rest = symbols.filter((symbol) => !store.isLive(symbol));
    if (!symbols.length || rest.some((symbol) => store.why(symbol).word === "loading")) return "";
    if (rest.length) return `${symbols.length - rest.length} of ${symbols.length} prices on the screen are live; what is grey says why.`;
    return symbols.length === 1 ? "The price on the screen is live." : `All ${symbols.length} prices on the screen are live.`;
  }

  focus() {
    this.grid.focus();
  }

  #build() {
    const made = (tag, name, role) => {
      const element = document.createElement(tag);
      element.className = name;
      if (role) element.setAttribute("role", role);
      return element;
    };
    this.scroller = this.grid = made("div", "grid", "grid");
    this.grid.tabIndex = 0;
    this.grid.setAttribute("aria-label", "watch list");
    this.grid.setAttribute("aria-colcount", COLUMNS.length);
    const head = made("div", "row head", "row");
    head.setAttribute("aria-rowindex", 1);
    this.heads = new Map(COLUMNS.map(([name, label], i) => {
      const cell = made("div", `cell ${name}`, "columnheader");
      cell.setAttribute("aria-colindex", i + 1);
      if (canSort(name)) {
        const button = made("button", "bare");
        button.tabIndex = -1;
        button.textContent = label;
        button.addEventListener("click", () => this.sortBy(name));
        cell.append(button);
      } else {
        cell.textContent = label;
      }
      head.append(cell);
      return [name, cell];
    }));
    this.body = made("div", "body", "rowgroup");
    this.empty = made("p", "empty muted");
    this.empty.textContent = "No instrument is in this group. Press / to find one.";
    this.empty.hidden = true;
    const top = made("div", "top", "rowgroup");
    top.append(head);
    this.grid.append(top, this.body);
    this.host.append(this.grid, this.empty);
    this.grid.addEventListener("click", (event) => this.#click(event));
    this.grid.addEventListener("pointerenter", () => { this.#pointer = true; });
    this.grid.addEventListener("pointerleave", () => { this.#pointer = false; });
  }

  sortBy(column) {
    this.#sortAs(next(this.sort, column));
  }

  #sortAs(sort) {
    this.sort = sort;
    const column = sort?.column;
    write("view", {sort: this.sort});
    this.refresh();
    this.ctx.announce(this.sort ? `sorted by ${column}, ${this.sort.down ? "descending" : "ascending"}`
                                : "in the list's own order");
  }

  // By the next column, or the other way round.
  sortOn(turned) {
    if (turned) {
      if (this.sort) this.#sortAs({...this.sort, down: !this.sort.down});
      return;
    }
    const columns = [...this.heads.keys()].filter(canSort);
    const column = columns[columns.indexOf(this.sort?.column) + 1];
    this.#sortAs(column ? next(null, column) : null);
  }

  #keptSort() {
    const sort = read("view")?.sort;
    return sort && canSort(sort.column) ? {column: sort.column, down: Boolean(sort.down)} : null;
  }

  #showSort() {
    for (const [name, cell] of this.heads) {
      const mine = this.sort?.column === name;
      if (!canSort(name)) continue;
      cell.setAttribute("aria-sort", mine ? (this.sort.down ? "descending" : "ascending") : "none");
      cell.dataset.sort = mine ? (this.sort.down ? "\u25BE" : "\u25B4") : "";
    }
    this.host.classList.toggle("sorted", this.sort !== null);
  }

  #resort() {
    const {lists, store, decimal} = this.ctx;
    const order = sorted(lists.symbols, this.sort, (symbol) => store.entry(symbol), decimal);
    if (order.every((symbol, i) => symbol === this.#order[i])) return;
    this.#order = order;
    this.#rebind = true;
    this.#want();
  }

  #bind(row, index) {
    const symbol = this.#order[index];
    if (row.symbol !== symbol) this.#flashing.delete(row);
    row.bind(symbol, index, {active: symbol === this.#active, chosen: symbol === this.#chosen});
    this.binding.add(row);
  }

  #want(scrolling = false) {
    if (this.host.hidden) return;
    const {first, last} = this.list.range(1);
    // Before there is a height nobody knows what is seen: a screen's worth.
    const near = this.#order.slice(first, Math.max(last, first) + 1);
    this.ctx.wanted.want(near, this.sort ? this.#order : [], scrolling);
  }

  // How old the rows are that are not live.
  #age() {
    if (document.hidden || this.host.hidden) return;
    for (const [, row] of this.list.rows()) {
      if (row.element.hasAttribute("data-old")) this.ctx.store.touch(row.symbol);
    }
  }

  // As wide as the longest text that was there: a column that breathes cannot be read.
  #widen() {
    for (const [, row] of this.list.rows()) {
      for (const name of Object.keys(LEAST_CHARACTERS)) {
        const text = row.prices[name]?.text ?? row.texts[name].textContent;
        const wanted = Math.min(Math.max(text.length, LEAST_CHARACTERS[name]), MOST_CHARACTERS);
        if (wanted <= (this.#widths[name] ?? 0)) continue;
        const turns = wanted >= LONG && !(this.#widths[name] >= LONG);
        this.#widths[name] = wanted;
        this.grid.style.setProperty(`--w-${name}`, `${wanted}ch`);
        if (turns) this.refresh();
      }
    }
  }

  #point() {
    let id = "";
    for (const [, row] of this.list.rows()) if (row.symbol === this.#active) id = row.element.id;
    if (id) this.grid.setAttribute("aria-activedescendant", id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  #click(event) {
    const symbol = event.target.closest(".body > .row")?.dataset.symbol;
    if (!symbol) return;
    if (event.target.closest(".away")) {
      this.remove(symbol);
      return;
    }
    if (event.target.closest(".grip")) return;
    this.activate(symbol);
    this.ctx.go({symbol, opened: true});
  }
}
