// SPDX-License-Identifier: Apache-2.0
// Reading by `for await`: the newest of what is replaced, all of what happened, and how it ends.
import assert from "node:assert/strict";
import test from "node:test";

import {Clock, FakeGateway, settle} from "./fake.mjs";

const clock = new Clock();

async function connected() {
  const gateway = new FakeGateway(clock);
  const client = gateway.connect();
  gateway.last.open();
  await clock.go(1);
  return {gateway, client};
}

// What can be read without waiting.
async function ready(reader, most = 100_000) {
  const found = [];
  while (found.length < most) {
    const next = reader.next();
    let value;
    next.then((one) => { value = one; });
    await settle();
    if (!value || value.done) return found;
    found.push(value.value);
  }
  return found;
}

test("of quotes the newest of each symbol, in the order in which they wait", async () => {
  const {gateway, client} = await connected();
  const reader = client.quotes("A:1", "A:2")[Symbol.asyncIterator]();
  await clock.go(1);
  gateway.last.say(gateway.quote("A:1", 1), gateway.quote("A:2", 1), gateway.quote("A:1", 2));
  gateway.last.say(gateway.quote("A:1", 3));
  assert.deepEqual((await ready(reader)).map(({symbol, seq}) => [symbol, seq]), [["A:1", 3], ["A:2", 1]]);
  client.close();
});

test("an iterator that begins late begins with the newest, once", async () => {
  const {gateway, client} = await connected();
  gateway.values.set("quote A:1", [gateway.quote("A:1", 1)]);
  const quotes = client.quotes("A:1");
  await clock.go(1);
  assert.deepEqual((await ready(quotes[Symbol.asyncIterator]())).map(({seq}) => seq), [1]);
  assert.deepEqual((await ready(client.quotes("A:1")[Symbol.asyncIterator]())).map(({seq}) => seq), [1]);
  client.close();
});

test("trades all and in order, and a gap among them", async () => {
  const {gateway, client} = await connected();
  const reader = client.trades("A:1")[Symbol.asyncIterator]();
  gateway.last.say(...[1, 2, 3].map((seq) => gateway.trade("A:1", seq)));
  gateway.last.say({type: "gap", channel: "trade", symbol: "A:1", from: 4, to: 6, reason: "feed_gap"}, gateway.trade("A:1", 7));
  assert.deepEqual((await ready(reader)).map(({type, seq, from, to}) => [type, seq ?? `${from}-${to}`]),
    [["trade", 1], ["trade", 2], ["trade", 3], ["gap", "4-6"], ["trade", 7]]);
  client.close();
});

test("10,000 trades wait, then a gap for each symbol stands in place of the older ones", async () => {
  const {gateway, client} = await connected();
  const reader = client.trades("A:1", "A:2")[Symbol.asyncIterator]();
  for (let seq = 1; seq <= 6000; ++seq) gateway.last.say(gateway.trade("A:1", seq), gateway.trade("A:2", seq));
  const found = [];
  for (let number = 0; number < 7002; ++number) found.push((await reader.next()).value);
  const gaps = found.filter(({type}) => type === "gap");
  assert.deepEqual(gaps.map(({symbol, from, to, reason}) => [symbol, from, to, reason]),
    [["A:1", 1, 2500, "slow_consumer"], ["A:2", 1, 2500, "slow_consumer"]]);
  for (const symbol of ["A:1", "A:2"]) {
    assert.deepEqual(found.filter((one) => one.type === "trade" && one.symbol === symbol).map(({seq}) => seq),
      Array.from({length: 3500}, (_, number) => number + 2501));
  }
  client.close();
});

test("gaps that are dropped again become longer ones, without a hole", async () => {
  const {gateway, client} = await connected();
  const reader = client.trades("A:1")[Symbol.asyncIterator]();
  for (let seq = 1; seq <= 30_000; ++seq) gateway.last.say(gateway.trade("A:1", seq));
  const {value: gap} = await reader.next();
  const {value: next} = await reader.next();
  assert.deepEqual([gap.type, gap.from, gap.to + 1], ["gap", 1, next.seq]);
  client.close();
});

test("bars: closed and corrected ones all, of the open one the newest, the past before them", async () => {
  const {gateway, client} = await connected();
  const reader = client.bars("A:1", {interval: "1m", history: 2})[Symbol.asyncIterator]();
  await clock.go(1);
  const minute = 60_000_000;
  gateway.last.say({type: "bar_history", symbol: "A:1", interval: "1m", bars: [[0, "1", "1", "1", "1", "1", 1]]});
  gateway.last.say(gateway.bar("A:1", 2, minute), gateway.bar("A:1", 3, minute), gateway.bar("A:1", 4, 2 * minute));
  gateway.last.say(gateway.bar("A:1", 5, minute, {closed: true}), gateway.bar("A:1", 6, 2 * minute));
  gateway.last.say(gateway.bar("A:1", 7, minute, {corrected: true}), gateway.bar("A:1", 8, minute, {corrected: true}));
  assert.deepEqual((await ready(reader)).map(({type, seq}) => seq ?? type), ["bar_history", 6, 5, 7, 8]);
  client.close();
});

test("whoever waits gets what comes, several in their order", async () => {
  const {gateway, client} = await connected();
  const reader = client.trades("A:1")[Symbol.asyncIterator]();
  const both = Promise.all([reader.next(), reader.next()]);
  gateway.last.say(gateway.trade("A:1", 1), gateway.trade("A:1", 2));
  assert.deepEqual((await both).map(({value}) => value.seq), [1, 2]);
  client.close();
});

test("to leave the loop ends the subscription, unless somebody else reads it", async () => {
  const {gateway, client} = await connected();
  const shared = client.subscribe("trade", "A:2", {}, () => {});
  for (const subscription of [client.trades("A:1"), shared]) {
    const loop = (async () => { for await (const {seq} of subscription) if (seq === 2) break; })();
    await clock.go(1);
    gateway.last.say(...[1, 2, 3].map((seq) => gateway.trade(subscription.symbols[0], seq)));
    await loop;
    await clock.go(1);
  }
  assert.deepEqual(gateway.asked, ["subscribe trade A:2,A:1", "unsubscribe trade A:1"]);
  shared.close();
  client.close();
});

test("loops end with the client and with their subscription, after what waits was read", async () => {
  const {gateway, client} = await connected();
  const [one, other] = [client.trades("A:1"), client.quotes("A:1")];
  const readers = [one, other].map((subscription) => subscription[Symbol.asyncIterator]());
  const waits = readers[1].next();
  gateway.last.say(gateway.trade("A:1", 1));
  one.close();
  client.close();
  assert.deepEqual([(await waits).done, (await readers[0].next()).value.seq, (await readers[0].next()).done], [true, 1, true]);
  for await (const message of one) assert.fail(`${message}`);
});

test("loops throw when the gateway says never, and begin again after a reconnect", async () => {
  const {gateway, client} = await connected();
  const trades = client.trades("A:1");
  const reader = trades[Symbol.asyncIterator]();
  const waits = reader.next();
  gateway.last.end(4401, "not authenticated");
  await assert.rejects(waits, {name: "ClosedError", code: 4401, message: "not authenticated"});
  await assert.rejects(trades[Symbol.asyncIterator]().next(), {code: 4401});
  client.reconnect();
  gateway.last.open();
  const again = trades[Symbol.asyncIterator]();
  await clock.go(1);
  gateway.last.say(gateway.trade("A:1", 9));
  assert.equal((await again.next()).value.seq, 9);
  client.close();
});
