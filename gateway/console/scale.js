// SPDX-License-Identifier: Apache-2.0
// From prices and times to pixels and back, and what stands at the axes. Pure: numbers in, numbers
// and texts out.
import {SECONDS} from "./bars.js";

// The least step of 1, 2 or 5 times a power of ten by which `span` has at most `most` parts.
// Its parts stay whole numbers: a label is then made without a rounding of its own.
export function step(span, most) {
  const least = span / Math.max(most, 1);
  let power = Math.floor(Math.log10(least));
  let times = [1, 2, 5].find((one) => one * 10 ** power >= least * (1 - 1e-9));
  if (times === undefined) [times, power] = [1, power + 1];
  return {times, power, size: times * 10 ** power};
}

// number * 10^power, both whole, as a decimal.
export function textOf(number, power) {
  const digits = String(Math.abs(number));
  const sign = number < 0 ? "-" : "";
  if (power >= 0) return sign + (number === 0 ? "0" : digits + "0".repeat(power));
  const padded = digits.padStart(1 - power, "0");
  return `${sign}${padded.slice(0, power)}.${padded.slice(power)}`;
}

// The labels of an axis from low to high: [{value, text}].
export function ticks(low, high, most) {
  if (!(high > low)) return [];
  const {times, power, size} = step(high - low, most);
  const found = [];
  const first = Math.ceil(low / size - 1e-9);
  for (let k = first; k * size <= high * (1 + 1e-12) && found.length <= most + 1; ++k) {
    if (!Number.isSafeInteger(k * times)) break;
    found.push({value: k * size, text: textOf(k * times, power)});
  }
  return found;
}

// What a height stands for: as many digits as a pixel is worth.
export function reading(value, perPixel) {
  if (!(perPixel > 0) || !Number.isFinite(value)) return "";
  const {power} = step(perPixel, 1);
  const number = Math.round(value / 10 ** power);
  return Number.isSafeInteger(number) ? textOf(number, power) : "";
}

// From lowest to highest price, with some air; of a market that did not move, around its price.
export function range(bars) {
  let low = Infinity;
  let high = -Infinity;
  let volume = 0;
  for (const {pixels} of bars) {
    low = Math.min(low, pixels.low);
    high = Math.max(high, pixels.high);
    volume = Math.max(volume, pixels.volume);
  }
  const air = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.001 || 1;
  return {low: low - air, high: high + air, volume};
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const TIME_STEPS = [1, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
                    30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
                    14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 364 * DAY];

// Labels of the time axis, in UTC: the bars with which a new step of the clock begins, at least
// `apart` pixels from each other. [{index, text, strong}]; a new day is strong.
export function timeTicks(bars, from, to, spacing, interval, apart) {
  const wanted = (apart / spacing) * SECONDS[interval];
  const seconds = TIME_STEPS.find((one) => one >= wanted) ?? TIME_STEPS.at(-1);
  const found = [];
  for (let index = Math.max(from, 1); index < to; ++index) {
    const now = bars[index].start / 1e6;
    const before = bars[index - 1].start / 1e6;
    const newDay = seconds < DAY && Math.floor(now / DAY) !== Math.floor(before / DAY);
    if (Math.floor(now / seconds) === Math.floor(before / seconds) && !newDay) continue;
    const near = found.at(-1);
    if (near && (index - near.index) * spacing < apart) {
      if (!newDay || near.strong) continue;
      found.pop();
    }
    found.push({index, text: timeText(now, seconds, newDay), strong: newDay});
  }
  return found;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function timeText(seconds, stepSeconds, newDay) {
  const date = new Date(seconds * 1000);
  if (stepSeconds >= 28 * DAY) return `${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  if (newDay || stepSeconds >= DAY) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.toISOString().slice(11, stepSeconds < MINUTE ? 19 : 16);
}

// Which bars are shown, and where. It holds on to the newest end, so bars that come before the
// oldest move nothing; those that come behind the last do not either, while one looks back.
export class View {
  static LEAST = 2.5; // pixels a bar
  static MOST = 60;
  static NEW = 8;
  spacing = View.NEW;
  width = 0;
  back = 0; // bars between the right edge and the newest one

  shown() {
    return this.width / this.spacing;
  }

  x(index, count) {
    return this.width - (count - index - this.back - 0.5) * this.spacing;
  }

  // The bar whose place this is, whether there is one or not.
  index(x, count) {
    return Math.round(count - this.back - 0.5 - (this.width - x) / this.spacing);
  }

  // [from, to) of those that are at least partly seen.
  range(count) {
    const end = count - this.back;
    return [Math.max(0, Math.floor(end - this.shown())), Math.max(0, Math.min(count, Math.ceil(end)))];
  }

  hold(count) {
    const most = Math.max(0, count - Math.min(this.shown() / 2, 10));
    this.back = Math.min(Math.max(this.back, 0), most);
  }

  pan(pixels, count) {
    this.back += pixels / this.spacing;
    this.hold(count);
  }

  // About the bar at x, or the newest one, if that is seen.
  zoom(factor, count, x = this.width) {
    const spacing = Math.min(View.MOST, Math.max(View.LEAST, this.spacing * factor));
    const behind = (this.width - x) / this.spacing;
    if (this.back > 0) this.back += behind - behind * (this.spacing / spacing);
    this.spacing = spacing;
    this.hold(count);
  }

  appended(number) {
    if (this.back > 0) this.back += number;
  }

  // Moves as little as it can so that the bar is seen.
  reveal(index, count) {
    const newest = count - 1 - index; // bars behind it
    this.back = Math.min(Math.max(this.back, newest - Math.floor(this.shown()) + 1), newest);
    this.hold(count);
  }

  end() {
    this.back = 0;
  }
}
