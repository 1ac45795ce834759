// SPDX-License-Identifier: Apache-2.0
// The keys. They act where nobody types, and not at all where they are switched off.
import {INTERVALS} from "./fragment.js";

// What the help lists.
export const HELP = [
  ["/", "find an instrument; Enter takes it into the list"],
  ["a", "the same for several, Esc ends it; beside an open detail that is in no list: add it"],
  ["\u2191 \u2193", "the row above, below; Page Up, Page Down, Home, End too"],
  ["Enter", "the row's detail"],
  ["Esc", "back"],
  ["Del", "take the row out of the list"],
  ["Alt \u2191 \u2193", "move the row"],
  ["s S", "sort by the next column; the other way round"],
  ["1 \u2013 7", "the chart's interval, 1s to 1d"],
  ["+ \u2212 End", "the chart closer, wider, to its newest bar (while it has the focus)"],
  ["p", "say the row's price"],
  ["?", "this"],
];

function types(element) {
  return element instanceof HTMLElement &&
    (element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName));
}

// `does` has what the keys do: find, addMore, open, back, help, speak, interval, chart(key), watch.
export class Keys {
  constructor(does, prefs) {
    this.does = does;
    this.prefs = prefs;
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      if (this.#press(event)) event.preventDefault();
    });
  }

  // -> whether it was one of ours
  #press(event) {
    if (types(event.target) || event.ctrlKey || event.metaKey) return false;
    if (event.target.closest?.("[role=grid]") && this.#inGrid(event)) return true;
    if (event.altKey) return false;
    if (event.key === "Escape") return this.does.back();
    return this.prefs.keys && this.#letter(event.key);
  }

  // Those that a grid has to have, whether letters act or not.
  #inGrid({key, altKey, target}) {
    const {watch, open} = this.does;
    if (altKey) {
      if (key === "ArrowUp") watch.shift(-1);
      else if (key === "ArrowDown") watch.shift(1);
      else return false;
      return true;
    }
    const steps = {ArrowUp: -1, ArrowDown: 1, PageUp: -watch.page(), PageDown: watch.page(),
                   Home: -Infinity, End: Infinity};
    if (key in steps) watch.step(steps[key]);
    else if (key === "Enter" && target.tagName !== "BUTTON") open();
    else if (key === "Delete") watch.remove();
    else return false;
    return true;
  }

  #letter(key) {
    const {does} = this;
    if (key === "/") does.find();
    else if (key === "a") does.addMore();
    else if (key === "?") does.help();
    else if (key === "p") does.speak();
    else if (key === "s" || key === "S") does.watch.sortOn(key === "S");
    else if (key === "ArrowUp" || key === "ArrowDown") return does.enter(key === "ArrowDown" ? 1 : -1);
    else if (/^[1-7]$/.test(key)) return does.interval(INTERVALS[Number(key) - 1]);
    else return ["+", "-", "End"].includes(key) && does.chart(key);
    return true;
  }
}
