// SPDX-License-Identifier: Apache-2.0
// How the parts of the detail stand: side by side where there is room, as tabs where there is none
// (detail.css decides), and the buttons above the chart.
import {INTERVALS} from "./bars.js";
import {described, element, put} from "./elements.js";

export const NAMES = ["chart", "ladder", "tape", "venues"];
let numbers = 0; // ids are the page's

export class Panes {
  constructor(host, {chosen, switched}) {
    const number = ++numbers;
    this.head = element("header", "detail-head");
    this.tabs = described(element("div", "detail-tabs"), {role: "tablist", "aria-label": "Parts"});
    this.body = element("div", "detail-body");
    this.node = element("div", "detail-root", this.head, this.tabs, this.body);
    this.switched = switched;
    for (const name of NAMES) {
      const id = `detail-${number}-${name}`;
      this[name] = described(element("section", `pane pane-${name}`), {id, role: "tabpanel", "aria-label": name});
      const tab = described(element("button", "bare", name[0].toUpperCase() + name.slice(1)),
                            {role: "tab", "aria-controls": id, "data-name": name});
      this.body.append(this[name]);
      this.tabs.append(tab);
    }
    this.tabs.addEventListener("click", ({target}) => target.dataset.name && this.turn(target.dataset.name));
    this.tabs.addEventListener("keydown", (event) => this.pressed(event));
    this.intervals = INTERVALS.map((interval) => {
      const button = element("button", "bare", interval);
      button.addEventListener("click", () => chosen(interval));
      return button;
    });
    this.newest = element("button", "bare", "Newest \u00BB");
    this.newest.hidden = true;
    this.table = described(element("button", "bare", "Table"), {"aria-pressed": "false"});
    this.bar = element("div", "chart-bar", described(element("div", "intervals", ...this.intervals),
      {role: "group", "aria-label": "Interval of a bar"}), this.newest, this.table);
    this.chart.append(this.bar);
    host.append(this.node);
    this.turn(NAMES[0]);
  }

  turn(name) {
    this.body.dataset.tab = name;
    for (const tab of this.tabs.children) {
      const on = tab.dataset.name === name;
      put(tab, "aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    this.switched();
  }

  pressed(event) {
    const way = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!way) return;
    const tabs = [...this.tabs.children];
    const next = tabs.at((tabs.indexOf(document.activeElement) + way) % tabs.length);
    next.focus();
    this.turn(next.dataset.name);
    event.preventDefault();
    event.stopPropagation();
  }

  press(interval) {
    this.intervals.forEach((button) => put(button, "aria-pressed", String(button.textContent === interval)));
  }
}
