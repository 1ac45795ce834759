// SPDX-License-Identifier: Apache-2.0
// The connection: how it comes back, and when it is given up.
import assert from "node:assert/strict";
import test from "node:test";

import {closeCodes, connect, delayAfter, meaning} from "../../schemas/js/tickgate.js";
import {Clock, FakeGateway, listen} from "./fake.mjs";

const clock = new Clock();
const SYMBOL = "A:B-C";

async function connected(options) {
  const gateway = new FakeGateway(clock);
  gateway.values.set(`quote ${SYMBOL}`, [gateway.quote(SYMBOL, 1)]);
  const client = gateway.connect(options);
  const told = listen(client, "link", "live");
  client.subscribe("quote", SYMBOL);
  gateway.last.open();
  await clock.go(10);
  return {gateway, client, told};
}

test("an address", () => {
  const urls = [];
  const WebSocket = class { constructor(url, protocols) { urls.push([url, ...protocols]); } close() {} };
  for (const url of ["ws://a", "http://a:8080/", "https://a/b/v1/stream?c=d#e"]) connect(url, {WebSocket, protocols: ["bearer.x"]}).close();
  assert.deepEqual(urls, ["ws://a/v1/stream", "ws://a:8080/v1/stream", "wss://a/b/v1/stream?c=d"]
    .map((url) => [url, "tickgate.v1.json", "bearer.x"]));
  assert.throws(() => connect("ftp://a", {WebSocket}), /expected ws/);
  assert.throws(() => connect("nonsense", {WebSocket}), TypeError);
});

test("delays double, have full jitter and a bound", () => {
  const most = (code, failures) => delayAfter(code, failures, 0, () => 1);
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((failures) => most(1006, failures)), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.equal(delayAfter(1006, 9, 0, () => 0), 0);
  assert.deepEqual([1011, 1013, 4429].map((code) => most(code, 0)), [4000, 4000, 4000]);
  assert.equal(most(1012, 0), 0);
  assert.equal(most(1012, 1), 2000);
  assert.equal(delayAfter(1006, 0, 700, () => 0.5), 1200, "left alone as long as it asked to be");
});

test("every code has a meaning, and those that say never are obeyed", async () => {
  assert.deepEqual([...closeCodes].filter(([, one]) => one.comeBack === "never").map(([code]) => code),
    [1002, 1003, 1007, 1009, 4400, 4401, 4403]);
  assert.equal(meaning(4999).comeBack, "now");
  for (const code of [1002, 1003, 1007, 4400, 4401, 4403]) {
    const {gateway, client} = await connected();
    gateway.last.end(code, "because");
    await clock.go(100_000);
    assert.equal(gateway.sockets.length, 1, `connections after ${code}`);
    const {state, reason} = client.link;
    assert.deepEqual([state, client.link.code, reason], ["ended", code, "because"]);
    assert.match(client.why(SYMBOL), /because/);
    client.close();
  }
});

test("a lost connection comes back, asks for the same again, and nothing is live meanwhile", async () => {
  const {gateway, client, told} = await connected();
  assert.equal(client.isLive(SYMBOL), true);
  await clock.go(6000);
  gateway.last.end(1006);
  assert.deepEqual([client.isLive(SYMBOL), client.latest("quote", SYMBOL), client.status(SYMBOL)], [false, null, null]);
  assert.match(client.why(SYMBOL), /no connection, next attempt in/);
  await clock.go(500);
  assert.equal(gateway.sockets.length, 2);
  gateway.last.open();
  await clock.go(10);
  assert.deepEqual(gateway.asked, Array(2).fill(`subscribe quote ${SYMBOL}`));
  assert.equal(client.isLive(SYMBOL), true);
  assert.deepEqual(told, ["live", `${SYMBOL} live`, "waiting", `${SYMBOL} not live`, "connecting", "live", `${SYMBOL} live`]);
  client.close();
});

test("attempts that fail wait longer, and a connection that lasts forgives them", async () => {
  const {gateway, client} = await connected();
  gateway.last.end(1006); // within seconds of the upgrade: failed
  for (const wait of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
    assert.equal(client.link.next - clock.now, wait);
    await clock.go(wait);
    gateway.last.end(1006);
  }
  await clock.go(15_000);
  gateway.last.open();
  for (let second = 0; second < 6; ++second) await clock.go(1000), gateway.last.say(gateway.heartbeat());
  gateway.last.end(1006);
  assert.equal(client.link.next - clock.now, 500);
  client.close();
});

test("1012 means now, where no drain was heard of", async () => {
  const {gateway, client} = await connected();
  await clock.go(6000);
  gateway.last.end(1012, "restart: come back now");
  await clock.go(0);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("an attempt without an answer is given up after 10 s", async () => {
  const gateway = new FakeGateway(clock);
  const client = gateway.connect();
  await clock.go(11_900);
  assert.equal(gateway.sockets[0].closed !== null, true);
  assert.equal(client.link.state, "waiting");
  client.close();
});

test("silence: not live after 12 s, given up after 15 s", async () => {
  const {gateway, client} = await connected();
  await clock.go(11_000);
  assert.equal(client.isLive(SYMBOL), true);
  await clock.go(2000);
  assert.equal(client.link.state, "silent");
  assert.equal(client.isLive(SYMBOL), false);
  assert.match(client.why(SYMBOL), /nothing of now was heard for 1[23] s/);
  gateway.last.say(gateway.heartbeat());
  assert.equal(client.isLive(SYMBOL), true);
  await clock.go(17_000);
  assert.equal(gateway.sockets[0].closed !== null, true);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("who slept notices within a second of waking: nothing is live, then another connection", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  await clock.sleep(3_600_000);
  assert.equal(client.isLive(SYMBOL), false);
  assert.equal(client.link.state, "silent");
  assert.equal(gateway.requests.at(-1).op, "ping");
  await clock.go(1000);
  assert.equal(gateway.sockets[0].closed !== null, true);
  await clock.go(1000);
  assert.equal(gateway.sockets.length, 2);
  client.close();
});

test("who slept and whose connection lives keeps it: what was buffered is old, the pong is of now", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  await clock.sleep(60_000);
  gateway.last.say(gateway.quote(SYMBOL, 2, "1.11", 59_000));
  await clock.go(900);
  gateway.last.say(gateway.quote(SYMBOL, 3, "1.12", 50_000));
  assert.equal(client.latest("quote", SYMBOL).bid, "1.12");
  assert.equal(client.isLive(SYMBOL), false, "what was sent long ago is not live");
  await clock.go(900); // it speaks: it is not given up
  gateway.last.say(gateway.quote(SYMBOL, 4, "1.13"), {type: "pong", id: gateway.requests.at(-1).id});
  assert.equal(client.isLive(SYMBOL), true);
  await clock.go(4000);
  assert.equal(gateway.sockets.length, 1);
  client.close();
});

test("a hidden page's timers are late, and its connection is kept", async () => {
  const {gateway, client, told} = await connected();
  for (let minute = 0; minute < 3; ++minute) {
    for (let beat = 0; beat < 12; ++beat) clock.now += 5000, gateway.last.say(gateway.heartbeat());
    await clock.sleep(4000);
  }
  assert.deepEqual([gateway.sockets.length, client.isLive(SYMBOL)], [1, true]);
  assert.deepEqual(told, ["live", `${SYMBOL} live`]);
  client.close();
});

test("clocks may differ, and be set", async () => {
  const {gateway, client} = await connected();
  for (const ahead of [0, 86_400_000, -86_400_000, 3000]) {
    gateway.ahead = ahead;
    gateway.last.say(gateway.quote(SYMBOL, 5));
    await clock.go(10);
    assert.equal(client.isLive(SYMBOL), true, `${ahead} ms ahead`);
  }
  clock.set(-7_200_000); // the client's own, back
  gateway.ahead += 7_200_000;
  await clock.go(3000);
  gateway.last.say(gateway.quote(SYMBOL, 6));
  await clock.go(10);
  assert.deepEqual([gateway.sockets.length, client.isLive(SYMBOL)], [1, true]);
  clock.set(-7_200_000);
  await clock.go(17_000);
  assert.equal(client.isLive(SYMBOL), false, "silence is noticed on a clock that was set back too");
  client.close();
});

test("a clock that was set looks like a sleep until a ping is answered, and never again", async () => {
  const {gateway, client, told} = await connected();
  gateway.silent = true;
  gateway.ahead -= 10_000;
  gateway.last.say(gateway.quote(SYMBOL, 2));
  assert.equal(client.isLive(SYMBOL), false);
  await clock.go(100);
  gateway.last.say(gateway.quote(SYMBOL, 3), {type: "pong", id: gateway.requests.at(-1).id});
  assert.equal(client.isLive(SYMBOL), true);
  gateway.last.say(gateway.quote(SYMBOL, 4));
  assert.deepEqual(told.slice(2), ["silent", `${SYMBOL} not live`, "live", `${SYMBOL} live`]);
  client.close();
});

test("what is old is not live before it is told", async () => {
  const {gateway, client} = await connected();
  gateway.silent = true;
  const told = listen(client, "live", "quote");
  await clock.go(1);
  gateway.last.say(gateway.quote(SYMBOL, 2, "1.11", 9000));
  assert.deepEqual(told.map((one) => one.seq ?? one), [`${SYMBOL} not live`, 2]);
  client.close();
});

test("a refusal that says when to come back is heeded", async () => {
  const gateway = new FakeGateway(clock);
  const client = gateway.connect();
  gateway.last.end(1006, "refused with 503 Service Unavailable", {retryAfter: 5});
  assert.equal(client.link.next - clock.now, 6000);
  assert.match(client.link.reason, /503/);
  client.close();
});

test("a page that comes to the front asks at once; the network's return ends the waiting", async () => {
  const events = new EventTarget();
  const document = new EventTarget();
  let listeners = 0;
  globalThis.addEventListener = (...words) => { ++listeners; events.addEventListener(...words); };
  globalThis.removeEventListener = (...words) => { --listeners; events.removeEventListener(...words); };
  globalThis.document = document;
  const timers = clock.timers;
  const {gateway, client} = await connected();
  gateway.silent = true;
  await clock.go(9500); // between two looks
  assert.equal(client.isLive(SYMBOL), true);
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(gateway.requests.at(-1).op, "ping");
  assert.equal(client.isLive(SYMBOL), false);
  await clock.go(1000);
  assert.equal(client.link.state, "waiting");
  events.dispatchEvent(new Event("online"));
  assert.deepEqual([client.link.state, gateway.sockets.length], ["connecting", 2]);
  client.close();
  assert.deepEqual([listeners, clock.timers], [0, timers], "nothing is left of it");
  gateway.requests.length = 0;
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.go(60_000);
  assert.deepEqual([gateway.requests, gateway.sockets.length], [[], 2], "a closed client does nothing");
  for (const name of ["document", "addEventListener", "removeEventListener"]) delete globalThis[name];
});

test("reconnect, ping and close by hand", async () => {
  const {gateway, client} = await connected();
  gateway.answer = ({op}) => (op === "ping" ? [] : undefined);
  const ping = client.ping();
  await clock.go(30);
  gateway.last.say({type: "pong", id: gateway.requests.at(-1).id});
  assert.equal(await ping, 30);
  const lost = client.ping();
  client.reconnect();
  await assert.rejects(lost, {name: "ClosedError"});
  await assert.rejects(client.ping(), {name: "ClosedError"});
  assert.deepEqual([gateway.sockets.length, gateway.sockets[0].closed], [2, 1000]);
  gateway.last.end(4400);
  assert.equal(client.link.state, "ended");
  client.reconnect();
  gateway.last.open();
  await clock.go(10);
  assert.equal(client.isLive(SYMBOL), true);
  client.close();
  client.close();
  assert.deepEqual([client.link.state, client.why(SYMBOL), client.isLive(SYMBOL)], ["closed", "closed", false]);
  assert.throws(() => client.subscribe("quote", SYMBOL), /closed/);
  assert.throws(() => client.reconnect(), /closed/);
});

test("what is no message is an error that ends nothing", async () => {
  const {gateway, client} = await connected();
  const errors = listen(client, "error");
  for (const data of ["{", "1", "null", "{}", "[null,1,{}]", '[{"type":"later"}]']) gateway.last.onmessage({data});
  assert.deepEqual(errors.map(({code}) => code), Array(4).fill("bad_message"));
  assert.equal(client.isLive(SYMBOL), true);
  client.close();
});

test("a status alone makes no price live that is of an earlier connection", async () => {
  const {gateway, client, told} = await connected();
  gateway.values.clear();
  client.reconnect();
  gateway.last.open();
  await clock.go(10);
  assert.deepEqual([client.status(SYMBOL).state, client.isLive(SYMBOL), client.why(SYMBOL)], ["live", false, "no price yet"]);
  assert.deepEqual([client.isLive(SYMBOL, "status"), client.isLive(SYMBOL, "book")], [true, false]);
  gateway.last.say(gateway.quote(SYMBOL, 1));
  assert.equal(client.isLive(SYMBOL), true);
  gateway.last.say(gateway.status(SYMBOL, "stale"), gateway.quote(SYMBOL, 2));
  assert.deepEqual([client.isLive(SYMBOL), client.why(SYMBOL)], [false, "stale: no data for 42 s"]);
  assert.deepEqual(told.slice(-2), [`${SYMBOL} live`, `${SYMBOL} not live`]);
  client.close();
});

test("a listener that throws is reported and disturbs nobody", async () => {
  const {gateway, client} = await connected();
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const heard = [];
  client.on("quote", () => { throw new Error("mine"); });
  const off = client.on("quote", ({bid}) => heard.push(bid));
  client.subscribe("quote", SYMBOL, {}, () => { throw new Error("its"); });
  gateway.last.say(gateway.quote(SYMBOL, 2, "1.5"));
  off();
  gateway.last.say(gateway.quote(SYMBOL, 3, "1.6"));
  assert.deepEqual([heard, reported], [["1.5"], ["mine", "its", "mine", "its"]]);
  delete globalThis.reportError;
  client.close();
});
