// SPDX-License-Identifier: Apache-2.0
// What a link to the console says, in the part of the URL that no server sees:
// #w=KRAKEN:BTC-USD,ETH-USD,BINANCE:BTC-USDT&d=KRAKEN:BTC-USD&i=1m&v=feeds. A venue carries on.
import {split} from "./format.js";

export const INTERVALS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"];
const MOST_SYMBOLS = 2000;
const LONGEST_SYMBOL = 64;

const encode = (text) => encodeURIComponent(text).replaceAll("%3A", ":");

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // not percent-encoded: nothing that we wrote
  }
}

// Whether it can be an instrument: a venue, a colon, and more; no pattern.
export function isSymbol(symbol) {
  const [venue, pair] = split(symbol);
  return venue !== "" && pair !== "" && !symbol.includes("*") && symbol.length <= LONGEST_SYMBOL &&
    !/[\s\p{C}]/u.test(symbol);
}

// Symbols in their order, each once; without a venue they are of the one before.
export function parseList(text) {
  const found = new Set();
  let venue = "";
  for (const piece of text.split(",")) {
    const name = decode(piece);
    const symbol = name.includes(":") ? name : `${venue}:${name}`;
    if (!isSymbol(symbol)) continue;
    venue = split(symbol)[0];
    if (found.size < MOST_SYMBOLS) found.add(symbol);
  }
  return [...found];
}

export function formatList(symbols) {
  let before = "";
  return symbols.map((symbol) => {
    const [venue, pair] = split(symbol);
    const piece = venue === before ? encode(pair) : `${encode(venue)}:${encode(pair)}`;
    before = venue;
    return piece;
  }).join(",");
}

// -> {list: symbols or null, detail: symbol or "", interval, view: "watch" or "feeds"}
export function parse(hash) {
  const parts = new Map(hash.replace(/^#/, "").split("&").map((part) => {
    const equals = part.indexOf("=");
    return [part.slice(0, Math.max(equals, 0)), part.slice(equals + 1)];
  }));
  const list = parts.has("w") ? parseList(parts.get("w")) : [];
  const detail = decode(parts.get("d") ?? "");
  return {
    list: list.length ? list : null,
    detail: isSymbol(detail) ? detail : "",
    interval: INTERVALS.includes(parts.get("i")) ? parts.get("i") : "",
    view: parts.get("v") === "feeds" ? "feeds" : "watch",
  };
}

export function format({list, detail, interval, view}) {
  const parts = [];
  if (list?.length) parts.push(`w=${formatList(list)}`);
  if (detail) parts.push(`d=${encode(detail)}`);
  if (detail && interval) parts.push(`i=${interval}`);
  if (view === "feeds") parts.push("v=feeds");
  return "#" + parts.join("&");
}
