// SPDX-License-Identifier: Apache-2.0
// A client of tickgate: asks for what is wanted, comes back when the connection ends, and knows
// whether what it has may be shown as live. Browsers and Node 20 or later; no dependencies.

const HEARTBEAT_MS = 5000; // the gateway is never silent for longer
const PATIENCE_MS = 12_000; // whoever heard nothing for longer is not connected to the market
const DEAD_MS = 15_000; // and then has to connect anew
const LATE_MS = 5000; // what was longer on its way was buffered, by a network or a sleep
const OPENING_MS = 10_000;
const SETTLED_MS = 5000; // a connection that ends sooner counts as an attempt that failed
const CHECK_MS = 1000;
const PROBE_MS = 1000; // what a connection has for an answer after a sleep
const LEAST_DELAY_MS = 1000;
const MOST_DELAY_MS = 30_000;
const OVERLAP_MS = 250; // how long two connections both bring trades before the old one is closed
const JOIN_MS = 30_000; // a new connection may bring a trade again that an earlier one brought
const MOST_REMEMBERED = 5000; // trades that are known again, and as many older ones
const MOST_WAITING = 10_000; // messages that an iterator keeps for whoever reads it
const MOST_UNANSWERED = 16; // requests
const MOST_PATTERNS = 100; // of one request
const MOST_HISTORY = 1000;
const REQUEST_BYTES = 48_000; // of symbols, far below what any gateway is likely to allow
const LEAST_REQUEST_BYTES = 512;
const MOST_OFFERED = 4096; // of a token: proxies take heads of 8 KB, and it is not alone in there

const CHANNELS = ["quote", "trade", "book", "ticker", "bar", "status"];
const INTERVALS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14_400, "1d": 86_400};
const FAMILIES = CHANNELS.flatMap((one) => (one === "bar" ? Object.keys(INTERVALS).map((each) => `bar ${each}`) : one));

// ---- Decimals: strings in, strings out, exact

function parse(text) {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!found) throw new TypeError(`not a decimal: ${String(text).slice(0, 50)}`);
  const units = BigInt(found[2] + (found[3] ?? ""));
  return {units: found[1] ? -units : units, places: found[3]?.length ?? 0};
}

function written(units, places) {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  return (units < 0n ? "-" : "") + whole + (places ? "." + digits.slice(-places) : "");
}

// Both in units of the finer of the two.
function aligned(a, b) {
  const [left, right] = [parse(a), parse(b)];
  const places = Math.max(left.places, right.places);
  const units = (one) => one.units * 10n ** BigInt(places - one.places);
  return [units(left), units(right), places];
}

// Half away from zero; `by` is above zero.
function divided(units, by) {
  const size = units < 0n ? -units : units;
  const rounded = (2n * size + by) / (2n * by);
  return units < 0n ? -rounded : rounded;
}

export const decimal = Object.freeze({
  compare(a, b) {
    const [left, right] = aligned(a, b);
    return left < right ? -1 : left > right ? 1 : 0;
  },
  add(a, b) {
    const [left, right, places] = aligned(a, b);
    return written(left + right, places);
  },
  subtract(a, b) {
    const [left, right, places] = aligned(a, b);
    return written(left - right, places);
  },
  multiply(a, b) {
    const [left, right] = [parse(a), parse(b)];
    return written(left.units * right.units, left.places + right.places);
  },
  negate(a) {
    const {units, places} = parse(a);
    return written(-units, places);
  },
  places(a) {
    return parse(a).places;
  },
  toFixed(a, places) {
    const one = parse(a);
    if (places >= one.places) return written(one.units * 10n ** BigInt(places - one.places), places);
    return written(divided(one.units, 10n ** BigInt(one.places - places)), places);
  },
  // Exact: an odd sum takes one more digit.
  mid(bid, ask) {
    const [left, right, places] = aligned(bid, ask);
    const sum = left + right;
    return sum % 2n === 0n ? written(sum / 2n, places) : written(sum * 5n, places + 1);
  },
  percentChange(last, open, places = 2) {
    const [now, then] = aligned(last, open);
    if (then === 0n) return null;
    const size = then < 0n ? -then : then;
    return written(divided((now - then) * 100n * 10n ** BigInt(places), size), places);
  },
  // A double, so for pixels only.
  shareOf(part, whole) {
    const share = Number(part) / Number(whole);
    return Number.isFinite(share) ? share : 0;
  },
});

// ---- Why a connection ended, and whether to come back

export const closeCodes = new Map([
  [1000, {comeBack: "as you like", text: "closed by this side"}],
  [1001, {comeBack: "now", text: "the gateway is going away"}],
  [1002, {comeBack: "never", text: "a frame broke the WebSocket protocol"}],
  [1003, {comeBack: "never", text: "the gateway takes text only"}],
  [1006, {comeBack: "now", text: "the connection was lost"}],
  [1007, {comeBack: "never", text: "a text was not UTF-8"}],
  [1009, {comeBack: "never", text: "a request was too large"}],
  [1011, {comeBack: "later", text: "a fault of the gateway"}],
  [1012, {comeBack: "now", text: "the gateway restarts"}],
  [1013, {comeBack: "later", text: "the gateway is overloaded"}],
  [4008, {comeBack: "now", text: "this client read too slowly: ask for less"}],
  [4010, {comeBack: "now", text: "the gateway heard nothing of this client"}],
  [4400, {comeBack: "never", text: "too many bad requests"}],
  [4401, {comeBack: "never", text: "not authenticated"}],
  [4403, {comeBack: "never", text: "not entitled"}],
  [4429, {comeBack: "later", text: "a limit of connections or subscriptions is reached"}],
]);

// -> {text, comeBack: "never" | "now" | "later" | "as you like"}
export function meaning(code) {
  return closeCodes.get(code) ?? {text: `closed with ${code}`, comeBack: "now"};
}

// How long to wait before the next attempt; null: none. `failures` is how many attempts failed in a
// row, `due` how long the gateway asked to be left alone yet.
export function delayAfter(code, failures, due, random = Math.random) {
  const {comeBack} = meaning(code);
  if (comeBack === "never") return null;
  if (code === 1012 && failures === 0) return 0; // the delay ran before the close
  const doublings = Math.min(failures + (comeBack === "later" ? 2 : 0), 10);
  const most = Math.min(MOST_DELAY_MS, LEAST_DELAY_MS * 2 ** doublings);
  return Math.max(due, 0) + random() * most;
}

export class ClosedError extends Error {
  constructor(code, reason) {
    super(reason || meaning(code).text);
    this.name = "ClosedError";
    this.code = code;
  }
}

// Is what was sent then old now? Clocks differ, so that is measured against the quickest way that
// anything took on this connection.
class Ages {
  least = Infinity;

  of(sentMicros, now) {
    const took = now - sentMicros / 1000;
    this.least = Math.min(this.least, took);
    return took - this.least;
  }
}

// Can it be offered as a subprotocol (RFC 6455, 4.1; a token of RFC 9110, 5.6.2)? Else it goes in band.
function fitsOffer(token) {
  return token.length <= MOST_OFFERED && /^[\w!#$%&'*+.^`|~-]+$/.test(token);
}

// Whoever listens wrongly disturbs nobody else.
function report(error) {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error(error);
}

// ---- What is wanted

const isPattern = (symbol) => symbol === "*" || symbol.endsWith(":*") || symbol.startsWith("*:");

function covers(pattern, symbol) {
  if (pattern === "*" || pattern === symbol) return true;
  const colon = symbol.indexOf(":");
  return pattern.endsWith(":*") ? pattern.slice(0, -2) === symbol.slice(0, colon)
    : pattern.startsWith("*:") && pattern.slice(2) === symbol.slice(colon + 1);
}

// Whether two may name the same symbol, either of them a pattern.
function overlap(a, b) {
  if (!isPattern(b)) return covers(a, b);
  if (!isPattern(a)) return covers(b, a);
  const kind = (one) => (one === "*" ? 0 : one.endsWith(":*") ? 1 : 2);
  return kind(a) !== kind(b) || a === b;
}

// Of bars a family for each interval: within one, a later request changes an earlier one.
const familyOf = (channel, interval) => (channel === "bar" ? `bar ${interval}` : channel);

class Wanted {
  entries = new Map(); // key -> {key, family, channel, interval, symbol, wishes: Map(subscription -> options)}
  patterns = new Map(); // those of them that are patterns
  symbols = new Map(); // symbol -> how many entries name it
  routes = new Map(); // key -> the subscriptions that a message goes to; made when needed

  add(subscription, {channel, interval, ...options}, symbol) {
    const family = familyOf(channel, interval);
    const key = `${family} ${symbol}`;
    let entry = this.entries.get(key);
    if (!entry) {
      entry = {key, family, channel, interval, symbol, wishes: new Map()};
      this.entries.set(key, entry);
      if (isPattern(symbol)) this.patterns.set(key, entry);
      else this.symbols.set(symbol, (this.symbols.get(symbol) ?? 0) + 1);
    }
    entry.wishes.set(subscription, options);
    this.routes.clear();
    return entry;
  }

  remove(subscription, {channel, interval}, symbol) {
    const entry = this.entries.get(`${familyOf(channel, interval)} ${symbol}`);
    entry.wishes.delete(subscription);
    this.routes.clear();
    if (entry.wishes.size > 0) return entry;
    this.entries.delete(entry.key);
    if (!this.patterns.delete(entry.key)) {
      const left = this.symbols.get(symbol) - 1;
      if (left > 0) this.symbols.set(symbol, left);
      else this.symbols.delete(symbol);
    }
    return entry;
  }

  covering(family, symbol) {
    return [...this.patterns.values()].filter((one) => one.family === family && covers(one.symbol, symbol));
  }

  // Everybody's wishes for it in one: the least interval, the greatest depth. null: nobody has any.
  ask({key, family, channel, symbol}) {
    const own = this.entries.get(key);
    const wishes = [own, ...(isPattern(symbol) ? [] : this.covering(family, symbol))]
      .flatMap((one) => (one ? [...one.wishes.values()] : []));
    if (wishes.length === 0) return null;
    const ask = {interval_ms: Math.min(...wishes.map((wish) => wish.interval_ms ?? 0))};
    if (channel === "book") ask.depth = Math.max(...wishes.map((wish) => wish.depth ?? 25));
    return ask;
  }

  route(family, symbol) {
    const key = `${family} ${symbol}`;
    let route = this.routes.get(key);
    if (!route) {
      const entries = [this.entries.get(key), ...this.covering(family, symbol)];
      route = [...new Set(entries.flatMap((one) => (one ? [...one.wishes.keys()] : [])))];
      this.routes.set(key, route);
    }
    return route;
  }

  has(symbol) {
    return this.symbols.has(symbol) || [...this.patterns.values()].some((one) => covers(one.symbol, symbol));
  }
}

// ---- One connection: what was asked on it, and what it brought

class Connection {
  openedAt = 0;
  heard = 0; // when something of now came
  spoke = 0; // when anything came
  old = false; // what came last was not of now
  probed = 0; // since when an answer is waited for
  epoch = null;
  degraded = null;
  drainUntil = 0;
  acknowledged = 0; // when the last request was answered
  statuses = new Map(); // symbol -> its status
  values = new Map(); // key -> the newest message
  refused = new Map(); // symbol -> the code
  resumed = new Set(); // symbols of which it was said what was seen last
  ready = false; // it is open, and the gateway knows who asks where that has to be said first
  events = []; // trades, gaps and bars that came before this was the connection in use
  over = false;

  #requests = new Map(); // id -> what waits for its answer
  #numbers = 0;
  #held = new Map(); // key -> how it was asked for; "": refused
  #busy = new Map(); // keys of requests that wait for their answer; true: ask again behind it
  #dirty = new Set(); // keys that may have to be asked for, or ended
  #history = new Map(); // key -> how many bars of the past to ask for
  #ages = new Ages();
  #pausedUntil = 0;
  #window = MOST_UNANSWERED; // fewer when the gateway has enough of them

  // `made` is a socket or the promise of one; `on` has opened, took, ended, rejected and failed.
  constructor(made, wanted, options, on) {
    Object.assign(this, {wanted, options, on, begun: Date.now()});
    if (typeof made.then !== "function") this.#attach(made);
    else made.then((socket) => this.#attach(socket), (error) => this.end(1006, error.message));
  }

  #attach(socket) {
    if (this.over) return socket.close();
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = this.heard = this.spoke = Date.now();
      const {token, inBand} = this.options.credential;
      if (!inBand) return this.#begin();
      // Who refuses it for good closes; to another, which knows no such request, one may speak.
      return this.#send({op: "auth", token}, {resolve: () => this.#begin(), reject: () => this.#begin()});
    };
    socket.onmessage = ({data}) => this.#take(data);
    socket.onclose = ({code, reason, retryAfter}) => this.end(code, reason, retryAfter);
    socket.onerror = () => {}; // its close follows
  }

  #begin() {
    if (this.over || this.ready) return;
    this.ready = true;
    this.on.opened(this);
  }

  // Another credential, in place of the one it has.
  authenticate(token) {
    if (this.ready && !this.over) this.#send({op: "auth", token});
  }

  // What is given up may speak on: it is no longer ours.
  abandon() {
    this.over = true;
    clearTimeout(this.resume);
    for (const {reject} of this.#requests.values()) reject?.(new ClosedError(1006));
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close(1000);
  }

  end(code, reason = "", retryAfter = 0) {
    if (this.over) return;
    if (retryAfter) this.drainUntil = Math.max(this.drainUntil, Date.now() + retryAfter * 1000);
    this.abandon();
    this.on.ended(this, code, reason);
  }

  #take(text) {
    if (this.over) return;
    let objects = null;
    try {
      objects = JSON.parse(text);
    } catch { /* the same as what is no array */ }
    if (!Array.isArray(objects)) return this.on.failed({type: "error", code: "bad_message",
      message: "the gateway sent what is no array of objects", fatal: false});
    objects = objects.filter((object) => typeof object?.type === "string");
    const now = Date.now();
    let old = now - this.heard > DEAD_MS; // asleep: this may have waited as long
    for (const object of objects) {
      const sent = object.type === "heartbeat" ? object.time : object.sent;
      if (typeof sent === "number") old = this.#ages.of(sent, now) > LATE_MS;
      // Its question went out behind all that was read by then, so this is as old as that at most.
      if (object.type === "pong" && now - this.#requests.get(object.id)?.at < LATE_MS) {
        if (old) this.#ages = new Ages(); // a clock was set
        old = false;
      }
    }
    this.spoke = now;
    this.old = old;
    if (old) this.probe(now);
    else this.heard = now;
    this.on.took(this, objects);
  }

  #send(request, more) {
    const id = ++this.#numbers;
    this.#requests.set(id, {request, at: Date.now(), ...more});
    this.socket.send(JSON.stringify({op: request.op, id, ...request}));
  }

  ping(resolve, reject) {
    this.#send({op: "ping"}, {resolve, reject});
  }

  // Asks whether anybody is there, once.
  probe(now) {
    if (this.probed) return;
    this.probed = now;
    this.ping();
  }

  // Nothing is of later than now.
  setBack(now) {
    for (const name of ["begun", "heard", "spoke", "probed"]) this[name] = Math.min(this[name], now);
  }

  // The keys have to be looked at; `history`, of bars: how much of the past somebody wants.
  touch(key, history = 0) {
    this.#dirty.add(key);
    if (history > 0) this.#history.set(key, Math.max(history, this.#history.get(key) ?? 0));
  }

  // All was asked for and answered.
  get settled() {
    return this.ready && this.#dirty.size === 0 && this.#requests.size === 0;
  }

  // Asks for the difference between what is wanted and what is held.
  sync() {
    if (!this.ready || this.over || Date.now() < this.#pausedUntil) return;
    const drops = new Map();
    const adds = new Map();
    for (const key of [...this.#dirty]) {
      if (this.#busy.has(key)) continue; // its answer comes first
      this.#dirty.delete(key);
      this.#decide(key, drops, adds);
    }
    this.#askAgain(drops, adds);
    const rank = (one) => (isPattern(one.symbol) ? one.ask.interval_ms : -1); // the quickest last
    const sorted = [...adds.values()].sort((a, b) => rank(b) - rank(a));
    this.#request("unsubscribe", [...drops.values()]);
    this.#request("subscribe", sorted);
  }

  #decide(key, drops, adds) {
    const held = this.#held.get(key);
    const space = key.lastIndexOf(" ");
    const [family, symbol] = [key.slice(0, space), key.slice(space + 1)];
    const [channel, interval] = family.split(" ");
    const entry = this.wanted.entries.get(key) ?? {key, family, channel, interval, symbol};
    const ask = this.wanted.ask(entry);
    const same = ask && held === JSON.stringify(ask);
    if (entry.wishes) {
      if (!same || this.#history.has(key)) adds.set(key, {...entry, ask});
      return;
    }
    // Where nobody wants it by itself any more, it is as the patterns that cover it want it.
    this.#history.delete(key);
    if (!held || same) this.#held.delete(key);
    else if (ask) adds.set(key, {...entry, ask, passing: true});
    else drops.set(key, entry);
  }

  // A request for a pattern changes all that it covers, and its end ends that; so what else is
  // wanted of it is asked for again, behind it.
  #askAgain(drops, adds) {
    const patterns = [...drops.values(), ...adds.values()].filter((one) => isPattern(one.symbol));
    while (patterns.length > 0) {
      const {family, symbol} = patterns.pop();
      for (const entry of this.wanted.entries.values()) {
        if (entry.family !== family || adds.has(entry.key) || !overlap(symbol, entry.symbol)) continue;
        if (this.#busy.has(entry.key)) this.#busy.set(entry.key, true);
        if (!this.#held.get(entry.key) || this.#busy.has(entry.key)) continue;
        adds.set(entry.key, {...entry, ask: this.wanted.ask(entry)});
        if (isPattern(entry.symbol)) patterns.push(entry);
      }
    }
  }

  // In as many requests as their size takes. What is too much for now stays to be done.
  #request(op, entries) {
    const batches = new Map(); // how -> the last batch of it
    const all = [];
    for (const entry of entries) {
      const {family, channel, interval, ask, symbol, key} = entry;
      const history = op === "subscribe" ? this.#history.get(key) ?? 0 : 0;
      const how = JSON.stringify([family, ask, history, isPattern(symbol)]);
      const size = symbol.length * 3 + 3; // UTF-8 at its longest
      let batch = batches.get(how);
      if (!batch || batch.size + size > this.options.bytes || batch.entries.length >= batch.most) {
        batch = {size: 0, entries: [], most: isPattern(symbol) ? MOST_PATTERNS : Infinity,
          request: {op, channel, ...(channel === "bar" && {interval}), ...ask, ...(history && {history}),
            ...(op === "subscribe" && this.options.stamps && {stamps: true})}};
        batches.set(how, batch);
        all.push(batch);
      }
      batch.size += size;
      batch.entries.push(entry);
    }
    for (const batch of all) this.#sendBatch(batch);
  }

  #sendBatch({request, entries}) {
    if (this.#requests.size >= this.#window) {
      for (const {key} of entries) {
        this.#dirty.add(key);
        if (this.#held.get(key)) this.#held.set(key, "again");
      }
      return;
    }
    for (const {key} of entries) {
      this.#busy.set(key, false);
      this.#history.delete(key);
    }
    const symbols = entries.map((entry) => entry.symbol);
    const from = request.op === "subscribe" && request.channel === "trade" && this.on.seen(this, symbols);
    this.#send({...request, symbols, ...(from && {from})}, {entries});
  }

  // The answer to a request of ours.
  answered(answer) {
    const asked = this.#requests.get(answer.id);
    if (!asked) return;
    this.#requests.delete(answer.id);
    if (answer.type === "pong") {
      this.probed = 0;
      asked.resolve?.(Date.now() - asked.at);
      return;
    }
    if (answer.type === "authenticated") return void asked.resolve?.();
    if (answer.code === "rate_limited") return this.#postpone(asked, answer);
    if (answer.type === "error" && !(answer.fatal && asked.request.op === "auth")) {
      asked.reject?.(new Error(answer.message));
    }
    this.#note(asked, answer);
    this.acknowledged = Date.now();
    if (this.#requests.size <= this.#window / 2) this.sync();
  }

  // Served no more, or not to us: nothing is known of these, and what was asked for by name is as good
  // as refused. By another channel a symbol may go on, where there is only no room for this one.
  removed(family, rejected) {
    for (const {symbol, code} of rejected) {
      const key = `${family} ${symbol}`;
      this.values.delete(key);
      if (this.#held.has(key)) this.#held.set(key, "");
      if (code !== "unknown_symbol" && this.#goesOn(symbol)) continue;
      this.statuses.delete(symbol);
      this.refused.set(symbol, code);
    }
  }

  #goesOn(symbol) {
    return FAMILIES.map((family) => `${family} ${symbol}`).some((key) => this.#held.get(key) || this.values.has(key));
  }

  #note({request, entries = []}, answer) {
    if (answer.epoch) this.epoch = answer.epoch;
    const rejected = new Map((answer.rejected ?? []).map((one) => [one.symbol, one]));
    for (const {key, symbol, ask, passing} of entries) {
      const again = this.#busy.get(key);
      this.#busy.delete(key);
      if (request.op === "unsubscribe" || passing) {
        this.#held.delete(key);
        continue;
      }
      const refused = answer.type === "error" ? answer : rejected.get(symbol);
      this.#held.set(key, refused ? "" : again ? "again" : JSON.stringify(ask));
      if (again) this.#dirty.add(key);
      if (refused) this.refused.set(symbol, refused.code);
      else this.refused.delete(symbol);
      if (rejected.has(symbol)) this.on.rejected({channel: request.channel, ...refused});
    }
    // What found no room may find it now.
    if (answer.type !== "unsubscribed") return;
    for (const [key, how] of this.#held) {
      const symbol = key.slice(key.lastIndexOf(" ") + 1);
      if (how === "" && this.refused.get(symbol) === "too_many_symbols") {
        this.#held.delete(key);
        this.#dirty.add(key);
      }
    }
  }

  #postpone(asked, {id, retry_after_ms: ms}) {
    const {request, entries, resolve, reject} = asked;
    if (Date.now() >= this.#pausedUntil) this.#window = Math.max(1, this.#window >> 1);
    this.#pausedUntil = Date.now() + ms;
    for (const symbol of Object.keys(request.from?.seq ?? {})) this.resumed.delete(symbol);
    for (const {key, channel} of entries ?? []) {
      if (this.#busy.get(key)) this.#held.set(key, "again");
      this.#busy.delete(key);
      if (channel === "bar" && request.history) this.touch(key, request.history);
      else this.touch(key);
    }
    clearTimeout(this.resume);
    this.resume = setTimeout(() => {
      this.#pausedUntil = 0;
      this.sync();
    }, ms);
    if (request.op !== "ping" && request.op !== "auth") return;
    this.#requests.set(id, asked); // it still waits
    setTimeout(() => {
      if (!this.over && this.#requests.delete(id)) this.#send(request, {resolve, reject});
    }, ms);
  }
}

// ---- What somebody wants, and how it is read

// Keeps what was not read yet. Of what is replaced by the next one, the newest of each symbol;
// of trades and closed bars all, up to a limit, and then a gap in their place.
class Reader {
  #waiting = new Map(); // key -> message, oldest first
  #cursor = this.#waiting.entries();
  #numbers = 0;
  #takers = []; // who waits for a message
  #over = null; // {error}

  constructor(leave) {
    this.leave = leave;
  }

  put(message) {
    if (this.#over) return;
    const taker = this.#takers.shift();
    if (taker) return taker.resolve({value: message, done: false});
    const {type, symbol, interval, start} = message;
    const open = `bar ${interval} ${start} ${symbol}`;
    const kept = type === "trade" || type === "gap" || type === "bar_history" || message.corrected;
    if (type === "bar" && message.closed) this.#waiting.delete(open);
    const key = kept || message.closed ? ++this.#numbers : type === "bar" ? open : `${type} ${symbol}`;
    this.#waiting.set(key, message);
    if (this.#waiting.size > MOST_WAITING) this.#shorten();
  }

  // The older half becomes a gap for each symbol.
  #shorten() {
    const gaps = new Map();
    const rest = [];
    let number = 0;
    for (const [key, message] of this.#waiting) {
      if (++number > MOST_WAITING / 2) {
        rest.push([key, message]);
        continue;
      }
      const {type, symbol, interval} = message;
      const channel = message.channel ?? (type === "bar_history" ? "bar" : type);
      const name = `gap ${channel} ${interval} ${symbol}`;
      const gap = gaps.get(name) ?? {type: "gap", channel, symbol, ...(interval && {interval}),
        from: message.from ?? message.seq ?? null, to: null, reason: "slow_consumer"};
      gap.to = message.to ?? message.seq ?? gap.to;
      gaps.set(name, gap);
    }
    this.#waiting = new Map([...gaps, ...rest]);
    this.#cursor = this.#waiting.entries();
  }

  end(error = null) {
    if (this.#over) return;
    this.#over = {error};
    for (const {resolve, reject} of this.#takers.splice(0)) {
      if (error) reject(error);
      else resolve({value: undefined, done: true});
    }
  }

  async next() {
    // One cursor for all of them: each new one would step over all that was taken before.
    let {value: entry} = this.#cursor.next();
    if (!entry) {
      this.#cursor = this.#waiting.entries();
      entry = this.#cursor.next().value;
    }
    if (entry) {
      this.#waiting.delete(entry[0]);
      return {value: entry[1], done: false};
    }
    if (this.#over?.error) throw this.#over.error;
    if (this.#over) return {value: undefined, done: true};
    return new Promise((resolve, reject) => this.#takers.push({resolve, reject}));
  }

  async return(value) {
    this.#waiting.clear();
    this.end();
    this.leave(this);
    return {value, done: true};
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

let deliver; // (subscription, message)
let finish; // (subscription, error): its iterators end

export class Subscription {
  #hub;
  #wish; // {channel, interval, interval_ms, depth, history}
  #callback;
  #symbols = new Set();
  #readers = new Set();
  #closed = false;

  static {
    deliver = (subscription, message) => subscription.#deliver(message);
    finish = (subscription, error) => subscription.#finish(error);
  }

  constructor(hub, wish, symbols, callback) {
    this.#hub = hub;
    this.#wish = wish;
    this.#callback = callback;
    this.add(...symbols);
  }

  get channel() {
    return this.#wish.channel;
  }

  get symbols() {
    return [...this.#symbols];
  }

  add(...symbols) {
    if (this.#closed) throw new Error("this subscription is closed");
    for (const symbol of checked(symbols.flat())) {
      if (this.#symbols.has(symbol)) continue;
      this.#symbols.add(symbol);
      this.#hub.want(this, this.#wish, symbol);
    }
  }

  remove(...symbols) {
    for (const symbol of symbols.flat()) {
      if (this.#symbols.delete(symbol)) this.#hub.forget(this, this.#wish, symbol);
    }
  }

  // These and no others; `options` replaces those it names.
  set(symbols, options = {}) {
    const next = new Set(checked([symbols].flat()));
    const wish = {...this.#wish, ...checkedOptions(this.#wish.channel, options)};
    const changed = JSON.stringify(wish) !== JSON.stringify(this.#wish);
    for (const symbol of this.#symbols) {
      if (changed || !next.has(symbol)) this.remove(symbol);
    }
    this.#wish = wish;
    this.add(...next);
  }

  close() {
    if (this.#closed) return;
    this.remove(...this.#symbols);
    this.#closed = true;
    this.#hub.leave(this);
    this.#finish(null);
  }

  // Whoever leaves the loop has done with the subscription, if nobody else reads it.
  [Symbol.asyncIterator]() {
    const reader = new Reader((one) => {
      this.#readers.delete(one);
      if (this.#readers.size === 0 && !this.#callback) this.close();
    });
    const {over, error} = this.#hub.ending();
    if (this.#closed || over) reader.end(error);
    else for (const message of this.#hub.newest(this, this.#wish, this.#symbols)) reader.put(message);
    this.#readers.add(reader);
    return reader;
  }

  #deliver(message) {
    for (const reader of this.#readers) reader.put(message);
    try {
      this.#callback?.(message, this);
    } catch (error) {
      report(error);
    }
  }

  #finish(error) {
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
  }
}

function checked(symbols) {
  for (const symbol of symbols) {
    if (typeof symbol !== "string" || !/^\S+$/.test(symbol)) {
      throw new TypeError(`expected a symbol such as KRAKEN:BTC-USD, got ${JSON.stringify(symbol)}`);
    }
  }
  return symbols;
}

function checkedOptions(channel, options) {
  const ranges = {interval_ms: [0, 60_000], ...(channel === "book" && {depth: [1, 25]}),
    ...(channel === "bar" && {history: [0, MOST_HISTORY], interval: null})};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!(name in ranges)) throw new TypeError(`${channel} has no option ${name}`);
    const [least, most] = ranges[name] ?? [];
    const fits = name === "interval" ? Object.hasOwn(INTERVALS, value)
      : Number.isInteger(value) && value >= least && value <= most;
    const expected = name === "interval" ? Object.keys(INTERVALS).join(", ") : `${least} to ${most}`;
    if (!fits) throw new RangeError(`${name}: expected ${expected}, got ${JSON.stringify(value)}`);
  }
  return options;
}

// ---- The client

// A bare address gets the path of the stream; http means ws; a page may leave out its own host.
function streamUrl(text) {
  const url = new URL(text, globalThis.location?.href);
  url.protocol = url.protocol.replace(/^http/, "ws");
  if (!/^wss?:$/.test(url.protocol)) throw new TypeError(`expected ws:// or wss://, got ${text}`);
  if (url.pathname === "/") url.pathname = "/v1/stream";
  url.hash = "";
  return url.href;
}

// When a trade was; of a gap NaN.
const made = ({time, received}) => time ?? received ?? NaN;

// "delayed 15 min", where an object has `delayed_s`.
export function delayText(seconds) {
  return seconds % 60 === 0 ? `delayed ${seconds / 60} min` : `delayed ${seconds} s`;
}

const familyOfMessage = ({type, channel, interval}) => (type === "bar_history" ? `bar ${interval}`
  : type === "gap" ? channel : familyOf(type, interval));

export class Client {
  #url;
  #options;
  #listeners = new Map();
  #wanted = new Wanted();
  #subscriptions = new Set();
  #main = null; // the connection in use
  #next = null; // one that is made beside it, because it drains
  #link = {state: "connecting", since: Date.now(), heard: 0, next: 0, code: 0, reason: "", attempts: 0,
    draining: false};
  #live = new Set(); // symbols that may be shown as live, as the listeners were told
  // symbol -> {epoch, seq} of its last trade or gap (null: none yet, and some may be `missed`), and when
  // its `newest` trade was.
  #told = new Map();
  #remembered = [new Set(), new Set()]; // the last trades of this connection: newer, older
  #earlier = []; // and of the one before
  #closedBars = new Map(); // key -> start of the last one that was closed
  #bytes = REQUEST_BYTES;
  #newcomers = new Map(); // subscription -> {wish, symbols}: these it has just begun to want
  #forgot = false; // something is not wanted any more
  #scheduled = false;
  #checked = Date.now(); // when the clock was looked at last
  #ticks; // timers: for that, for the next attempt, for one beside a connection that drains
  #retry;
  #preparing;
  #attempts = 0; // that may yet be made beside it
  #lastEpoch = null;
  #inBand = false; // the next connection says its token in band
  #wake = (event) => this.#onWake(event);

  constructor(url, options = {}) {
    this.#url = streamUrl(url);
    this.#options = {stamps: true, random: Math.random, ...options};
    this.#listen("addEventListener");
    this.#ticks = setInterval(() => this.#check(false), CHECK_MS);
    this.#connect();
  }

  #listen(how) {
    globalThis.document?.[how]?.("visibilitychange", this.#wake);
    for (const event of ["pageshow", "online"]) globalThis[how]?.(event, this.#wake);
  }

  // -- What it knows

  get link() {
    return {...this.#link, heard: this.#main?.heard || this.#link.heard};
  }

  get epoch() {
    return this.#main?.epoch ?? null;
  }

  get degraded() {
    return this.#main?.degraded ?? null;
  }

  status(symbol) {
    return this.#main?.statuses.get(symbol) ?? null;
  }

  latest(channel, symbol, interval) {
    if (channel === "status") return this.status(symbol);
    return this.#main?.values.get(`${familyOf(channel, interval)} ${symbol}`) ?? null;
  }

  // Whether its price may be shown as live: that of the channel, if one is named.
  isLive(symbol, channel) {
    return this.#link.state === "live" && this.#main.statuses.get(symbol)?.state === "live"
      && this.#has(symbol, channel);
  }

  // "" when it is live, else the reason, for people.
  why(symbol, channel) {
    const {state, next, reason} = this.#link;
    const seconds = (ms) => `${Math.max(0, Math.round(ms / 1000))} s`;
    if (state === "closed") return "closed";
    if (state === "ended") return `no connection: ${reason}`;
    if (state === "waiting") return `no connection, next attempt in ${seconds(next - Date.now())}`;
    if (state === "connecting") return "connecting";
    if (state === "silent") return `nothing of now was heard for ${seconds(Date.now() - this.#main.heard)}`;
    const status = this.status(symbol);
    if (!status && this.#main.refused.has(symbol)) {
      const code = this.#main.refused.get(symbol);
      return code === "unknown_symbol" ? "not known here" : code.replaceAll("_", " ");
    }
    if (!status) return this.#wanted.has(symbol) ? "no answer yet" : "not subscribed";
    if (status.state === "delayed") return delayText(status.delayed_s);
    if (status.state !== "live") return status.reason ? `${status.state}: ${status.reason}` : status.state;
    return this.#has(symbol, channel) ? "" : "no price yet";
  }

  // A status alone makes no price live that is of an earlier connection. Without a channel: the
  // quote's, where quotes are wanted, or the book's.
  #has(symbol, channel) {
    const one = channel ?? ["quote", "book"].find((name) => this.#wanted.route(name, symbol).length > 0);
    return !one || one === "bar" || one === "status" || this.#main.values.has(`${one} ${symbol}`);
  }

  // -- What is wanted

  on(event, listener) {
    if (typeof listener !== "function") throw new TypeError(`${event}: expected a function`);
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    const one = (...words) => listener(...words); // the same function may listen twice
    this.#listeners.get(event).add(one);
    return () => void this.#listeners.get(event).delete(one);
  }

  subscribe(channel, symbols, options = {}, callback = undefined) {
    if (typeof options === "function") [options, callback] = [{}, options];
    if (!CHANNELS.includes(channel)) {
      throw new TypeError(`channel: expected ${CHANNELS.join(", ")}, got ${JSON.stringify(channel)}`);
    }
    if (channel === "bar" && !options.interval) throw new TypeError("a bar needs an interval, such as 1m");
    if (this.#link.state === "closed") throw new Error("this client is closed");
    const subscription = new Subscription({
      want: (...words) => this.#want(...words),
      forget: (...words) => this.#forget(...words),
      leave: (one) => this.#subscriptions.delete(one),
      newest: (one, wish, names) => this.#newest(wish, names, this.#newcomers.get(one)?.symbols),
      ending: () => this.#ending(),
    }, {channel, ...checkedOptions(channel, options)}, [symbols].flat(), callback);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  quotes(...symbols) { return this.#named("quote", symbols); }
  trades(...symbols) { return this.#named("trade", symbols); }
  books(...symbols) { return this.#named("book", symbols); }
  tickers(...symbols) { return this.#named("ticker", symbols); }
  bars(...symbols) { return this.#named("bar", symbols); }
  statuses(...symbols) { return this.#named("status", symbols); }

  // The last word may be the options.
  #named(channel, words) {
    const all = words.flat();
    const options = all.at(-1) instanceof Object ? all.pop() : {};
    return this.subscribe(channel, all, options);
  }

  #want(subscription, wish, symbol) {
    const entry = this.#wanted.add(subscription, wish, symbol);
    if (!this.#newcomers.has(subscription)) this.#newcomers.set(subscription, {wish, symbols: new Set()});
    this.#newcomers.get(subscription).symbols.add(symbol);
    this.#touch(entry, wish.history);
  }

  #forget(subscription, wish, symbol) {
    this.#newcomers.get(subscription)?.symbols.delete(symbol);
    this.#forgot = true;
    this.#touch(this.#wanted.remove(subscription, wish, symbol));
  }

  #touch({key}, history) {
    for (const connection of [this.#main, this.#next]) connection?.touch(key, history);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#synchronise());
  }

  // All that was changed within one run of the program is asked for at once.
  #synchronise() {
    this.#scheduled = false;
    if (this.#link.state === "closed") return;
    if (this.#forgot) this.#prune();
    for (const connection of [this.#main, this.#next]) connection?.sync();
    const newcomers = this.#newcomers;
    this.#newcomers = new Map();
    for (const [subscription, {wish, symbols}] of newcomers) {
      for (const message of this.#newest(wish, symbols)) deliver(subscription, message);
    }
    this.#tellLive();
  }

  // What others brought already, for who joins them. A past that is asked for comes anew.
  #newest({channel, interval, history}, symbols, except = new Set()) {
    if (!this.#main || channel === "trade" || history > 0) return [];
    const store = channel === "status" ? this.#main.statuses : this.#main.values;
    const prefix = channel === "status" ? "" : `${familyOf(channel, interval)} `;
    const found = [];
    for (const symbol of symbols) {
      if (except.has(symbol)) continue;
      if (!isPattern(symbol)) found.push(store.get(prefix + symbol));
      else for (const [key, message] of store) {
        if (key.startsWith(prefix) && covers(symbol, message.symbol)) found.push(message);
      }
    }
    return found.filter(Boolean);
  }

  // Nothing is known of what nobody wants.
  #prune() {
    this.#forgot = false;
    for (const connection of [this.#main, this.#next]) {
      if (!connection) continue;
      for (const [key, {symbol}] of connection.values) {
        if (this.#wanted.route(key.slice(0, -symbol.length - 1), symbol).length === 0) connection.values.delete(key);
      }
      for (const known of [connection.statuses, connection.refused]) {
        for (const symbol of known.keys()) if (!this.#wanted.has(symbol)) known.delete(symbol);
      }
    }
    for (const symbol of this.#told.keys()) {
      if (this.#wanted.route("trade", symbol).length === 0) this.#told.delete(symbol);
    }
    for (const key of this.#closedBars.keys()) {
      const [channel, interval, symbol] = key.split(" ");
      if (this.#wanted.route(familyOf(channel, interval), symbol).length === 0) this.#closedBars.delete(key);
    }
  }

  // -- Connections

  #connect() {
    clearTimeout(this.#retry);
    this.#turnOver();
    this.#main = this.#connection(this.#lastEpoch);
    this.#become("connecting", {draining: false});
  }

  #connection(before) {
    let made;
    const credential = {token: null, inBand: false};
    try {
      made = this.#dial(credential);
    } catch (error) {
      made = Promise.reject(error);
    }
    const {stamps} = this.#options;
    const connection = new Connection(made, this.#wanted, {stamps, bytes: this.#bytes, credential}, {
      opened: (one) => this.#opened(one),
      took: (one, objects) => this.#took(one, objects),
      ended: (one, code, reason) => this.#ended(one, code, reason),
      rejected: (what) => this.#emit("rejected", what),
      failed: (error) => this.#emit("error", error),
      seen: (one, symbols) => this.#seen(one, symbols),
    });
    connection.before = before;
    for (const entry of this.#wanted.entries.values()) connection.touch(entry.key, this.#past(entry));
    return connection;
  }

  #dial(credential) {
    const {token} = this.#options;
    if (typeof token !== "function") return this.#offer(token, credential);
    return Promise.resolve(token()).then((one) => this.#offer(one, credential));
  }

  // A browser has a WebSocket, Node 20 none: there ours is loaded, and never elsewhere.
  #offer(token, credential) {
    const {WebSocket: given, protocols = [], headers, tls} = this.#options;
    if (token) {
      credential.token = token;
      credential.inBand = this.#inBand || !fitsOffer(token);
    }
    const bearer = token && !credential.inBand ? [`bearer.${token}`] : [];
    const words = [this.#url, ["tickgate.v1.json", ...bearer, ...protocols]];
    const Socket = given ?? (headers || tls ? undefined : globalThis.WebSocket);
    if (Socket) return new Socket(...words);
    return import("./node_websocket.js").then((module) => new module.WebSocket(...words, {headers, tls}));
  }

  // How many bars of the past to ask for: those somebody wants, and those that were missed.
  #past({channel, interval, key, wishes}) {
    if (channel !== "bar") return 0;
    const wish = Math.max(...[...wishes.values()].map((one) => one.history ?? 0));
    const start = this.#closedBars.get(key);
    const missed = start ? Math.ceil((Date.now() - start / 1000) / (INTERVALS[interval] * 1000)) : 0;
    return Math.min(MOST_HISTORY, Math.max(wish, missed));
  }

  #opened(connection) {
    connection.sync();
    if (connection === this.#main) this.#become("live");
  }

  #ended(connection, code, reason) {
    if (connection === this.#next) {
      this.#next = null;
      return this.#prepareLater(LEAST_DELAY_MS * (1 + this.#options.random()));
    }
    const now = Date.now();
    const settled = connection.openedAt > 0 && now - connection.openedAt >= SETTLED_MS;
    const attempts = settled ? 0 : this.#link.attempts + 1;
    Object.assign(this.#link, {code, heard: connection.heard || this.#link.heard, attempts,
      reason: reason || meaning(code).text});
    if (this.#next) return this.#adopt();
    this.#miss(connection);
    this.#main = null;
    this.#lastEpoch = connection.epoch ?? this.#lastEpoch;
    // Too large: the same in smaller pieces. What is refused even so stays refused.
    const smaller = code === 1009 && this.#bytes > LEAST_REQUEST_BYTES;
    if (smaller) this.#bytes = Math.max(LEAST_REQUEST_BYTES, this.#bytes >> 2);
    // A browser says of no handshake why it failed: in band the gateway tells whether it was the token.
    const {token, inBand} = connection.options.credential;
    this.#inBand = Boolean(token) && !inBand && !connection.openedAt;
    // Whoever can give another token is asked for one.
    const renews = code === 4401 && typeof this.#options.token === "function";
    const like = smaller || (renews && settled) ? 1006 : renews ? 1011 : code;
    const delay = delayAfter(like, attempts, connection.drainUntil - now, this.#options.random);
    if (delay === null) {
      this.#become("ended", {draining: false});
      for (const one of this.#subscriptions) finish(one, this.#ending().error);
      return;
    }
    this.#retry = setTimeout(() => this.#connect(), delay);
    this.#become("waiting", {next: now + delay, draining: false});
  }

  #ending() {
    const {state, code, reason} = this.#link;
    return {over: state === "closed" || state === "ended",
      error: state === "ended" ? new ClosedError(code, reason) : null};
  }

  #become(state, more = {}) {
    const link = this.#link;
    const changed = Object.entries(more).some(([name, value]) => link[name] !== value);
    if (state === link.state && !changed) return;
    Object.assign(link, more, state !== link.state && {state, since: Date.now()});
    this.#emit("link", this.link);
    this.#tellLive();
  }

  // Once a second, and when the page comes back from wherever it was. A timer that is late says
  // that this machine slept, or that the page was hidden: then the connection is asked before it is judged.
  #check(woke) {
    const now = Date.now();
    const late = woke || now - this.#checked > 2 * CHECK_MS;
    const setBack = now < this.#checked;
    this.#checked = now;
    if (this.#link.state === "waiting" && now >= this.#link.next) return this.#connect();
    for (const connection of [this.#main, this.#next]) {
      if (!connection) continue;
      if (setBack) connection.setBack(now);
      this.#watch(connection, now, late);
    }
    this.#judge();
    this.#switchIfReady();
  }

  #watch(connection, now, late) {
    if (!connection.openedAt) {
      if (now - connection.begun > OPENING_MS) connection.end(1006, "no answer");
      return;
    }
    const silence = now - connection.heard;
    if (late && silence > HEARTBEAT_MS + CHECK_MS) {
      connection.probe(now);
      setTimeout(() => this.#check(false), PROBE_MS);
      return;
    }
    // What speaks, of whatever age, has longer.
    const {probed, spoke} = connection;
    const unanswered = probed && silence > HEARTBEAT_MS && now - Math.max(probed, spoke) >= PROBE_MS;
    if (unanswered || (silence > DEAD_MS && now - probed > DEAD_MS)) {
      connection.end(1006, "nothing was heard");
    }
  }

  // Live or silent: whether what was heard last is of now.
  #judge() {
    const main = this.#main;
    if (!main?.ready) return;
    const silence = Date.now() - main.heard;
    const asleep = main.probed > 0 && silence > HEARTBEAT_MS + CHECK_MS;
    this.#become(main.old || asleep || silence > PATIENCE_MS ? "silent" : "live");
  }

  #onWake(event) {
    if (event.type === "visibilitychange" && globalThis.document?.hidden) return;
    const {state, code} = this.#link;
    if (event.type === "online" && state === "waiting" && code === 1006) this.#connect();
    this.#check(true);
  }

  // -- Another connection before this one ends

  #drain({reconnect_after_ms: ms}) {
    this.#main.drainUntil = Date.now() + ms;
    this.#attempts = 3;
    this.#become(this.#link.state, {draining: true});
    this.#prepareLater(this.#options.random() * Math.min(ms / 4, HEARTBEAT_MS));
  }

  #prepareLater(ms) {
    clearTimeout(this.#preparing);
    this.#preparing = setTimeout(() => {
      if (!this.#main || !this.#link.draining || this.#next || this.#attempts-- <= 0) return;
      this.#next = this.#connection(this.#main.epoch);
    }, ms);
  }

  // All that the page shows is there, and the trades of both overlap.
  #switchIfReady() {
    const [old, next] = [this.#main, this.#next];
    if (!next?.settled || next.old) return;
    const ordered = [...this.#wanted.entries.values()].some(({channel}) => channel === "trade" || channel === "bar");
    if (ordered && Date.now() - next.acknowledged < OVERLAP_MS) return;
    for (const symbol of this.#live) {
      if (next.statuses.get(symbol)?.state !== "live") return;
    }
    for (const [key, {type, symbol}] of old.values) {
      if (type !== "trade" && type !== "bar" && !next.values.has(key) && !next.refused.has(symbol)) return;
    }
    this.#adopt();
  }

  #adopt() {
    clearTimeout(this.#preparing);
    const [old, next] = [this.#main, this.#next];
    this.#main = next;
    this.#next = null;
    old.abandon();
    this.#turnOver();
    this.#join(old, next);
    const same = old.epoch === next.epoch;
    for (const [symbol, status] of next.statuses) {
      const {state, since, reason} = old.statuses.get(symbol) ?? {};
      if (status.state !== state || status.since !== since || status.reason !== reason) this.#dispatch(status);
    }
    for (const message of next.events.splice(0)) this.#event(next, message);
    for (const [key, message] of next.values) {
      if (message.type === "trade") continue;
      if (!same || !(message.seq <= old.values.get(key)?.seq)) this.#dispatch(message);
    }
    this.#become(next.ready ? "live" : "connecting", {draining: false});
    this.#tellLive();
    this.#judge();
    if (next.drainUntil > Date.now()) this.#drain({reconnect_after_ms: next.drainUntil - Date.now()});
  }

  // Numbers of two runs of the gateway cannot be compared. Where both were listened to for long
  // enough, nothing was lost between them.
  #join(old, next) {
    const overlapped = next.settled && Date.now() - next.acknowledged >= OVERLAP_MS;
    if (!overlapped) return this.#miss(old);
    for (const [symbol, {epoch}] of this.#told) {
      if (epoch !== next.epoch) this.#told.set(symbol, {epoch: next.epoch, seq: null});
    }
  }

  // Of symbols that had no trade yet some may be missed as well.
  #miss({statuses, epoch}) {
    for (const symbol of statuses.keys()) {
      if (this.#wanted.route("trade", symbol).length === 0) continue;
      const told = this.#told.get(symbol) ?? {epoch, seq: null};
      if (told.seq === null) this.#told.set(symbol, {...told, missed: true});
    }
  }

  // What was seen last of these, where this connection goes on in place of one that ended: the
  // gateway sends what it still holds behind it. What finds no room begins anew.
  #seen(connection, symbols) {
    if (connection !== this.#main || !connection.before || symbols.length === 0) return undefined;
    const [exact, patterns] = [new Set(symbols), symbols.filter(isPattern)];
    let room = this.#bytes === REQUEST_BYTES ? 2 * REQUEST_BYTES : this.#bytes / 2;
    const seq = {};
    for (const [symbol, told] of this.#told) {
      if (told.seq === null || told.epoch !== connection.before || connection.resumed.has(symbol)) continue;
      if (!exact.has(symbol) && !patterns.some((one) => covers(one, symbol))) continue;
      room -= 3 * symbol.length + 20;
      if (room < 0) break;
      seq[symbol] = told.seq;
      connection.resumed.add(symbol);
    }
    return Object.keys(seq).length > 0 ? {epoch: connection.before, seq} : undefined;
  }

  // -- Messages

  #took(connection, objects) {
    const main = connection === this.#main;
    if (main && connection.old) this.#judge(); // not live before what is old is shown
    for (const object of objects) this.#object(connection, object);
    if (main) this.#judge();
    this.#switchIfReady();
  }

  #object(connection, object) {
    const main = connection === this.#main;
    switch (object.type) {
      case "status": case "quote": case "book": case "ticker":
        return this.#value(connection, object, main);
      case "trade": case "gap": case "bar": case "bar_history":
        return this.#ordered(connection, object, main);
      case "unsubscribed":
        if (object.id === null) return this.#removed(connection, object, main);
        return connection.answered(object);
      case "subscribed": case "pong":
        return connection.answered(object);
      case "authenticated":
        connection.answered(object);
        break;
      case "auth_expiring":
        this.#renew(connection);
        break;
      case "error":
        if (object.code !== "rate_limited") this.#emit("error", object);
        return connection.answered(object);
      case "degraded": case "restored":
        connection.degraded = object.type === "degraded" ? object : null;
        break;
      case "drain":
        if (main) this.#drain(object);
        else connection.drainUntil = Date.now() + object.reconnect_after_ms;
        break;
      case "heartbeat":
        break;
      default:
        return undefined; // a later version's
    }
    return main && this.#emit(object.type, object);
  }

  // Instruments that are served no more: nothing of them is live, and the wish for them stands.
  #removed(connection, {channel, interval, rejected}, main) {
    connection.removed(familyOf(channel, interval), rejected);
    if (!main) return;
    for (const one of rejected) {
      this.#tellLiveOf(one.symbol);
      this.#emit("rejected", {channel, ...one});
    }
  }

  #value(connection, message, main) {
    const {type, symbol} = message;
    const status = type === "status";
    const route = this.#wanted.route(type, symbol);
    if (status ? !this.#wanted.has(symbol) : route.length === 0) return;
    const [store, key] = status ? [connection.statuses, symbol] : [connection.values, `${type} ${symbol}`];
    const first = status || !store.has(key);
    store.set(key, message);
    if (!main) return;
    this.#dispatch(message, route);
    if (first) this.#tellLiveOf(symbol); // a later value changes nothing about it
  }

  #ordered(connection, message, main) {
    const {type, symbol} = message;
    const family = familyOfMessage(message);
    if (this.#wanted.route(family, symbol).length === 0) return;
    const key = `${family} ${symbol}`;
    if (type === "trade" || (type === "bar" && !(message.start < connection.values.get(key)?.start))) {
      connection.values.set(key, message);
    }
    if (main) return this.#event(connection, message);
    if (type === "bar" && !message.closed && !message.corrected) return; // the newest will do
    // To wait any longer would lose some.
    if (connection.events.push(message) >= MOST_WAITING) this.#adopt();
  }

  #event(connection, message) {
    const {type} = message;
    if (type === "trade" || type === "gap") return this.#trade(connection, message);
    this.#bar(message);
  }

  // A trade or a gap, once, whichever connection brings it; and what is missing between two
  // connections is told before it.
  #trade(connection, message) {
    const {type, symbol, seq} = message;
    const {epoch} = connection;
    const told = this.#told.get(symbol);
    const [from, to] = type === "gap" ? [message.from, message.to] : [seq, seq];
    if (type === "trade" && this.#knows(connection, message)) {
      if (told?.epoch !== epoch || told.seq < seq) this.#told.set(symbol, {...told, epoch, seq});
      return;
    }
    if (told && told.epoch !== epoch && told.seq !== null) {
      // The next trade tells whether anything is missing. What another gateway holds of long ago is
      // no news.
      if (message.reason === "feed_restart" || made(message) < told.newest) return;
    }
    if (told?.epoch === epoch && told.seq !== null) {
      if (to <= told.seq) return;
      if (type === "gap") message = {...message, from: told.seq + 1};
      else if (from > told.seq + 1) this.#gap(symbol, told.seq + 1, from - 1, "reconnected");
    } else if (told?.epoch === epoch) {
      if (told.missed) this.#gap(symbol, null, null, "reconnected");
    } else if (told) {
      this.#gap(symbol, null, null, "feed_restart");
    }
    const newest = type === "trade" ? Math.max(told?.newest ?? 0, made(message)) : told?.newest;
    this.#told.set(symbol, {epoch, seq: to, newest});
    this.#dispatch(message);
  }

  #gap(symbol, from, to, reason) {
    this.#dispatch({type: "gap", channel: "trade", symbol, from, to, reason});
  }

  // Whether a trade came before, over an earlier connection to another run of the gateway. Its id
  // alone does not tell: a venue that began anew counts from 1 again.
  #knows(connection, {symbol, id, time, price, size, side}) {
    const name = `${symbol} ${id} ${time} ${price} ${size} ${side}`;
    const joins = connection.before && connection.before !== connection.epoch
      && Date.now() - connection.openedAt < JOIN_MS;
    if (joins && this.#earlier.some((one) => one.has(name))) return true;
    const [newer] = this.#remembered;
    newer.add(name);
    if (newer.size >= MOST_REMEMBERED) this.#remembered = [new Set(), newer];
    return false;
  }

  // Another connection: what came so far is of an earlier one. Within one, twins are two trades.
  #turnOver() {
    if (this.#remembered[0].size === 0) return;
    this.#earlier = this.#remembered;
    this.#remembered = [new Set(), new Set()];
  }

  // The end of a bar once; what changes later comes as a correction or as history.
  #bar(message) {
    const {type, symbol, interval, closed, bars, open} = message;
    const key = `bar ${interval} ${symbol}`;
    const start = type === "bar_history" ? bars.at(open ? -2 : -1)?.[0] : closed ? message.start : undefined;
    if (start !== undefined) {
      const known = start <= this.#closedBars.get(key);
      if (!known) this.#closedBars.set(key, start);
      if (known && type === "bar") return;
    }
    this.#dispatch(message);
  }

  #dispatch(message, route = this.#wanted.route(familyOfMessage(message), message.symbol)) {
    this.#emit(message.type, message);
    for (const subscription of route) deliver(subscription, message);
  }

  #emit(event, ...words) {
    for (const listener of [...this.#listeners.get(event) ?? []]) {
      try {
        listener(...words);
      } catch (error) {
        report(error);
      }
    }
  }

  #tellLiveOf(symbol) {
    const live = this.isLive(symbol);
    if (live === this.#live.has(symbol)) return;
    if (live) this.#live.add(symbol);
    else this.#live.delete(symbol);
    this.#emit("live", symbol, live);
  }

  #tellLive() {
    for (const symbol of new Set([...this.#live, ...this.#main?.statuses.keys() ?? []])) this.#tellLiveOf(symbol);
  }

  // -- For whoever holds it

  // Round trip in milliseconds.
  ping() {
    return new Promise((resolve, reject) => {
      if (!this.#main?.openedAt) reject(new ClosedError(this.#link.code || 1006, "no connection"));
      else this.#main.ping(resolve, reject);
    });
  }

  // Now, whatever the delay says.
  reconnect() {
    if (this.#link.state === "closed") throw new Error("this client is closed");
    this.#leave();
    this.#connect();
  }

  // With this token from now on, or the function that gives one; null: with none. A connection that
  // lives is told in band; one that is over is made anew.
  authenticate(token) {
    if (this.#link.state === "closed") throw new Error("this client is closed");
    this.#options.token = token ?? undefined;
    if (!token || !this.#main?.ready) return this.reconnect();
    for (const connection of [this.#main, this.#next]) if (connection) this.#renew(connection);
    return undefined;
  }

  // A token that is only a text is the business of whoever listens to auth_expiring.
  async #renew(connection) {
    const {token} = this.#options;
    try {
      const one = typeof token === "function" ? await token() : token;
      if (one && one !== connection.options.credential.token) {
        connection.options.credential.token = one;
        connection.authenticate(one);
      }
    } catch (error) {
      this.#emit("error", {type: "error", id: null, code: "no_token", message: error.message, fatal: false});
    }
  }

  // For good. Iterators end.
  close() {
    if (this.#link.state === "closed") return;
    this.#leave();
    clearInterval(this.#ticks);
    this.#listen("removeEventListener");
    this.#become("closed", {draining: false});
    for (const subscription of this.#subscriptions) finish(subscription, null);
  }

  #leave() {
    clearTimeout(this.#retry);
    clearTimeout(this.#preparing);
    this.#lastEpoch = this.epoch ?? this.#lastEpoch;
    this.#link.heard = this.link.heard;
    if (this.#main) this.#miss(this.#main);
    for (const connection of [this.#main, this.#next]) connection?.abandon();
    this.#main = this.#next = null;
  }
}

// `options`: stamps (default true), token, WebSocket, protocols; in Node also headers and tls.
export function connect(url, options) {
  return new Client(url, options);
}
