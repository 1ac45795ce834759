// SPDX-License-Identifier: Apache-2.0
// The table: which instruments stand in it, and what is known of each. Prices stay the strings that
// they are: no number is made of one.
import {Stream} from "./stream.js";

const MOST_ROWS = 200;
const DRAW_MS = 100;
const FLASH_MS = 300;
const LIST_MS = 60_000;
const CHANNELS = ["quote", "ticker"];
// In the order of the columns behind the symbol; those with a flag show which way they went.
const COLUMNS = [
  ["quote", "bid", true], ["quote", "bid_size"], ["quote", "ask", true], ["quote", "ask_size"],
  ["ticker", "last", true], ["ticker", "volume"],
];
const CLASSES = ["", "", "size", "", "size", "last", "volume", ""];

const at = (id) => document.getElementById(id);
const base = new URL(".", document.baseURI);
const streamUrl = new URL("v1/stream", base);
streamUrl.protocol = streamUrl.protocol.replace("http", "ws");

// -1, 0 or 1, of plain decimals: "9.5" < "10.25". Exact, whatever their length.
export function compare(a, b) {
  if (a.startsWith("-") !== b.startsWith("-")) return a.startsWith("-") ? -1 : 1;
  if (a.startsWith("-")) return compare(b.slice(1), a.slice(1));
  const [aWhole, aPart = ""] = a.split(".");
  const [bWhole, bPart = ""] = b.split(".");
  const width = Math.max(aWhole.length, bWhole.length);
  const places = Math.max(aPart.length, bPart.length);
  const left = aWhole.padStart(width, "0") + aPart.padEnd(places, "0");
  const right = bWhole.padStart(width, "0") + bPart.padEnd(places, "0");
  return left < right ? -1 : left > right ? 1 : 0;
}

class Row {
  values = {}; // newest of each channel, and the status
  shown = true; // on the screen, as far as is known
  flashing = [];

  constructor(symbol) {
    this.symbol = symbol;
    this.element = document.createElement("tr");
    this.cells = CLASSES.map((name) => {
      const cell = document.createElement("td");
      if (name) cell.className = name;
      this.element.append(cell);
      return cell;
    });
    this.cells[0].textContent = this.cells[0].title = symbol;
    this.element.dataset.old = "";
  }

  // A new connection: what stands here is old until the new one has said it too.
  reset() {
    this.values = {};
    COLUMNS.forEach(([channel], index) => {
      if (channel === "ticker") this.cells[index + 1].textContent = "";
    });
  }

  draw(now) {
    COLUMNS.forEach(([channel, key, directed], index) => {
      const cell = this.cells[index + 1];
      if (!this.values[channel]) return;
      const text = this.values[channel][key] ?? "";
      const before = cell.textContent;
      if (text === before) return;
      cell.textContent = text;
      if (!directed || !text || !before) return;
      cell.dataset.move = compare(text, before) < 0 ? "down" : "up";
      cell.dataset.flash = "";
      this.flashing.push([cell, now + FLASH_MS]);
    });
    const {state = "", reason = "", note = "", since = 0} = this.values.status ?? {};
    const cell = this.cells.at(-1);
    cell.textContent = state;
    cell.title = (reason || note || state) + (since ? `, since ${utc(since / 1000)}` : "");
    this.element.toggleAttribute("data-old", state !== "live" || !this.values.quote);
    return this.calm(now);
  }

  // Ends what has flashed long enough; true while more is to come.
  calm(now) {
    this.flashing = this.flashing.filter(([cell, end]) => {
      const over = end <= now && !this.flashing.some((other) => other[0] === cell && other[1] > now);
      if (over) delete cell.dataset.flash;
      return end > now;
    });
    return this.flashing.length > 0;
  }
}

const utc = (ms) => new Date(ms).toISOString().slice(11, 19);

// What there is, by the gateway's own list, and what of it is in the table.
let known = [];
const rows = new Map();
const dirty = new Set();
let asked = new Set(); // the symbols subscribed to on this connection
let requests = 0;
let drawing = false;

const seen = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    const row = rows.get(target.firstChild.textContent);
    if (!row) continue;
    row.shown = isIntersecting;
    if (isIntersecting) touch(row);
  }
}, {rootMargin: "100px"});

function touch(row) {
  dirty.add(row);
  if (drawing || document.hidden) return;
  drawing = true;
  setTimeout(() => requestAnimationFrame(draw), DRAW_MS);
}

function draw() {
  drawing = false;
  const now = performance.now();
  const again = [];
  for (const row of dirty) {
    if (row.shown && row.draw(now)) again.push(row);
  }
  dirty.clear();
  again.forEach(touch);
}

// Subscribes to what is in the table and not yet asked for, and leaves what has gone from it.
function ask() {
  const gone = [...asked].filter((symbol) => !rows.has(symbol));
  const fresh = [...rows.keys()].filter((symbol) => !asked.has(symbol));
  for (const channel of CHANNELS) {
    if (gone.length) stream.send({op: "unsubscribe", id: ++requests, channel, symbols: gone});
    if (!fresh.length) continue;
    stream.send({op: "subscribe", id: ++requests, channel, symbols: fresh, interval_ms: DRAW_MS,
                 stamps: true});
  }
  asked = new Set(rows.keys());
}

function fill() {
  const wanted = at("filter").value.trim().toUpperCase();
  const fitting = known.filter((symbol) => symbol.toUpperCase().includes(wanted));
  const symbols = fitting.slice(0, MOST_ROWS);
  const kept = new Set(symbols);
  for (const [symbol, row] of rows) {
    if (kept.has(symbol)) continue;
    seen.unobserve(row.element);
    dirty.delete(row);
    rows.delete(symbol);
  }
  const elements = symbols.map((symbol) => {
    let row = rows.get(symbol);
    if (!row) {
      rows.set(symbol, (row = new Row(symbol)));
      seen.observe(row.element);
    }
    return row.element;
  });
  at("rows").replaceChildren(...elements);
  at("note").textContent =
    fitting.length > MOST_ROWS ? `the first ${MOST_ROWS} of ${fitting.length}: filter for others`
    : fitting.length || !known.length ? "" : "nothing has these letters";
  if (stream.link === "live") ask();
}

// All symbols, a page at a time; the browser asks with the ETag of what it holds.
async function list() {
  try {
    const found = [];
    let next = "v1/instruments?limit=5000";
    while (next) {
      const answer = await fetch(new URL(next, base), {cache: "no-cache"});
      if (!answer.ok) return;
      for (const {symbol} of await answer.json()) found.push(symbol);
      next = /<([^>]*)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1]?.replace(/^\//, "");
    }
    if (found.length === known.length && found.every((symbol, i) => symbol === known[i])) return;
    known = found;
    fill();
  } catch {
    // The stream says whether the gateway is there.
  }
}

function take(objects) {
  for (const object of objects) {
    for (const {symbol, code} of object.rejected ?? []) {
      if (!rows.has(symbol)) continue;
      rows.get(symbol).values.status = {state: code};
      touch(rows.get(symbol));
    }
    const row = rows.get(object.symbol);
    if (!row || !(object.type === "status" || CHANNELS.includes(object.type))) continue;
    row.values[object.type] = object;
    touch(row);
  }
}

function say(link) {
  document.body.dataset.link = link;
  const heard = stream?.heard ? `, last heard ${utc(stream.heard)}` : "";
  const seconds = Math.ceil((stream?.next - Date.now()) / 1000);
  at("link").textContent = {
    live: "live",
    silent: `nothing is heard${heard}`,
    connecting: `connecting${heard}`,
    waiting: `no connection${heard}${seconds > 0 ? `, next try in ${seconds} s` : ""}`,
    ended: `ended: ${stream?.reason}; reload to try again`,
  }[link];
}

let stream;
stream = new Stream(streamUrl, {
  opened() {
    asked = new Set();
    rows.forEach((row) => row.reset());
    ask();
    list();
  },
  objects: take,
  changed: say,
});

let typing;
try {
  at("filter").value = decodeURIComponent(location.hash.slice(1));
} catch {
  // Not percent-encoded: nothing to filter by.
}
at("filter").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    history.replaceState(null, "", "#" + encodeURIComponent(at("filter").value.trim()));
    fill();
  }, 200);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) rows.forEach(touch);
});
setInterval(list, LIST_MS);
