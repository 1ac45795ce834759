// SPDX-License-Identifier: Apache-2.0
// What is wanted becomes requests: only the difference, in sizes that are taken, in an order that holds.
import assert from "node:assert/strict";
import test from "node:test";

import {Clock, FakeGateway, listen} from "./fake.mjs";

const clock = new Clock();

async function connected() {
  const gateway = new FakeGateway(clock);
  const client = gateway.connect();
  gateway.last.open();
  await clock.go(1);
  return {gateway, client};
}

const fields = ({op, channel, symbols, interval_ms, depth, interval, history}) => JSON.parse(JSON.stringify(
  {op, channel, symbols, interval_ms, depth, interval, history}));

test("the form of a request", async () => {
  const {gateway, client} = await connected();
  client.quotes("A:B-C", "A:*", {interval_ms: 100});
  client.books(["A:B-C"], {depth: 10});
  client.bars("A:B-C", {interval: "1m", history: 300});
  await clock.go(1);
  const asked = gateway.requests;
  assert.ok(asked.every(({stamps}) => stamps === true));
  assert.deepEqual(asked.map(fields), [
    {op: "subscribe", channel: "quote", symbols: ["A:*"], interval_ms: 100},
    {op: "subscribe", channel: "quote", symbols: ["A:B-C"], interval_ms: 100},
    {op: "subscribe", channel: "book", symbols: ["A:B-C"], interval_ms: 0, depth: 10},
    {op: "subscribe", channel: "bar", symbols: ["A:B-C"], interval_ms: 0, interval: "1m", history: 300},
  ]);
  client.close();
});

test("only the difference is asked for, once for each run of the program", async () => {
  const {gateway, client} = await connected();
  const list = client.quotes("A:1", "A:2", "A:3");
  await clock.go(1);
  list.add("A:4");
  list.remove("A:1");
  list.set(["A:2", "A:3", "A:4", "A:5"]);
  list.add("A:1");
  list.remove("A:1", "A:5");
  await clock.go(1);
  list.set(["A:2", "A:3", "A:4"]);
  await clock.go(1);
  assert.deepEqual(gateway.asked, ["subscribe quote A:1,A:2,A:3", "unsubscribe quote A:1", "subscribe quote A:4"]);
  assert.deepEqual(list.symbols, ["A:2", "A:3", "A:4"]);
  list.close();
  await clock.go(1);
  assert.equal(gateway.asked.at(-1), "unsubscribe quote A:2,A:3,A:4");
  assert.throws(() => list.add("A:1"), /closed/);
  client.close();
});

test("several who want the same are joined, and the last to leave ends it", async () => {
  const {gateway, client} = await connected();
  const slow = client.books("A:1", {interval_ms: 1000, depth: 25});
  await clock.go(1);
  const quick = client.books("A:1", {interval_ms: 100, depth: 5});
  await clock.go(1);
  quick.close();
  await clock.go(1);
  slow.set(["A:1"], {depth: 10});
  await clock.go(1);
  slow.close();
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({op, interval_ms, depth}) => [op, interval_ms, depth]), [
    ["subscribe", 1000, 25], ["subscribe", 100, 25], ["subscribe", 1000, 25], ["subscribe", 1000, 10],
    ["unsubscribe", undefined, undefined]]);
  client.close();
});

test("who joins others gets the newest value without a request", async () => {
  const {gateway, client} = await connected();
  gateway.values.set("quote A:1", [gateway.quote("A:1", 7)]);
  client.quotes("A:1");
  await clock.go(1);
  const got = [];
  client.subscribe("quote", "A:1", {}, ({seq}, {channel}) => got.push(`${channel} ${seq}`));
  client.subscribe("status", "*", ({state}) => got.push(state));
  await clock.go(1);
  gateway.last.say(gateway.quote("A:1", 8));
  assert.deepEqual(got, ["quote 7", "live", "quote 8"]);
  assert.equal(gateway.asked.length, 2);
  client.close();
});

test("thousands of symbols go in requests of a bounded size, and few of them wait at a time", async () => {
  const {gateway, client} = await connected();
  const held = [];
  let most = 0;
  gateway.answer = (request) => { held.push(request); most = Math.max(most, held.length); return []; };
  const symbols = Array.from({length: 40_000}, (_, number) => `VENUE:SYMBOL${number}-USD`);
  client.quotes(symbols);
  await clock.go(1);
  let answered = 0;
  while (held.length > 0) {
    const {socket, ...request} = held.shift();
    assert.ok(JSON.stringify(request).length < 65_536);
    gateway.sockets[socket].say(gateway.reply(request)[0]);
    answered += request.symbols.length;
    await clock.go(1);
  }
  assert.equal(answered, 40_000);
  assert.ok(most <= 16, `${most} at a time`);
  assert.deepEqual(new Set(gateway.requests.flatMap((one) => one.symbols)), new Set(symbols));
  client.close();
});

test("at most 100 patterns a request", async () => {
  const {gateway, client} = await connected();
  client.statuses(Array.from({length: 150}, (_, number) => `V${number}:*`));
  await clock.go(1);
  assert.deepEqual(gateway.requests.map((one) => one.symbols.length), [100, 50]);
  client.close();
});

test("1009: the same in smaller requests, on another connection, until they are as small as can be", async () => {
  const {gateway, client} = await connected();
  gateway.answer = (request, socket) => {
    if (JSON.stringify(request).length <= 1024) return undefined;
    queueMicrotask(() => socket.end(1009, "message too large: at most 1024 bytes"));
    return [];
  };
  client.quotes(Array.from({length: 200}, (_, number) => `VENUE:SYMBOL${number}-USD`));
  for (let second = 0; second < 60 && gateway.requests.length < 30; ++second) {
    await clock.go(1000);
    if (client.link.state === "connecting") gateway.last.open();
    else gateway.last.say(gateway.heartbeat());
  }
  const last = gateway.requests.filter(({socket}) => socket === gateway.last.number);
  assert.equal(last.flatMap((one) => one.symbols).length, 200);
  assert.equal(client.link.state, "live");
  gateway.answer = (_, socket) => { queueMicrotask(() => socket.end(1009)); return []; };
  client.quotes("A:1");
  for (let second = 0; second < 60 && client.link.state !== "ended"; ++second) {
    await clock.go(1000);
    if (client.link.state === "connecting") gateway.last.open();
  }
  assert.equal(client.link.state, "ended");
  client.close();
});

test("rate_limited: asked again after its time, as things are then", async () => {
  const {gateway, client} = await connected();
  const errors = listen(client, "error");
  gateway.answer = ({id}) => [{type: "error", id, code: "rate_limited", message: "", retry_after_ms: 200, fatal: false}];
  const list = client.quotes("A:1", "A:2");
  const bars = client.bars("A:1", {interval: "1m", history: 5});
  await clock.go(1);
  assert.equal(gateway.requests.length, 2);
  list.set(["A:2", "A:3"]);
  await clock.go(150);
  assert.equal(gateway.requests.length, 2, "it waits");
  gateway.answer = () => undefined;
  await clock.go(60);
  assert.deepEqual(gateway.requests.slice(2).map(fields), [
    {op: "subscribe", channel: "quote", symbols: ["A:2", "A:3"], interval_ms: 0},
    {op: "subscribe", channel: "bar", symbols: ["A:1"], interval_ms: 0, interval: "1m", history: 5}]);
  gateway.answer = ({id}) => [{type: "error", id, code: "rate_limited", message: "", retry_after_ms: 200, fatal: false}];
  list.close();
  const ping = client.ping();
  await clock.go(1);
  gateway.answer = () => undefined;
  await clock.go(300);
  assert.equal(await ping, 0);
  gateway.answer = ({id}) => [{type: "error", id, code: "rate_limited", message: "", retry_after_ms: 200, fatal: false}];
  const lost = client.ping();
  await clock.go(1);
  client.reconnect();
  await assert.rejects(lost, {name: "ClosedError"});
  gateway.answer = () => undefined;
  await clock.go(300);
  assert.equal(gateway.asked.at(-1), "unsubscribe quote A:2,A:3");
  assert.deepEqual(errors, []);
  assert.equal(bars.channel, "bar");
  client.close();
});

test("rate_limited: asked slower from then on", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  client.quotes(Array.from({length: 20_000}, (_, number) => `VENUE:SYMBOL${number}-USD`));
  await clock.go(1);
  for (const most of [16, 8, 4, 2, 1, 1]) {
    const requests = gateway.requests.splice(0);
    assert.equal(requests.length, most);
    gateway.last.say(...requests.map(({id}) => ({type: "error", id, code: "rate_limited", message: "", retry_after_ms: 50, fatal: false})));
    await clock.go(60);
  }
  client.close();
});

test("what changes while a request waits for its answer is asked behind it", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  const list = client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  list.close();
  await clock.go(1);
  client.quotes("A:1", {interval_ms: 200});
  const short = client.quotes("A:9");
  await clock.go(1);
  short.close();
  await clock.go(1);
  assert.equal(gateway.requests.length, 2);
  gateway.silent = false;
  for (const request of gateway.requests.slice(0, 2)) gateway.last.say(...gateway.reply(request));
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({op, symbols, interval_ms}) => `${op} ${symbols} ${interval_ms}`), [
    "subscribe A:1 100", "subscribe A:9 0", "subscribe A:1 200", "unsubscribe A:9 undefined"]);
  client.close();
});

test("patterns: slow ones first, what is wanted quicker behind them, and again when they end", async () => {
  const {gateway, client} = await connected();
  client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  const all = client.quotes("*", {interval_ms: 5000});
  client.quotes("A:*", {interval_ms: 1000});
  await clock.go(1);
  const said = () => gateway.requests.splice(0).map(({op, symbols, interval_ms}) => `${op} ${symbols} ${interval_ms ?? ""}`.trim());
  assert.deepEqual(said(), ["subscribe A:1 100", "subscribe * 5000", "subscribe A:* 1000", "subscribe A:1 100"]);
  all.close();
  await clock.go(1);
  assert.deepEqual(said(), ["unsubscribe *", "subscribe A:* 1000", "subscribe A:1 100"]);
  client.close();
});

test("what a pattern covers goes on when nobody wants it by itself any more", async () => {
  const {gateway, client} = await connected();
  client.quotes("A:*", {interval_ms: 1000});
  const one = client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  gateway.requests.length = 0;
  one.close();
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({op, symbols, interval_ms}) => `${op} ${symbols} ${interval_ms}`), ["subscribe A:1 1000"]);
  const got = [];
  client.on("quote", ({symbol}) => got.push(symbol));
  gateway.last.say(gateway.quote("A:1", 2), gateway.quote("A:2", 2), gateway.quote("B:1", 2));
  assert.deepEqual(got, ["A:1", "A:2"]);
  client.close();
});

test("patterns: what one of them changes that another did not", async () => {
  const {gateway, client} = await connected();
  client.quotes("*", {interval_ms: 5000});
  client.quotes("B:1", {interval_ms: 100});
  await clock.go(1);
  gateway.requests.length = 0;
  client.quotes("A:*", {interval_ms: 9000});
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({symbols, interval_ms}) => `${symbols} ${interval_ms}`), ["A:* 9000", "* 5000", "B:1 100"]);
  client.close();
});

test("patterns: what waits for its answer is asked for again behind them", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  client.quotes("A:*", {interval_ms: 1000});
  await clock.go(1);
  gateway.silent = false;
  for (const request of gateway.requests.slice(0, 2)) gateway.last.say(...gateway.reply(request));
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({symbols, interval_ms}) => `${symbols} ${interval_ms}`), ["A:1 100", "A:* 1000", "A:1 100"]);
  client.close();
});

test("what was wanted as a pattern covers it is asked for again when the pattern is gone", async () => {
  const {gateway, client} = await connected();
  const pattern = client.quotes("A:*", {interval_ms: 100});
  const one = client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  one.close();
  await clock.go(1);
  pattern.close();
  await clock.go(1);
  client.quotes("A:1", {interval_ms: 100});
  await clock.go(1);
  assert.deepEqual(gateway.asked, ["subscribe quote A:*", "subscribe quote A:1", "unsubscribe quote A:*", "subscribe quote A:1"]);
  client.close();
});

test("a pattern that changes changes what it covers", async () => {
  const {gateway, client} = await connected();
  const pattern = client.quotes("A:*", {interval_ms: 1000});
  client.quotes("A:1", {interval_ms: 500});
  await clock.go(1);
  gateway.requests.length = 0;
  pattern.set(["A:*"], {interval_ms: 100});
  await clock.go(1);
  assert.deepEqual(gateway.requests.map(({symbols, interval_ms}) => `${symbols} ${interval_ms}`), ["A:* 100", "A:1 100"]);
  client.close();
});

test("patterns cover venues, pairs and all", async () => {
  const {gateway, client} = await connected();
  const got = {};
  for (const pattern of ["A:*", "*:X-Y", "*", "A:X-Y", "B:X-Z"]) {
    client.subscribe("quote", pattern, {}, ({symbol}) => (got[pattern] ??= []).push(symbol));
  }
  gateway.last.say(...["A:X-Y", "B:X-Y", "A:X-Z", "AA:X-Y2"].map((symbol) => gateway.quote(symbol, 1)));
  assert.deepEqual(got, {"A:*": ["A:X-Y", "A:X-Z"], "*:X-Y": ["A:X-Y", "B:X-Y"],
    "*": ["A:X-Y", "B:X-Y", "A:X-Z", "AA:X-Y2"], "A:X-Y": ["A:X-Y"]});
  client.close();
});

test("rejected symbols are told, said in words, and asked for again by the next connection", async () => {
  const {gateway, client} = await connected();
  const told = listen(client, "rejected");
  gateway.answer = ({id, op, symbols}) => (op !== "subscribe" ? undefined : [{type: "subscribed", id, channel: "quote",
    accepted: symbols.slice(1), rejected: [{symbol: symbols[0], code: "unknown_symbol", did_you_mean: ["A:2"]}], epoch: "E1"}]);
  const list = client.quotes("A:1", "A:2");
  await clock.go(1);
  assert.deepEqual(told, [{channel: "quote", symbol: "A:1", code: "unknown_symbol", did_you_mean: ["A:2"]}]);
  assert.deepEqual([client.why("A:1"), client.why("A:2"), client.why("A:3")], ["not known here", "no answer yet", "not subscribed"]);
  list.add("A:3");
  await clock.go(1);
  assert.equal(gateway.asked.at(-1), "subscribe quote A:3");
  list.remove("A:1");
  await clock.go(1);
  assert.equal(gateway.asked.length, 2, "what was refused needs no end");
  client.reconnect();
  gateway.last.open();
  await clock.go(1);
  assert.equal(gateway.asked.at(-1), "subscribe quote A:2,A:3");
  client.close();
});

test("what is served no more is not live, and the wish for it stands", async () => {
  const {gateway, client} = await connected();
  const told = listen(client, "rejected");
  client.quotes("A:1", "A:2");
  await clock.go(1);
  const status = {type: "status", symbol: "A:1", seq: 1, state: "live", since: 1, reason: ""};
  gateway.last.say(status, {type: "quote", symbol: "A:1", seq: 1, bid: "1", ask: "2"});
  await clock.go(1);
  assert.ok(client.isLive("A:1"));
  gateway.last.say({...status, seq: 2, state: "closed", reason: "not served any more"}, {type: "unsubscribed",
    id: null, channel: "quote", accepted: [], rejected: [{symbol: "A:1", code: "unknown_symbol"}]});
  await clock.go(1);
  assert.deepEqual(told, [{channel: "quote", symbol: "A:1", code: "unknown_symbol"}]);
  assert.deepEqual([client.isLive("A:1"), client.latest("quote", "A:1"), client.why("A:1")], [false, null, "not known here"]);
  client.reconnect();
  gateway.last.open();
  await clock.go(1);
  assert.equal(gateway.asked.at(-1), "subscribe quote A:1,A:2");
  client.close();
});

test("what has no room on one channel goes on by another", async () => {
  const {gateway, client} = await connected();
  client.quotes("A:1");
  client.trades("A:*");
  await clock.go(1);
  gateway.last.say({type: "status", symbol: "A:1", seq: 1, state: "live", since: 1, reason: ""},
    {type: "quote", symbol: "A:1", seq: 1, bid: "1", ask: "2"});
  const end = (channel) => gateway.last.say({type: "unsubscribed", id: null, channel, accepted: [],
    rejected: [{symbol: "A:1", code: "too_many_symbols", limit: 1, plan: "basic"}]});
  end("trade");
  await clock.go(1);
  assert.deepEqual([client.isLive("A:1"), client.why("A:1")], [true, ""]);
  end("quote");
  await clock.go(1);
  assert.deepEqual([client.isLive("A:1"), client.why("A:1")], [false, "too many symbols"]);
  client.close();
});

test("what found no room is asked for again when there is some", async () => {
  const {gateway, client} = await connected();
  gateway.answer = ({id, op, symbols}) => (op !== "subscribe" ? undefined : [{type: "subscribed", id, channel: "quote", accepted: [],
    rejected: symbols.map((symbol) => ({symbol, code: "too_many_symbols"})), epoch: "E1"}]);
  client.quotes("A:2");
  await clock.go(1);
  assert.equal(client.why("A:2"), "too many symbols");
  gateway.answer = () => undefined;
  const other = client.quotes("A:1");
  await clock.go(1);
  other.close();
  await clock.go(1);
  assert.deepEqual(gateway.asked.slice(1), ["subscribe quote A:1", "unsubscribe quote A:1", "subscribe quote A:2"]);
  client.close();
});

test("a request that is refused whole is an error, and not repeated", async () => {
  const {gateway, client} = await connected();
  const errors = listen(client, "error");
  gateway.answer = ({id}) => [{type: "error", id, code: "bad_request", message: "no", fatal: false}];
  client.quotes("A:1");
  await clock.go(10_000);
  assert.deepEqual([errors.map(({message}) => message), gateway.requests.filter(({op}) => op !== "ping").length], [["no"], 1]);
  client.close();
});

test("what is not wanted any more is not told, and forgotten", async () => {
  const {gateway, client} = await connected();
  const told = listen(client, "quote", "live");
  gateway.values.set("quote A:1", [gateway.quote("A:1", 1)]);
  const list = client.quotes("A:1");
  await clock.go(1);
  list.close();
  gateway.last.say(gateway.quote("A:1", 2));
  await clock.go(1);
  gateway.last.say(gateway.status("A:1"), gateway.quote("A:1", 3));
  assert.deepEqual(told.map((one) => one.seq ?? one), [1, "A:1 live", "A:1 not live"]);
  assert.deepEqual([client.latest("quote", "A:1"), client.status("A:1"), client.why("A:1")], [null, null, "not subscribed"]);
  client.close();
});

test("what cannot be meant is refused at once, by its name", () => {
  const client = new FakeGateway(clock).connect();
  for (const [call, message] of [
    [() => client.subscribe("qoute", "A:1"), /channel: expected quote, trade/],
    [() => client.quotes("A 1"), /expected a symbol such as/], [() => client.quotes(""), /expected a symbol/],
    [() => client.quotes(["A:1", null]), /expected a symbol/],
    [() => client.bars("A:1"), /needs an interval/], [() => client.bars("A:1", {interval: "2m"}), /interval: expected 1s, 1m/],
    [() => client.bars("A:1", {interval: "1m", history: 1001}), /history: expected 0 to 1000/],
    [() => client.books("A:1", {depth: 0}), /depth: expected 1 to 25/],
    [() => client.quotes("A:1", {depth: 5}), /quote has no option depth/],
    [() => client.quotes("A:1", {interval_ms: 0.5}), /interval_ms: expected 0 to 60000/],
    [() => client.on("quote"), /expected a function/],
  ]) assert.throws(call, message);
  client.close();
});

test("degraded and restored, and what the gateway granted", async () => {
  const {gateway, client} = await connected();
  const told = listen(client, "degraded", "restored", "heartbeat");
  client.quotes("A:1");
  await clock.go(1);
  gateway.last.say({type: "degraded", interval_ms: 500, reason: "slow_consumer"});
  assert.equal(client.degraded.interval_ms, 500);
  gateway.last.say({type: "restored"}, gateway.heartbeat());
  assert.deepEqual([client.degraded, client.epoch, told.map(({type}) => type)], [null, "E1", ["degraded", "restored", "heartbeat"]]);
  client.close();
});
