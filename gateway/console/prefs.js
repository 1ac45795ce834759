// SPDX-License-Identifier: Apache-2.0
// What its user chose: colours, whether keys act, whether changes flash.
import {listen, read, write} from "./storage.js";

export const COLOURS = [
  ["teal-red", "teal up, red down"],
  ["red-teal", "red up, teal down"],
  ["blue-orange", "blue up, orange down"],
];
const DEFAULTS = {colours: "teal-red", keys: true, flash: true};

export class Prefs {
  #listeners = new Set();

  constructor() {
    this.#take(read("prefs"));
    listen("prefs", (kept) => this.#take(kept));
  }

  set(name, value) {
    this[name] = value;
    write("prefs", Object.fromEntries(Object.keys(DEFAULTS).map((key) => [key, this[key]])));
    this.#tell();
  }

  // -> a function that takes the listener away
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Of what is kept only what can be meant: another version, or somebody's hand, may have written it.
  #take(kept) {
    for (const [key, value] of Object.entries(DEFAULTS)) {
      this[key] = typeof kept?.[key] === typeof value ? kept[key] : value;
    }
    if (!COLOURS.some(([name]) => name === this.colours)) this.colours = DEFAULTS.colours;
    this.#tell();
  }

  #tell() {
    document.documentElement.dataset.colours = this.colours;
    for (const listener of this.#listeners) listener(this);
  }
}
