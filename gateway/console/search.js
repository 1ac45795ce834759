// SPDX-License-Identifier: Apache-2.0
// The search over all instruments: a box with a list below it. Enter takes the chosen one into the watch
// list, or goes to it where it is there already.
import {split} from "./format.js";

const MOST_SHOWN = 50;
const PAGE = 5000;
const KEEP_MS = 60_000; // then it is asked for again, with the ETag that the browser holds

// All there are, page by page; each page is there as soon as it came.
export class Instruments {
  all = []; // {symbol, state}
  complete = false;
  #at = -Infinity;
  #loading = null;

  constructor(base, access) {
    Object.assign(this, {base, access});
  }

  load(arrived = () => {}) {
    if (this.complete && performance.now() - this.#at < KEEP_MS) return Promise.resolve();
    this.#loading ??= this.#load(arrived).catch(() => {}).finally(() => { this.#loading = null; });
    return this.#loading;
  }

  // The first so many; of venues, where there are such: those of several together have half the columns.
  async first(count) {
    const ask = async (query) => (await this.#page(`v1/instruments?limit=${count}${query}`)).found;
    const found = await ask("");
    const own = found.filter(({venue}) => venue !== "best");
    if (own.length < found.length) own.push(...await ask("&after=BEST;"));
    const symbols = (own.length ? own : found).map(({symbol}) => symbol);
    return [...new Set(symbols)].slice(0, count);
  }

  async #load(arrived) {
    const found = [];
    let next = `v1/instruments?limit=${PAGE}`;
    while (next) {
      const page = await this.#page(next);
      for (const one of page.found) found.push({symbol: one.symbol, state: one.state, text: one.symbol.toUpperCase()});
      if (!this.complete) {
        this.all = found;
        arrived();
      }
      next = page.next;
    }
    this.all = found;
    this.complete = true;
    this.#at = performance.now();
    arrived();
  }

  async #page(path) {
    const answer = await this.access.fetch(new URL(path, this.base), {cache: "no-cache"});
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    const link = /<([^>]*)>; rel="next"/.exec(answer.headers.get("Link") ?? "");
    return {found: await answer.json(), next: link?.[1].replace(/^\//, "")};
  }

  // Those that have all the words, the nearest first: {found, total}.
  find(text) {
    const words = text.toUpperCase().split(/\s+/).filter(Boolean);
    const fitting = this.all.filter((one) => words.every((word) => one.text.includes(word)));
    const rank = ({text: symbol}) => {
      const [venue, pair] = split(symbol);
      const [word = ""] = words;
      if (symbol === word || pair === word) return 0;
      if (pair.split("-")[0] === word) return 1;
      if (pair.startsWith(word)) return 2;
      return venue.startsWith(word) ? 3 : 4;
    };
    const ranked = fitting.map((one) => [rank(one), one]).sort(([a], [b]) => a - b);
    return {found: ranked.slice(0, MOST_SHOWN).map(([, one]) => one), total: fitting.length};
  }
}

export class Search {
  #found = [];
  #at = 0;
  #stays = false; // open for more after one was taken

  // `ctx.take(symbol)` is what Enter does; `ctx.leave()` gives the focus back.
  constructor({input, list, note}, ctx) {
    Object.assign(this, {input, list, note, ctx});
    input.addEventListener("focus", () => this.#open());
    input.addEventListener("input", () => { this.#at = 0; this.#show(); });
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(Number(option.dataset.at));
    });
  }

  begin(stays = false) {
    this.#stays = stays;
    this.input.focus();
    this.input.select();
  }

  close() {
    this.list.parentNode.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.#stays = false;
  }

  #open() {
    this.#at = 0;
    this.ctx.instruments.load(() => this.#show());
    this.#show();
  }

  #show() {
    if (document.activeElement !== this.input) return;
    const {instruments, lists} = this.ctx;
    const {found, total} = instruments.find(this.input.value);
    this.#found = found;
    this.#at = Math.min(this.#at, Math.max(0, found.length - 1));
    this.list.replaceChildren(...found.map(({symbol, state}, i) => this.#option(symbol, state, lists.has(symbol), i)));
    this.list.parentNode.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.note.textContent = !total ? (instruments.complete ? "nothing has these letters" : "loading")
      : total > found.length ? `the first ${found.length} of ${total}: type more letters`
      : `${total} ${total === 1 ? "instrument" : "instruments"}`;
    this.#mark();
  }

  #option(symbol, state, held, i) {
    const [venue, pair] = split(symbol);
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `option-${i}`;
    option.dataset.at = i;
    const parts = [["pair", pair], ["venue", venue], ["muted state", state === "live" ? "" : state],
                   ["muted held", held ? "in the list" : "add"]];
    option.append(...parts.map(([name, text]) => {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      return part;
    }));
    return option;
  }

  #mark() {
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", i === this.#at));
    const chosen = this.list.children[this.#at];
    if (!chosen) return this.input.removeAttribute("aria-activedescendant");
    chosen.scrollIntoView({block: "nearest"});
    return this.input.setAttribute("aria-activedescendant", chosen.id);
  }

  #key(event) {
    const {key} = event;
    if (event.isComposing) return; // letters are being made of keys
    if (key === "ArrowDown" || key === "ArrowUp") {
      const count = Math.max(1, this.#found.length);
      this.#at = (this.#at + (key === "ArrowDown" ? 1 : count - 1)) % count;
      this.#mark();
    } else if (key === "Enter") {
      this.#take(this.#at);
    } else if (key === "Escape") {
      this.input.value = "";
      this.ctx.leave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #take(at) {
    const one = this.#found[at];
    if (!one) return;
    const stays = this.#stays;
    this.ctx.take(one.symbol, stays);
    if (stays) {
      this.input.select();
      this.#show();
    } else {
      this.input.value = "";
      this.ctx.leave();
    }
  }
}
