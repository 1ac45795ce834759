// SPDX-License-Identifier: Apache-2.0
// The two canvases of the chart, and all that is drawn on them. Numbers are for pixels; what is
// written there are labels of the axes and texts that came as such.
import {element} from "./elements.js";
import {range, reading, ticks, timeTicks} from "./scale.js";

const VOLUME = 0.18; // the share of the height that is volume's, at the bottom
const TOP = 8;
const TIMES = 20; // the height of the time axis
const TAG = 16;
const LEAST_AXIS = 52;
const COLOURS = ["ground", "text", "muted", "line", "up", "down", "warn"];

const half = (pixel) => Math.round(pixel) + 0.5; // a line of one pixel, sharp

function line(pen, x1, y1, x2, y2) {
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
}

export class Painter {
  layers = [element("canvas"), element("canvas")];
  axis = LEAST_AXIS;
  width = 0;

  constructor(format) {
    this.format = format;
    this.pens = this.layers.map((layer) => layer.getContext("2d"));
  }

  // Setting a size clears a canvas, so only where it is another. -> whether it was
  resize({clientWidth: width, clientHeight: height}, ratio) {
    if (!width || !height) return false;
    if (width === this.width && height === this.height && ratio === this.ratio) return false;
    Object.assign(this, {width, height, ratio});
    for (const layer of this.layers) {
      layer.width = Math.round(width * ratio);
      layer.height = Math.round(height * ratio);
    }
    return true;
  }

  recolour(node) {
    const style = getComputedStyle(node);
    this.colours = Object.fromEntries(COLOURS.map((name) =>
      [name, style.getPropertyValue(`--${name}`).trim() || "gray"]));
    this.font = `11px ${style.fontFamily}`;
  }

  narrow() {
    this.axis = LEAST_AXIS;
  }

  clear(pen) {
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    Object.assign(pen, {font: this.font, textBaseline: "middle", lineWidth: 1});
  }

  // `chart`: {list, view, interval, old, last}; `last` is the newest price as a text. -> [from, to)
  // of the bars that are seen.
  paintBars(chart) {
    const [pen] = this.pens;
    Object.assign(this, chart);
    this.clear(pen);
    this.measure(pen);
    if (!this.list.length) return [0, 0];
    this.paintGrid(pen);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, this.view.width, this.plot);
    pen.clip();
    this.paintCandles(pen, this.paths());
    pen.restore();
    this.paintLast(pen);
    return [this.from, this.to];
  }

  // Where things are, for what is seen of the bars.
  measure(pen) {
    const {view, list} = this;
    view.width = this.width - this.axis;
    view.hold(list.length);
    [this.from, this.to] = view.range(list.length);
    this.plot = this.height - TIMES;
    this.bottom = Math.max(TOP + 1, this.plot * (1 - VOLUME) - 4); // of the prices
    const seen = list.slice(this.from, this.to);
    const {low, high, volume} = range(seen);
    this.perPixel = (high - low) / (this.bottom - TOP);
    this.high = high;
    this.volume = volume;
    this.labels = seen.length ? ticks(low, high, Math.max(2, Math.floor(this.bottom / 44))) : [];
    const texts = [this.last, ...this.labels.map(({text}) => this.format.group(text))];
    const wide = Math.ceil(Math.max(...texts.map((text) => pen.measureText(text).width))) + 14;
    if (wide <= this.axis) return;
    this.axis = wide; // it only grows, or the bars would dance
    this.measure(pen);
  }

  x(index) {
    return this.view.x(index, this.list.length);
  }

  y(price) {
    return TOP + (this.high - price) / this.perPixel;
  }

  paintGrid(pen) {
    const {colours, view, plot} = this;
    const times = timeTicks(this.list, this.from, this.to, view.spacing, this.interval, 72);
    pen.strokeStyle = colours.line;
    pen.beginPath();
    for (const {index} of times) line(pen, half(this.x(index)), 0, half(this.x(index)), plot);
    for (const {value} of this.labels) line(pen, 0, half(this.y(value)), view.width, half(this.y(value)));
    line(pen, 0, half(plot), this.width, half(plot));
    pen.stroke();
    const middle = plot + TIMES / 2 + 1;
    pen.textAlign = "right"; // a canvas has no tabular digits
    pen.fillStyle = colours.muted;
    const newest = this.y(this.list.at(-1).pixels.close); // has a label of its own
    for (const {value, text} of this.labels) {
      const y = this.y(value);
      if (Math.abs(y - newest) > TAG) pen.fillText(this.format.group(text), this.width - 6, y);
    }
    pen.fillText("UTC", this.width - 6, middle);
    pen.textAlign = "center";
    for (const {index, text, strong} of times) {
      const x = this.x(index);
      if (x < 20 || x > view.width - 20) continue;
      pen.fillStyle = strong ? colours.text : colours.muted;
      pen.fillText(text, x, middle);
    }
  }

  // All that went one way is one path.
  paths() {
    const paths = {up: new Path2D(), down: new Path2D(), upVolume: new Path2D(),
                   downVolume: new Path2D(), lost: new Path2D()};
    const width = Math.max(1, Math.round(this.view.spacing * 0.7) | 1); // odd: the wick is its middle
    const tall = this.plot * VOLUME - 2;
    for (let index = this.from; index < this.to; ++index) {
      const {pixels, complete} = this.list[index];
      const way = pixels.close >= pixels.open ? "up" : "down";
      const middle = half(this.x(index));
      this.addCandle(paths[way], pixels, middle, width);
      const share = this.volume > 0 ? pixels.volume / this.volume : 0;
      const traded = share > 0 ? Math.max(1, Math.round(tall * share)) : 0;
      paths[`${way}Volume`].rect(middle - width / 2, this.plot - traded, width, traded);
      if (!complete) paths.lost.rect(middle - 2.5, this.bottom - 5, 5, 5);
    }
    return paths;
  }

  addCandle(path, {open, high, low, close}, middle, width) {
    const [above, top, bottom, below] = [high, Math.max(open, close), Math.min(open, close), low]
      .map((price) => half(this.y(price)));
    if (above < top) line(path, middle, above, middle, top);
    if (below > bottom) line(path, middle, bottom, middle, below);
    if (width > 1) path.rect(middle - (width - 1) / 2, top, width - 1, bottom - top);
    else line(path, middle, top - 0.5, middle, bottom + 0.5);
  }

  // Hollow up, filled down: colour is never the only sign. What is not live has none.
  paintCandles(pen, paths) {
    const {colours, old} = this;
    for (const way of ["up", "down"]) {
      const colour = old ? colours.muted : colours[way];
      pen.globalAlpha = 0.4;
      pen.fillStyle = colour;
      pen.fill(paths[`${way}Volume`]);
      pen.globalAlpha = 1;
      pen.strokeStyle = colour;
      pen.fillStyle = way === "up" ? colours.ground : colour;
      pen.fill(paths[way]);
      pen.stroke(paths[way]);
    }
    pen.fillStyle = colours.warn;
    pen.fill(paths.lost);
  }

  paintLast(pen) {
    const {pixels} = this.list.at(-1);
    const y = this.y(pixels.close);
    if (y < 0 || y > this.bottom) return;
    const colour = this.old ? this.colours.muted : this.colours[pixels.close >= pixels.open ? "up" : "down"];
    pen.strokeStyle = colour;
    pen.setLineDash([2, 3]);
    pen.beginPath();
    line(pen, 0, half(y), this.view.width, half(y));
    pen.stroke();
    pen.setLineDash([]);
    this.tag(pen, y, this.last, colour);
  }

  // A text at the price axis.
  tag(pen, y, text, colour) {
    pen.fillStyle = colour;
    pen.fillRect(this.view.width, Math.round(y) - TAG / 2, this.axis, TAG);
    pen.fillStyle = this.colours.ground;
    pen.textAlign = "right";
    pen.fillText(text, this.width - 6, Math.round(y) + 0.5);
  }

  // `height` is a pointer's; undefined: that of the bar's close, whose text it is.
  paintCross(index, height, close) {
    const pen = this.pens[1];
    this.clear(pen);
    if (index === null || !this.list[index]) return;
    const {view, bottom, plot} = this;
    const x = half(this.x(index));
    const y = height ?? this.y(this.list[index].pixels.close);
    pen.strokeStyle = this.colours.muted;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    if (x <= view.width) line(pen, x, 0, x, plot);
    if (y < bottom) line(pen, 0, half(y), view.width, half(y));
    pen.stroke();
    pen.setLineDash([]);
    if (y >= bottom) return;
    const read = () => this.format.group(reading(this.high - (y - TOP) * this.perPixel, this.perPixel));
    this.tag(pen, y, height === undefined ? close : read(), this.colours.text);
  }
}
