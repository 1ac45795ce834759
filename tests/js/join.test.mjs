// SPDX-License-Identifier: Apache-2.0
// Two connections, one after the other or beside each other: what was missed is told, nothing comes
// twice, and a drain leaves no gap in what is shown.
import assert from "node:assert/strict";
import test from "node:test";

import {Clock, FakeGateway, listen} from "./fake.mjs";

const clock = new Clock();
const SYMBOL = "A:B-C";
const MINUTE = 60_000_000;

async function connected(wish = (client) => client.trades(SYMBOL)) {
  const gateway = new FakeGateway(clock);
  gateway.values.set(`quote ${SYMBOL}`, [gateway.quote(SYMBOL, 1)]);
  const client = gateway.connect();
  const told = listen(client, "link", "live");
  const got = [];
  client.on("trade", ({seq, id}) => got.push(id === String(seq) ? seq : id));
  client.on("gap", ({from, to, reason}) => got.push(`${from}-${to} ${reason}`));
  client.on("quote", ({seq}) => got.push(`q${seq}`));
  wish(client);
  gateway.last.open();
  await clock.go(10);
  return {gateway, client, told, got};
}

async function again(gateway, client) {
  client.reconnect();
  gateway.last.open();
  await clock.go(10);
}

// The gateway drains, and another connection is open beside the first.
async function drained(gateway, ms = 10_000) {
  await clock.go(6000);
  gateway.last.say({type: "drain", reconnect_after_ms: ms});
  await clock.go(ms / 4 + 10);
  gateway.last.open();
  await clock.go(10);
  return gateway.sockets.slice(-2);
}

test("trades missed between two connections are a gap, where one can count", async () => {
  const {gateway, client, got} = await connected();
  gateway.last.say(gateway.trade(SYMBOL, 1), gateway.trade(SYMBOL, 2));
  await again(gateway, client);
  gateway.last.say(gateway.trade(SYMBOL, 6));
  await again(gateway, client);
  gateway.last.say(gateway.trade(SYMBOL, 7));
  await again(gateway, client);
  gateway.last.say({type: "gap", channel: "trade", symbol: SYMBOL, from: 10, to: 11, reason: "feed_gap"}, gateway.trade(SYMBOL, 12));
  assert.deepEqual(got, [1, 2, "3-5 reconnected", 6, 7, "8-11 feed_gap", 12]);
  client.close();
});

test("of a symbol that had no trade yet, trades may be missed too", async () => {
  const {gateway, client, got} = await connected();
  await again(gateway, client);
  await again(gateway, client);
  gateway.last.say(gateway.trade(SYMBOL, 4), gateway.trade(SYMBOL, 5));
  assert.deepEqual(got, ["null-null reconnected", 4, 5]);
  client.close();
});

test("who drained before the first trade misses none", async () => {
  const {gateway, client, got} = await connected();
  await drained(gateway);
  await clock.go(2000);
  gateway.last.say(gateway.trade(SYMBOL, 4));
  assert.deepEqual(got, [4]);
  client.close();
});

test("over two runs of the gateway nobody can count", async () => {
  const {gateway, client, got} = await connected();
  gateway.last.say(gateway.trade(SYMBOL, 100, "x1"));
  gateway.epoch = "E2";
  await again(gateway, client);
  gateway.last.say(gateway.trade(SYMBOL, 3, "x9"), gateway.trade(SYMBOL, 4, "x10"));
  assert.deepEqual(got, ["x1", "null-null feed_restart", "x9", "x10"]);
  client.close();
});

test("a trade that another run brings again comes once, and proves that none is missing", async () => {
  const {gateway, client, got} = await connected();
  gateway.last.say(gateway.trade(SYMBOL, 100, "x1"), gateway.trade(SYMBOL, 101, "x2"));
  gateway.epoch = "E2";
  await again(gateway, client);
  gateway.last.say(gateway.trade(SYMBOL, 3, "x2"), gateway.trade(SYMBOL, 4, "x3"));
  assert.deepEqual(got, ["x1", "x2", "x3"]);
  await clock.go(31_000); // later a venue's id may mean another trade
  client.close();
});

test("the same id at another time is another trade: a venue that began anew counts from 1", async () => {
  const {gateway, client, got} = await connected();
  gateway.last.say(gateway.trade(SYMBOL, 1, "1"), gateway.trade(SYMBOL, 2, "2"));
  gateway.epoch = "E2";
  await again(gateway, client);
  gateway.last.say({...gateway.trade(SYMBOL, 1, "1"), time: 9});
  assert.deepEqual(got.map(String), ["1", "2", "null-null feed_restart", "1"]);
  client.close();
});

test("nobody who asks anew is told of what he did not ask for", async () => {
  const {gateway, client, got} = await connected(() => {});
  const one = client.trades(SYMBOL);
  await clock.go(10);
  gateway.last.say(gateway.trade(SYMBOL, 1));
  one.close();
  await clock.go(10);
  client.trades(SYMBOL);
  await clock.go(10);
  gateway.last.say(gateway.trade(SYMBOL, 9));
  assert.deepEqual(got, [1, 9]);
  client.close();
});

test("a reconnect asks for the bars that were missed, and no bar ends twice", async () => {
  const {gateway, client} = await connected((one) => one.bars(SYMBOL, {interval: "1m"}));
  const bars = [];
  client.on("bar", ({start, closed}) => bars.push([start / MINUTE % 1000, closed]));
  client.on("bar_history", ({bars: rows}) => bars.push(rows.map(([start]) => start / MINUTE % 1000)));
  const now = Math.floor(clock.now / 60_000) * MINUTE;
  gateway.last.say(gateway.bar(SYMBOL, 1, now - MINUTE, {closed: true}), gateway.bar(SYMBOL, 2, now));
  await clock.go(60_000 * 3);
  gateway.last.open();
  await clock.go(10);
  const {history} = gateway.requests.filter(({op}) => op === "subscribe").at(-1);
  assert.ok(history >= 4 && history <= 6, `asked for ${history}`);
  gateway.last.say({type: "bar_history", symbol: SYMBOL, interval: "1m", open: true,
    bars: [-1, 0, 1, 2, 3].map((minute) => [now + minute * MINUTE, "1", "1", "1", "1", "1", 1])});
  gateway.last.say(gateway.bar(SYMBOL, 1, now + 2 * MINUTE, {closed: true}), gateway.bar(SYMBOL, 2, now + 3 * MINUTE, {closed: true}));
  const at = (minute) => (now / MINUTE + minute) % 1000;
  assert.deepEqual(bars, [[at(-1), true], [at(0), false], [-1, 0, 1, 2, 3].map(at), [at(3), true]]);
  client.close();
});

test("drain: the new connection first, its values there, then the old one is closed", async () => {
  const {gateway, client, told, got} = await connected((one) => one.quotes(SYMBOL));
  gateway.epoch = "E2";
  gateway.values.clear();
  const [old, next] = await drained(gateway);
  assert.deepEqual([client.link.draining, client.link.state, old.closed], [true, "live", null]);
  old.say(gateway.quote(SYMBOL, 2));
  assert.equal(old.closed, null, "the new one has no quote yet");
  next.say(gateway.quote(SYMBOL, 1));
  assert.deepEqual([old.closed, client.link.draining, client.epoch], [1000, false, "E2"]);
  next.say(gateway.quote(SYMBOL, 2));
  assert.deepEqual(got, ["q1", "q2", "q1", "q2"]);
  assert.deepEqual(told, ["live", `${SYMBOL} live`, "live", "live"], "nothing was grey");
  await clock.go(11_000);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("drain: a new connection whose feed is not live yet waits for it, as long as the old one lives", async () => {
  const {gateway, client, told} = await connected((one) => one.quotes(SYMBOL));
  gateway.epoch = "E2";
  gateway.states.set(SYMBOL, "recovering");
  const [old, next] = await drained(gateway);
  assert.equal(old.closed, null);
  next.say(gateway.status(SYMBOL, "live"));
  assert.equal(old.closed, 1000);
  assert.ok(!told.includes(`${SYMBOL} not live`));
  client.close();
});

test("drain: what the old connection ends before is gone on with as far as it is", async () => {
  const {gateway, client, told} = await connected((one) => one.quotes(SYMBOL));
  gateway.states.set(SYMBOL, "recovering");
  const [old] = await drained(gateway);
  old.end(1012, "restart: come back now");
  assert.deepEqual([client.link.state, client.link.draining, client.isLive(SYMBOL)], ["live", false, false]);
  assert.equal(told.at(-1), `${SYMBOL} not live`);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("drain: who is refused by the same gateway tries again, then comes back at 1012", async () => {
  const {gateway, client} = await connected((one) => one.quotes(SYMBOL));
  await clock.go(6000);
  gateway.last.say({type: "drain", reconnect_after_ms: 20_000});
  for (let second = 0; second < 19; ++second) {
    await clock.go(1000);
    gateway.sockets[0].say(gateway.heartbeat());
    if (gateway.last.number > 0 && gateway.last.closed === null) gateway.last.end(1006);
  }
  assert.deepEqual([gateway.sockets.length, client.isLive(SYMBOL)], [4, true]);
  gateway.sockets[0].end(1012);
  await clock.go(1000);
  assert.equal(gateway.sockets.length, 5);
  gateway.last.open();
  await clock.go(10);
  assert.deepEqual([client.isLive(SYMBOL), client.link.draining], [true, false]);
  client.close();
});

test("drain: not before its time, where no second connection came about", async () => {
  const {gateway, client} = await connected((one) => one.quotes(SYMBOL));
  await clock.go(6000);
  gateway.last.say({type: "drain", reconnect_after_ms: 1000});
  gateway.last.end(1006);
  await clock.go(1400);
  assert.equal(gateway.sockets.length, 1);
  await clock.go(100);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("drain: trades of both connections are joined by seq in one epoch, without double or loss", async () => {
  const {gateway, client, got} = await connected();
  const [old, next] = await drained(gateway);
  old.say(gateway.trade(SYMBOL, 1), gateway.trade(SYMBOL, 2));
  next.say(gateway.trade(SYMBOL, 2), gateway.trade(SYMBOL, 3), gateway.trade(SYMBOL, 4));
  await clock.go(200);
  old.say(gateway.trade(SYMBOL, 3));
  assert.equal(old.closed, null, "both are heard for a while");
  await clock.go(1000);
  assert.equal(old.closed, 1000);
  next.say(gateway.trade(SYMBOL, 5));
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
  client.close();
});

test("drain: and over two epochs by what the venue calls them", async () => {
  const {gateway, client, got} = await connected();
  gateway.epoch = "E2";
  const [old, next] = await drained(gateway);
  old.say(gateway.trade(SYMBOL, 101, "x1"), gateway.trade(SYMBOL, 102, "x2"));
  next.say(gateway.trade(SYMBOL, 7, "x2"), gateway.trade(SYMBOL, 8, "x3"));
  await clock.go(1500);
  next.say(gateway.trade(SYMBOL, 9, "x4"));
  assert.deepEqual([old.closed, got], [1000, ["x1", "x2", "x3", "x4"]]);
  client.close();
});

test("drain: trades without an id are known by all the rest of them", async () => {
  const {gateway, client, got} = await connected();
  const nameless = (seq, time) => ({...gateway.trade(SYMBOL, seq, ""), time});
  gateway.epoch = "E2";
  const [old, next] = await drained(gateway);
  old.say(nameless(101, 1), nameless(102, 2));
  next.say(nameless(7, 2), nameless(8, 3));
  await clock.go(1500);
  assert.equal(got.length, 3);
  assert.equal(old.closed, 1000);
  client.close();
});

test("drain: two trades that are alike to the last digit are two", async () => {
  const {gateway, client, got} = await connected();
  const nameless = (seq, time) => ({...gateway.trade(SYMBOL, seq, ""), time});
  gateway.epoch = "E2";
  const [old, next] = await drained(gateway);
  old.say(nameless(101, 1), nameless(102, 1));
  next.say(nameless(7, 2), nameless(8, 2));
  await clock.go(1500);
  next.say(nameless(9, 3), nameless(10, 3));
  assert.equal(got.length, 6);
  client.close();
});

test("drain: an old connection that ends too early leaves a gap that is told", async () => {
  const {gateway, client, got} = await connected();
  gateway.epoch = "E2";
  const [old, next] = await drained(gateway);
  old.say(gateway.trade(SYMBOL, 101, "x1"));
  old.end(1012);
  next.say(gateway.trade(SYMBOL, 7, "x5"));
  assert.deepEqual(got, ["x1", "null-null feed_restart", "x5"]);
  client.close();
});

test("drain: when more wait than are kept, the new connection is gone on with", async () => {
  const {gateway, client, got} = await connected();
  const [old, next] = await drained(gateway);
  old.say(gateway.trade(SYMBOL, 1));
  for (let seq = 2; seq <= 10_500; ++seq) next.say(gateway.trade(SYMBOL, seq));
  assert.equal(old.closed, 1000);
  assert.deepEqual(got, Array.from({length: 10_500}, (_, number) => number + 1));
  client.close();
});

test("drain: what is wanted meanwhile is asked for on both", async () => {
  const {gateway, client} = await connected((one) => one.quotes(SYMBOL));
  gateway.states.set(SYMBOL, "recovering");
  const [, next] = await drained(gateway);
  client.tickers(SYMBOL);
  await clock.go(10);
  assert.deepEqual(gateway.requests.slice(-2).map(({socket, channel}) => [socket, channel]), [[0, "ticker"], [1, "ticker"]]);
  next.say(gateway.status(SYMBOL, "live"));
  assert.equal(client.isLive(SYMBOL), true);
  client.close();
});

test("drain: the new gateway may drain in its turn", async () => {
  const {gateway, client, told} = await connected((one) => one.quotes(SYMBOL));
  await drained(gateway);
  const [, third] = await drained(gateway);
  assert.deepEqual([third.number, third.closed, gateway.sockets[1].closed], [2, null, 1000]);
  assert.ok(!told.includes(`${SYMBOL} not live`));
  client.close();
});

test("drain: the new gateway may drain before the old one was left", async () => {
  const {gateway, client} = await connected((one) => one.quotes(SYMBOL));
  gateway.states.set(SYMBOL, "recovering");
  const [, next] = await drained(gateway);
  next.say({type: "drain", reconnect_after_ms: 8000});
  next.say(gateway.status(SYMBOL, "live"));
  assert.deepEqual([gateway.sockets[0].closed, client.link.draining], [1000, true]);
  await clock.go(2000);
  assert.equal(gateway.sockets.length, 3);
  client.close();
});

test("drain: what both connections brought is told once", async () => {
  const {gateway, client, got} = await connected((one) => one.quotes(SYMBOL));
  const statuses = listen(client, "status");
  const [old] = await drained(gateway);
  assert.deepEqual([old.closed, got, statuses], [1000, ["q1"], []]);
  client.close();
});

test("who comes back says what it saw last, once a connection", async () => {
  const {gateway, client, got} = await connected();
  const asked = () => gateway.requests.filter(({socket, op, channel}) => socket === gateway.last.number && op === "subscribe" && channel === "trade");
  assert.equal(asked()[0].from, undefined);
  gateway.last.say(gateway.trade(SYMBOL, 1), gateway.trade(SYMBOL, 2));
  await again(gateway, client);
  assert.deepEqual(asked().map(({from}) => from), [{epoch: gateway.epoch, seq: {[SYMBOL]: 2}}]);
  gateway.last.say({type: "gap", channel: "trade", symbol: SYMBOL, from: 3, to: 4, reason: "too_old"}, gateway.trade(SYMBOL, 5));
  client.trades("*");
  await clock.go(10);
  assert.ok(asked().length > 1 && asked().slice(1).every(({from}) => from === undefined));
  assert.deepEqual(got, [1, 2, "3-4 too_old", 5]);
  client.close();
});

test("what another gateway holds of before is no news", async () => {
  const {gateway, client, got} = await connected();
  const trade = (seq, at) => ({...gateway.trade(SYMBOL, seq, `x${at}`), time: at});
  gateway.last.say(trade(100, 7), trade(101, 8));
  gateway.epoch = "E2";
  await again(gateway, client);
  gateway.last.say({type: "gap", channel: "trade", symbol: SYMBOL, from: 1, to: 2, reason: "feed_restart"},
    trade(3, 5), trade(4, 6), trade(5, 7), trade(6, 8), trade(7, 9));
  assert.deepEqual(got, ["x7", "x8", "x9"]);
  gateway.epoch = "E3";
  await again(gateway, client);
  gateway.last.say({type: "gap", channel: "trade", symbol: SYMBOL, from: 1, to: 0, reason: "feed_restart"}, trade(1, 4), trade(2, 20));
  assert.deepEqual(got.slice(3), ["null-null feed_restart", "x20"]);
  client.close();
});
