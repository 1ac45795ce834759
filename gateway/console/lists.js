// SPDX-License-Identifier: Apache-2.0
// The watch lists, called groups: one is shown. Kept by the browser, the same in all its tabs. Two kinds
// are not kept: the first instruments there are, until they are touched, and what a link brought.
import {isSymbol} from "./fragment.js";
import {listen, read, works, write} from "./storage.js";

const MOST_GROUPS = 50;
const LONGEST_NAME = 40;
export const FIRST_NAME = "Watch";

function sound(kept) {
  if (!Array.isArray(kept?.groups)) return [];
  return kept.groups.slice(0, MOST_GROUPS)
    .filter(({name, symbols}) => typeof name === "string" && Array.isArray(symbols))
    .map(({name, symbols}) => ({name: name.slice(0, LONGEST_NAME),
                                symbols: [...new Set(symbols)].filter((one) => typeof one === "string" && isSymbol(one))}));
}

const same = (a, b) => a.length === b.length && a.every((symbol, i) => symbol === b[i]);

export class Lists {
  groups = [];
  at = 0; // the one shown
  shared = null; // the symbols of a link, shown in its place
  untouched = false; // the first group is the first instruments there are

  // `changed()` is called whenever another list is to be shown, or this one differently.
  constructor(changed) {
    this.changed = changed;
    this.#load(read("lists"));
    listen("lists", (kept) => {
      this.#load(kept, this.name);
      this.changed();
    });
  }

  #load(kept, name = kept?.current) {
    this.groups = sound(kept);
    this.untouched = this.groups.length === 0;
    if (this.untouched) this.groups = [{name: FIRST_NAME, symbols: this.first ?? []}];
    this.at = Math.max(0, this.groups.findIndex((group) => group.name === name));
  }

  get symbols() {
    return this.shared ?? this.groups[this.at].symbols;
  }

  get name() {
    return this.groups[this.at].name;
  }

  // What the URL has to say; null: nothing, anybody sees the same without.
  get link() {
    return this.shared === null && this.untouched ? null : this.symbols;
  }

  // The first instruments there are, for who has no list yet.
  offer(symbols) {
    this.first = symbols;
    if (!this.untouched) return;
    this.groups[0].symbols = symbols;
    this.changed();
  }

  // A link's list: one of ours, or somebody's; null: the link has none.
  open(symbols) {
    const own = symbols === null ? this.at : this.untouched ? -1
      : this.groups.findIndex((group) => same(group.symbols, symbols));
    if (own >= 0) {
      this.at = own;
      this.shared = null;
    } else if (works()) {
      this.shared = symbols;
    } else {
      // Nothing is kept here but by the link, so what it says is the list.
      this.groups = [{name: FIRST_NAME, symbols}];
      this.untouched = false;
    }
    this.changed();
  }

  show(at) {
    this.at = at;
    this.shared = null;
    this.#keep(this.untouched);
  }

  has(symbol) {
    return this.symbols.includes(symbol);
  }

  add(symbol, at = this.symbols.length) {
    if (this.has(symbol)) return;
    this.#set(this.symbols.toSpliced(at, 0, symbol));
  }

  remove(symbol) {
    this.#set(this.symbols.filter((one) => one !== symbol));
  }

  // To the place that another has now.
  move(symbol, to) {
    const rest = this.symbols.filter((one) => one !== symbol);
    if (rest.length === this.symbols.length) return;
    this.#set(rest.toSpliced(Math.max(0, Math.min(to, rest.length)), 0, symbol));
  }

  addGroup(name, symbols = []) {
    if (this.groups.length >= MOST_GROUPS) return;
    this.groups.push({name: this.#free(name), symbols});
    this.untouched = false;
    this.show(this.groups.length - 1);
  }

  renameGroup(name) {
    const group = this.groups[this.at];
    group.name = "";
    group.name = this.#free(name);
    this.#keep();
  }

  removeGroup() {
    this.groups.splice(this.at, 1);
    this.untouched = false;
    if (this.groups.length === 0) this.groups = [{name: FIRST_NAME, symbols: this.first ?? []}];
    this.show(Math.max(0, this.at - 1));
  }

  keepShared() {
    const symbols = this.shared;
    this.shared = null;
    if (this.untouched) this.groups = [];
    this.addGroup("Shared", symbols);
  }

  // A name that no other group has.
  #free(name) {
    const wanted = name.trim().slice(0, LONGEST_NAME) || "Group";
    const taken = (one) => this.groups.some((group) => group.name === one);
    let free = wanted;
    for (let i = 2; taken(free); ++i) free = `${wanted} ${i}`;
    return free;
  }

  #set(symbols) {
    if (this.shared !== null) {
      this.shared = symbols;
      this.changed();
      return;
    }
    this.groups[this.at].symbols = symbols;
    this.#keep();
  }

  #keep(untouched = false) {
    this.untouched = untouched;
    if (!untouched) write("lists", {groups: this.groups, current: this.name});
    this.changed();
  }
}
