// SPDX-License-Identifier: Apache-2.0
// The chart: which bars there are, which of them are looked at, and what pointer, fingers and keys
// do to that. painter.js draws it, bar_text.js has its words and digits.
import {Bars} from "./bars.js";
import {BarTable, BarText, Legend} from "./bar_text.js";
import {described, element, put, say} from "./elements.js";
import {gestures} from "./gestures.js";
import {Painter} from "./painter.js";
import {View} from "./scale.js";

const EDGE = 40; // bars from the oldest one: older ones are asked for

export class Candles {
  bars = new Bars();
  view = new View();
  interval = "1m";
  places = 0;
  #cursor = null; // {x, y} of a pointer, or {start} of the bar that keys chose
  #stale = {bars: true, cross: true, colours: true};
  #old = null;
  #said = 0;

  // schedule(): draw soon; more(): older bars are wanted
  constructor(host, {format, compare, schedule, more}) {
    Object.assign(this, {schedule, more});
    this.text = new BarText(format, compare);
    this.legend = new Legend(this.text);
    this.table = new BarTable(this.text);
    this.painter = new Painter(format);
    this.note = element("p", "candles-note muted");
    this.box = described(element("div", "candles-box", ...this.painter.layers, this.note),
                         {tabindex: "0", role: "slider", "aria-valuemin": "1", "aria-valuemax": "1"});
    host.append(this.legend.node, this.box, this.table.node);
    const end = gestures(this.box, {
      point: (x, y) => this.point({x, y}),
      leave: () => this.point(null),
      pan: (pixels) => this.move(() => this.view.pan(pixels, this.count)),
      zoom: (factor, x) => this.move(() => this.view.zoom(factor, this.count, x)),
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.pressed(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.box.addEventListener("focus", () => this.describe(true));
    // It tells once at its start too. What is cleared by another size is drawn before anybody sees it.
    const observer = new ResizeObserver(() => {
      if (this.resize()) this.draw(performance.now(), this.#old);
    });
    observer.observe(this.box);
    this.unmount = () => {
      end();
      observer.disconnect();
    };
  }

  resize() {
    const changed = this.painter.resize(this.box, devicePixelRatio);
    this.#stale.bars ||= changed;
    return changed;
  }

  get count() {
    return this.bars.list.length;
  }

  load(symbol, interval) {
    Object.assign(this, {bars: new Bars(), interval, places: 0});
    this.#cursor = null;
    this.#said = 0;
    this.painter.narrow();
    this.view.end();
    put(this.box, "aria-label", `Candles of ${symbol}, ${interval}, UTC: arrows move the cursor, plus and minus zoom`);
    this.redraw();
  }

  // What messages brought: drawn when the page draws such.
  merge(bars) {
    this.view.appended(this.bars.merge(bars));
    this.#stale.bars = true;
  }

  recolour() {
    this.#stale.colours = true;
    this.redraw();
  }

  redraw() {
    this.#stale.bars = true;
    this.schedule();
  }

  move(change) {
    change();
    this.redraw();
  }

  point(cursor) {
    this.#cursor = cursor;
    this.#stale.cross = true;
    this.schedule();
  }

  toggleTable() {
    const open = !this.table.open;
    this.table.node.hidden = !open;
    this.box.hidden = this.legend.node.hidden = open;
    this.table.stale();
    this.redraw();
    return open;
  }

  // What the whole page's keys may do too; -> whether it was one of ours.
  key(name) {
    const does = {
      "+": () => this.view.zoom(1.25, this.count),
      "=": () => this.view.zoom(1.25, this.count),
      "-": () => this.view.zoom(0.8, this.count),
      "End": () => this.view.end(),
    }[name];
    if (!does || this.table.open) return false;
    if (name === "End") this.#cursor = null;
    this.move(does);
    return true;
  }

  pressed({key, shiftKey}) {
    if (key === "Escape") return this.#cursor !== null && (this.point(null), true);
    const page = Math.max(1, Math.floor(this.view.shown() / 2));
    const steps = {ArrowLeft: shiftKey ? -10 : -1, ArrowRight: shiftKey ? 10 : 1, Home: -Infinity,
                   PageUp: -page, PageDown: page};
    if (!Object.hasOwn(steps, key)) return this.key(key);
    if (this.count) this.step(steps[key]);
    return true;
  }

  // The cursor by so many bars, and the view after it. Where there was none, it comes to the last
  // bar that is seen.
  step(bars) {
    const from = this.cursorIndex() ?? this.view.range(this.count)[1] - 1 - Math.sign(bars);
    const index = Math.min(Math.max(from + bars, 0), this.count - 1);
    this.#cursor = {start: this.bars.list[index].start};
    this.move(() => this.view.reveal(index, this.count));
  }

  cursorIndex() {
    if (!this.#cursor || !this.count) return null;
    const {start, x} = this.#cursor;
    const index = start === undefined ? this.view.index(x, this.count) : this.bars.at(start);
    return Math.min(Math.max(index, 0), this.count - 1);
  }

  // `old`: it is not live, or no longer.
  draw(now, old) {
    if (old !== this.#old) this.#stale.bars = true;
    this.#old = old;
    this.table.draw(this.bars.list, this.interval, this.places, now);
    if (devicePixelRatio !== this.painter.ratio) this.resize(); // on another screen
    if (!this.painter.width || this.box.hidden || !(this.#stale.bars || this.#stale.cross)) return;
    const {bars, colours} = this.#stale;
    this.#stale = {bars: false, cross: false, colours: false};
    if (colours) this.painter.recolour(this.box);
    if (bars) this.drawBars();
    const index = this.cursorIndex();
    const bar = index === null ? this.bars.last : this.bars.list[index];
    this.painter.paintCross(index, this.#cursor?.y, this.close(bar));
    this.legend.show(bar, this.interval, this.places, bar === this.bars.last);
    this.describe();
  }

  close(bar) {
    return bar ? this.text.format.price(bar.close, this.places) : "";
  }

  drawBars() {
    const {list} = this.bars;
    const [from] = this.painter.paintBars({list, view: this.view, interval: this.interval, old: this.#old,
                                           last: this.close(this.bars.last)});
    put(this.box, "aria-valuemax", String(Math.max(1, list.length)));
    if (from < EDGE) this.more();
  }

  // In words what there is no bar for.
  remark(text) {
    say(this.note, text);
    if (!this.count) put(this.box, "aria-valuetext", text);
  }

  // For screen readers: said when the cursor comes to another bar, not whenever that bar moves.
  describe(anew = false) {
    const bar = this.bars.list[this.cursorIndex() ?? this.count - 1];
    if (!bar) return;
    put(this.box, "aria-valuenow", String(this.bars.at(bar.start) + 1));
    if (this.#said === bar.start && !anew) return;
    this.#said = bar.start;
    put(this.box, "aria-valuetext",
        this.text.sentence(bar, this.interval, this.places, bar === this.bars.last));
  }
}
