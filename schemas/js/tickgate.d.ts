// SPDX-License-Identifier: Apache-2.0
// What tickgate.js exports. Messages are the objects of the protocol, schemas/protocol.md.

export type Channel = "quote" | "trade" | "book" | "ticker" | "bar" | "status";
export type Interval = "1s" | "1m" | "5m" | "15m" | "1h" | "4h" | "1d";
/** The venue's own digits. */
export type Decimal = string;
/** Since the Unix epoch, UTC. */
export type Micros = number;

/** `sent`: when the frame was composed, by the gateway's clock; there unless `stamps` is false.
 * `delayed_s`: this is so much older, for the credential gives no more; never to be shown as live. */
interface Update { symbol: string; seq: number; sent?: Micros; delayed_s?: number }
interface Timed extends Update { time: Micros | null; received: Micros }

export interface Quote extends Timed {
  type: "quote";
  bid: Decimal | null; bid_size: Decimal | null; ask: Decimal | null; ask_size: Decimal | null;
  bid_venue?: string | null; ask_venue?: string | null; crossed?: true;
}
export interface Trade extends Timed {
  type: "trade"; price: Decimal; size: Decimal; side: "buy" | "sell"; id: string;
}
export interface Book extends Timed {
  type: "book"; depth: number; integrity: "checksum" | "sequence" | "order" | "none";
  bids: [price: Decimal, size: Decimal][]; asks: [price: Decimal, size: Decimal][];
}
export interface Ticker extends Timed {
  type: "ticker"; last: Decimal; open: Decimal | null; high: Decimal; low: Decimal; volume: Decimal; since?: Micros;
}
export interface Bar extends Update {
  type: "bar"; interval: Interval; start: Micros;
  open: Decimal; high: Decimal; low: Decimal; close: Decimal; volume: Decimal; trades: number | null;
  closed: boolean; corrected?: true; complete?: false;
}
export type BarRow = [start: Micros, open: Decimal, high: Decimal, low: Decimal, close: Decimal, volume: Decimal,
  trades: number | null];
export interface BarHistory {
  type: "bar_history"; symbol: string; interval: Interval; bars: BarRow[]; incomplete?: Micros[]; open?: true; sent?: Micros;
  delayed_s?: number;
}
export interface Status extends Update {
  type: "status"; state: "live" | "stale" | "recovering" | "halted" | "down" | "closed" | "delayed";
  since: Micros; reason: string; note?: string;
}
/** "reconnected" and, with `from` and `to` null, "feed_restart" are this client's own; of a symbol that
 * had no trade before, "reconnected" has no numbers either. A reader too slow for its bars gets one
 * of channel "bar" with an interval. */
export interface Gap {
  type: "gap"; channel: "trade" | "bar"; symbol: string; interval?: Interval;
  from: number | null; to: number | null;
  reason: "slow_consumer" | "too_old" | "feed_gap" | "feed_restart" | "reconnected"; sent?: Micros;
  delayed_s?: number;
}
/** `expires`: of the credential; null: never. */
export interface Authenticated {
  type: "authenticated"; id?: number | string | null; subject: string; expires: Micros | null;
}
export interface AuthExpiring { type: "auth_expiring"; in_ms: number }
export interface Degraded { type: "degraded"; interval_ms: number; reason: string }
export interface Restored { type: "restored" }
export interface Drain { type: "drain"; reconnect_after_ms: number }
export interface Heartbeat { type: "heartbeat"; time: Micros }
export interface GatewayError {
  type: "error"; id?: number | string | null; code: string; message: string; retry_after_ms?: number; fatal: boolean;
}
export interface Rejected { channel: Channel; symbol: string; code: string; did_you_mean?: string[] }

interface Messages {
  quote: Quote; trade: Trade; book: Book; ticker: Ticker; bar: Bar; status: Status; bar_history: BarHistory; gap: Gap;
  degraded: Degraded; restored: Restored; drain: Drain; heartbeat: Heartbeat; rejected: Rejected; error: GatewayError;
  authenticated: Authenticated; auth_expiring: AuthExpiring;
}
/** What a subscription to a channel brings. */
interface Brought {
  quote: Quote; trade: Trade | Gap; book: Book; ticker: Ticker; bar: Bar | BarHistory | Gap; status: Status;
}

export interface Link {
  state: "connecting" | "live" | "silent" | "waiting" | "ended" | "closed";
  /** Date.now() of the change. */
  since: number;
  /** Date.now() of the last message that was of now; 0: none yet. */
  heard: number;
  /** While waiting: Date.now() of the next attempt. */
  next: number;
  /** Close code of the last connection that ended; 0: none has. */
  code: number;
  /** For people. */
  reason: string;
  /** How many failed in a row. */
  attempts: number;
  /** A new connection is made beside the old one. */
  draining: boolean;
}

/** A JWT or an API key. */
export type Token = string;
type GiveToken = () => Token | null | undefined | Promise<Token | null | undefined>;

export interface Options {
  /** What is shown to the gateway, or what gives it: asked at each connection and before the last one ends. */
  token?: Token | GiveToken;
  /** Default true: each object says when it was sent, so that what is late is known. */
  stamps?: boolean;
  /** Default: the global one, else that of node_websocket.js. */
  WebSocket?: new (url: string, protocols: string[]) => unknown;
  /** Subprotocols to offer beside tickgate.v1.json. */
  protocols?: string[];
  /** Node only. */
  headers?: Record<string, string>;
  /** Node only: as node:https takes them. */
  tls?: Record<string, unknown>;
  /** In place of Math.random. */
  random?: () => number;
}

export interface QuoteOptions { interval_ms?: number }
export interface BookOptions extends QuoteOptions { depth?: number }
export interface BarOptions extends QuoteOptions { interval: Interval; history?: number }
interface Wishes {
  quote: QuoteOptions; trade: QuoteOptions; book: BookOptions; ticker: QuoteOptions; bar: BarOptions; status: QuoteOptions;
}
type Callback<C extends Channel> = (message: Brought[C], subscription: Subscription<Brought[C]>) => void;
type Words<O> = (string | string[] | O)[];

/** Throws at once for an address that is none. */
export function connect(url: string, options?: Options): Client;

export class Client {
  constructor(url: string, options?: Options);
  /** A copy, of now. */
  readonly link: Link;
  readonly epoch: string | null;
  readonly degraded: Degraded | null;

  /** Each returns what takes the listener away. One that throws is reported and disturbs nobody. */
  on(event: "link", listener: (link: Link) => void): () => void;
  on(event: "live", listener: (symbol: string, live: boolean) => void): () => void;
  on<E extends keyof Messages>(event: E, listener: (message: Messages[E]) => void): () => void;

  /** Survives reconnects. Several subscriptions to the same are joined: the least interval_ms, the greatest depth. */
  subscribe<C extends Channel>(channel: C, symbols: string | string[], options: Wishes[C], callback?: Callback<C>):
    Subscription<Brought[C]>;
  subscribe<C extends Exclude<Channel, "bar">>(channel: C, symbols: string | string[], callback?: Callback<C>):
    Subscription<Brought[C]>;
  /** Symbols, and last the options. */
  quotes(...words: Words<QuoteOptions>): Subscription<Quote>;
  trades(...words: Words<QuoteOptions>): Subscription<Trade | Gap>;
  books(...words: Words<BookOptions>): Subscription<Book>;
  tickers(...words: Words<QuoteOptions>): Subscription<Ticker>;
  bars(...words: Words<BarOptions>): Subscription<Bar | BarHistory | Gap>;
  statuses(...words: Words<QuoteOptions>): Subscription<Status>;

  /** The last one of this connection. */
  status(symbol: string): Status | null;
  /** The newest of this connection that a subscription brought. */
  latest<C extends Channel>(channel: C, symbol: string, interval?: Interval): Exclude<Brought[C], Gap | BarHistory> | null;
  /** Whether its price may be shown as live; that of the channel, if one is named. */
  isLive(symbol: string, channel?: Channel): boolean;
  /** "" when live, else the reason, for people. */
  why(symbol: string, channel?: Channel): string;

  /** Round trip in milliseconds; rejects when the connection ends. */
  ping(): Promise<number>;
  /** Now, whatever the delay says. */
  reconnect(): void;
  /** With this token from now on; null: with none. Told in band, or a new connection is made. */
  authenticate(token: Token | GiveToken | null): void;
  /** For good; iterators end. */
  close(): void;
}

/** Iterating: of quotes, books, tickers, statuses and open bars the newest of each symbol that was not
 * taken yet; trades, gaps, histories, closed and corrected bars all in order, 10,000 at most waiting,
 * then a gap. Throws ClosedError when the link has ended for good. */
export class Subscription<M = unknown> implements AsyncIterable<M> {
  private constructor();
  readonly channel: Channel;
  readonly symbols: string[];
  add(...symbols: (string | string[])[]): void;
  remove(...symbols: (string | string[])[]): void;
  /** These and no others; options replace those they name. */
  set(symbols: string | string[], options?: Partial<BookOptions & BarOptions>): void;
  close(): void;
  [Symbol.asyncIterator](): AsyncIterator<M>;
}

/** Strings in, strings out, exact. Throws TypeError for what is no decimal. */
export const decimal: {
  compare(a: Decimal, b: Decimal): -1 | 0 | 1;
  add(a: Decimal, b: Decimal): Decimal;
  subtract(a: Decimal, b: Decimal): Decimal;
  multiply(a: Decimal, b: Decimal): Decimal;
  negate(a: Decimal): Decimal;
  /** Digits behind the point. */
  places(a: Decimal): number;
  /** Half away from zero; only widening is exact. */
  toFixed(a: Decimal, places: number): Decimal;
  /** Exact: an odd sum takes one more digit. */
  mid(bid: Decimal, ask: Decimal): Decimal;
  /** 100 (last - open) / open, half away from zero, never "-0.00"; null for an open of 0. */
  percentChange(last: Decimal, open: Decimal, places?: number): Decimal | null;
  /** A double: for pixels only. */
  shareOf(part: Decimal, whole: Decimal): number;
};

/** "delayed 15 min", of an object's `delayed_s`. */
export function delayText(seconds: number): string;

export interface Meaning { text: string; comeBack: "never" | "now" | "later" | "as you like" }
export const closeCodes: Map<number, Meaning>;
export function meaning(code: number): Meaning;
/** Milliseconds until the next attempt; null: none. */
export function delayAfter(code: number, failures: number, due: number, random?: () => number): number | null;
/** Iterators throw it when the link has ended for good; `ping` when the connection ends. */
export class ClosedError extends Error {
  constructor(code: number, reason?: string);
  code: number;
}
