// SPDX-License-Identifier: Apache-2.0
// A program in TypeScript that uses the client: what must compile, and what must not.
import {ClosedError, Client, Subscription, closeCodes, connect, decimal, delayAfter, meaning} from "../../schemas/js/tickgate.js";
import type {Bar, BarHistory, Book, Gap, Link, Quote, Status, Ticker, Trade} from "../../schemas/js/tickgate.js";

const client: Client = connect("wss://gateway.test", {stamps: true, headers: {a: "b"}});
const off: () => void = client.on("link", (link: Link) => link.state === "waiting" && link.next);
client.on("live", (symbol: string, live: boolean) => `${symbol} ${live}`);
client.on("quote", (quote: Quote) => quote.bid === null ? "" : decimal.add(quote.bid, "1"));
client.on("gap", ({from, to, reason}: Gap) => `${from} ${to} ${reason}`);
client.on("rejected", ({symbol, did_you_mean}) => `${symbol} ${did_you_mean?.join()}`);
off();
connect("wss://gateway.test", {token: "a.b.c"}).authenticate(null);
connect("wss://gateway.test", {token: async () => null}).authenticate(() => "a.b.c");
client.on("auth_expiring", ({in_ms}) => in_ms / 1000);
client.on("authenticated", ({subject, expires}) => `${subject} ${expires ?? "never"}`);

const books: Subscription<Book> = client.subscribe("book", "A:B-C", {depth: 10}, (book, one) => {
  one.add(book.bids[0][0]);
});
client.subscribe("quote", ["A:B-C"], (quote) => quote.ask);
books.set(["A:B-C"], {depth: 5});

export async function read(): Promise<string> {
  for await (const one of client.trades("A:B-C", ["A:*"])) {
    if (one.type === "gap") return one.reason;
    const trade: Trade = one;
    return trade.price;
  }
  for await (const one of client.bars("A:B-C", {interval: "1m", history: 10})) {
    const bar: Bar | BarHistory | Gap = one;
    if (bar.type === "bar_history") return bar.bars[0][1];
  }
  const ticker: Ticker | null = client.latest("ticker", "A:B-C");
  const status: Status | null = client.status("A:B-C");
  const ms: number = await client.ping();
  return `${ticker?.open ?? ""} ${status?.state} ${ms} ${client.why("A:B-C", "quote")} ${client.epoch} ${meaning(1012).comeBack}`
    + `${closeCodes.get(1006)?.text} ${delayAfter(1006, 0, 0)} ${decimal.percentChange("1", "2", 2) ?? "-"}`
    + `${new ClosedError(4400).code} ${client.degraded?.interval_ms}`;
}

// @ts-expect-error a token is a text, or gives one
client.authenticate(7);
// @ts-expect-error no such channel
client.subscribe("qoute", "A:B-C");
// @ts-expect-error a quote has no depth
client.subscribe("quote", "A:B-C", {depth: 1});
// @ts-expect-error a price is no number
client.on("quote", (quote: Quote) => (quote.bid ?? 0) * 2);
// @ts-expect-error a bar needs an interval
client.subscribe("bar", "A:B-C", {history: 1});
// @ts-expect-error and says so in its options
client.subscribe("bar", "A:B-C");
// @ts-expect-error subscriptions come from a client
new Subscription();
