// SPDX-License-Identifier: Apache-2.0
// Numbers and times as texts for people. Decimals come as strings and stay strings: a digit that a
// venue wrote is never lost, and never made up but for zeros behind the point.

export const NONE = "\u2013"; // what is not known
const MINUS = "\u2212";

// How a locale writes numbers, found out once: Intl itself would drop trailing zeros, and is slow.
function habits(locale) {
  const plain = new Intl.NumberFormat(locale, {useGrouping: false, maximumFractionDigits: 1});
  const digits = [..."0123456789"].map((digit) => plain.format(Number(digit)));
  const point = plain.formatToParts(1.5).find(({type}) => type === "decimal")?.value ?? ".";
  const grouped = new Intl.NumberFormat(locale);
  const parts = grouped.formatToParts(1234567890123);
  const sizes = parts.filter(({type}) => type === "integer").map(({value}) => [...value].length);
  const mark = parts.find(({type}) => type === "group")?.value ?? "";
  const least = [4, 5].find((length) => grouped.formatToParts(Number("12345".slice(0, length)))
    .some(({type}) => type === "group")) ?? Infinity;
  return {digits, point, mark, least, last: sizes.at(-1) ?? 3, other: sizes.at(-2) ?? 3,
          latin: digits.join("") === "0123456789"};
}

export class Format {
  constructor(locale) {
    this.habits = habits(locale);
  }

  // "1234567.50" -> "1,234,567.50", "-1" with a true minus; all digits, in the locale's script.
  group(text) {
    const {digits, point, mark, least, last, other, latin} = this.habits;
    const negative = text.startsWith("-");
    const [whole, part] = (negative ? text.slice(1) : text).split(".");
    let left = whole;
    if (mark && whole.length >= least) {
      let at = whole.length - last;
      left = whole.slice(at);
      for (; at > 0; at -= other) left = whole.slice(Math.max(0, at - other), at) + mark + left;
    }
    const said = (negative ? MINUS : "") + left + (part === undefined ? "" : point + part);
    return latin ? said : said.replace(/[0-9]/g, (digit) => digits[digit]);
  }

  // A price, as wide as its symbol's others: "67123.5" with 2 places is 67,123.50.
  price(text, places = 0) {
    return text === null || text === undefined ? NONE : this.group(widen(text, places));
  }

  // "1.70" -> +1.70%; the sign stands for colour, so zero has none.
  percent(text, plus = "+") {
    if (text === null || text === undefined) return NONE;
    const sign = text.startsWith("-") || /^[0.]*$/.test(text) ? "" : plus;
    return `${sign}${this.group(text)}%`;
  }

  // A quantity where its magnitude counts: "1234567.8" -> 1.23M, digits cut off, not rounded. The
  // whole text belongs into the title.
  compact(text) {
    if (text === null || text === undefined) return NONE;
    const negative = text.startsWith("-") ? "-" : "";
    const [whole, part = ""] = text.replace("-", "").split(".");
    const step = Math.min(Math.floor((whole.length - 1) / 3), 5);
    const cut = whole.length - 3 * step;
    const zeros = whole === "0" ? part.match(/^0*/)[0].length : 0;
    const digits = step > 0 ? whole.slice(cut, 3) : part.slice(0, whole === "0" ? zeros + 3 : Math.max(0, 3 - cut));
    const shown = digits ? `${whole.slice(0, cut)}.${digits}` : whole.slice(0, cut);
    return this.group(negative + shown) + ["", "K", "M", "B", "T", "Q"][step];
  }

  // Back again, of a text with such numbers in it: what is copied shall be read by programs.
  plain(text) {
    const {digits, point, mark} = this.habits;
    const one = `[${digits.join("")}]`;
    const quoted = (sign) => sign.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const grouped = new RegExp(`(?<=${one})${quoted(mark || "\u0000")}(?=${one}{2})`, "g");
    return text.replace(grouped, "").replace(new RegExp(`(?<=${one})${quoted(point)}(?=${one})`, "g"), ".")
      .replace(new RegExp(`${MINUS}(?=${one})`, "g"), "-")
      .replace(new RegExp(one, "g"), (digit) => digits.indexOf(digit));
  }

  // A small whole number: a count, a rate.
  count(number) {
    return this.group(String(Math.round(number)));
  }
}

// With at least so many digits behind the point.
export function widen(text, wanted) {
  const have = places(text);
  if (have >= wanted) return text;
  return text + (have === 0 ? "." : "") + "0".repeat(wanted - have);
}

export function places(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

// Where the tail begins that changed: what is before it need not flash.
export function changedFrom(before, after) {
  if (before.length !== after.length) return 0;
  let at = 0;
  while (at < after.length && before[at] === after[at]) ++at;
  return at;
}

// The longest fraction that each symbol's prices had: instruments do not say it, and a column of
// numbers is read by its point.
export class Places {
  #most = new Map();

  see(symbol, text) {
    if (text && places(text) > this.of(symbol)) this.#most.set(symbol, places(text));
  }

  of(symbol) {
    return this.#most.get(symbol) ?? 0;
  }
}

// How long: "8 s", "3 min 05 s", "2 h 40 min", "4 d 3 h".
export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

// UTC, which whoever shows it says.
export const time = (ms) => new Date(ms).toISOString().slice(11, 19);
export const dayAndTime = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

// "KRAKEN:BTC-USD" -> ["KRAKEN", "BTC-USD"]
export function split(symbol) {
  const colon = symbol.indexOf(":");
  return [symbol.slice(0, Math.max(colon, 0)), symbol.slice(colon + 1)];
}
