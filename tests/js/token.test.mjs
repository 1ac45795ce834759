// SPDX-License-Identifier: Apache-2.0
// Who asks: how a token is shown, renewed and given up; and what delayed prices are.
import assert from "node:assert/strict";
import test from "node:test";

import {delayText} from "../../schemas/js/tickgate.js";
import {Clock, FakeGateway, listen, settle} from "./fake.mjs";

const clock = new Clock();
const SYMBOL = "A:B-C";
const FIRST = "tickgate.v1.json";
const LONG = "x".repeat(5000);

// A gateway that takes these tokens.
function guarded(...good) {
  const gateway = new FakeGateway(clock);
  gateway.values.set(`quote ${SYMBOL}`, [gateway.quote(SYMBOL, 1)]);
  gateway.answer = ({op, id, token}, socket) => {
    if (op !== "auth") return undefined;
    if (good.includes(token)) return [{type: "authenticated", id, subject: "me", expires: null}];
    queueMicrotask(() => queueMicrotask(() => socket.end(4401, "not authenticated")));
    return [{type: "error", id, code: "unauthenticated", message: "the credential is not accepted", fatal: true}];
  };
  return gateway;
}

const auths = (gateway) => gateway.requests.filter(({op}) => op === "auth").map(({token}) => token);

function begin(gateway, options) {
  const client = gateway.connect(options);
  const told = listen(client, "link", "live");
  client.subscribe("quote", SYMBOL);
  return {client, told};
}

test("a token goes as a subprotocol behind ours, and nothing of it into the URL", async () => {
  const gateway = guarded();
  const {client} = begin(gateway, {token: "a.b-c_d", protocols: ["more"]});
  assert.deepEqual(gateway.last.protocols, [FIRST, "bearer.a.b-c_d", "more"]);
  assert.ok(!gateway.last.url.includes("a.b-c_d"));
  gateway.last.open();
  await clock.go(10);
  assert.equal(client.isLive(SYMBOL), true);
  assert.deepEqual(auths(gateway), []);
  client.close();
});

test("what cannot be offered goes in band, before anything else is asked", async () => {
  for (const token of [LONG, "with/slash=="]) {
    const gateway = guarded(token);
    const {client, told} = begin(gateway, {token});
    assert.deepEqual(gateway.last.protocols, [FIRST]);
    gateway.last.open();
    assert.deepEqual([gateway.requests.length, auths(gateway), client.link.state], [1, [token], "connecting"]);
    await clock.go(10);
    assert.deepEqual(gateway.asked, ["auth undefined undefined", `subscribe quote ${SYMBOL}`]);
    assert.deepEqual(told, ["live", `${SYMBOL} live`]);
    client.close();
  }
});

test("to a gateway that knows no such request one may speak all the same", async () => {
  const gateway = new FakeGateway(clock);
  gateway.answer = ({op, id}) => (op === "auth" ? [{type: "error", id, code: "unknown_op", message: "op", fatal: false}] : undefined);
  const {client} = begin(gateway, {token: LONG});
  gateway.last.open();
  await clock.go(10);
  assert.deepEqual([client.link.state, gateway.asked.length], ["live", 2]);
  client.close();
});

test("after a handshake that failed the token is shown in band, and a bad one ends the link", async () => {
  const gateway = guarded("good");
  const {client} = begin(gateway, {token: "bad"});
  gateway.last.end(1006); // a browser tells no more of a 401
  await clock.go(2000);
  assert.deepEqual([gateway.sockets.length, gateway.last.protocols], [2, [FIRST]]);
  gateway.last.open();
  await clock.go(100_000);
  assert.deepEqual([client.link.state, client.link.code, gateway.sockets.length], ["ended", 4401, 2]);
  assert.match(client.why(SYMBOL), /not authenticated/);
  client.authenticate("good");
  assert.deepEqual(gateway.last.protocols, [FIRST, "bearer.good"], "the next one as ever");
  gateway.last.open();
  await clock.go(10);
  assert.equal(client.isLive(SYMBOL), true);
  client.authenticate(null);
  assert.deepEqual([gateway.last.protocols, gateway.sockets.length, client.isLive(SYMBOL)], [[FIRST], 4, false]);
  client.close();
});

test("a function is asked at each connection, after 4401 too, later and later", async () => {
  const gateway = guarded();
  let count = 0;
  const {client} = begin(gateway, {token: async () => `t${++count}`});
  await settle();
  const offered = () => gateway.sockets.map(({protocols}) => protocols[1]);
  gateway.last.open();
  await clock.go(10);
  assert.equal(client.isLive(SYMBOL), true);
  await clock.go(10_000);
  gateway.last.end(4401, "the credential has expired");
  await clock.go(600);
  assert.deepEqual(offered(), ["bearer.t1", "bearer.t2"], "soon, after one that lasted");
  for (const wait of [4000, 8000]) {
    gateway.last.open();
    gateway.last.end(4401, "not authenticated");
    assert.equal(client.link.next - clock.now, wait);
    await clock.go(wait);
  }
  assert.deepEqual(offered().slice(2), ["bearer.t3", "bearer.t4"]);
  client.close();
});

test("a function that fails is an attempt that failed", async () => {
  const gateway = guarded();
  let fails = true;
  const {client} = begin(gateway, {token: () => { if (fails) throw new Error("no key today"); return "t"; }});
  await clock.go(10);
  assert.deepEqual([client.link.state, client.link.reason, gateway.sockets.length], ["waiting", "no key today", 0]);
  fails = false;
  await clock.go(2000);
  assert.equal(gateway.sockets.length, 1);
  client.close();
});

test("what expires is renewed in band, by a function or by who listens", async () => {
  const gateway = guarded("t2", "t3");
  const tokens = ["t1", "t2"];
  const {client} = begin(gateway, {token: () => tokens.shift()});
  const told = listen(client, "auth_expiring", "authenticated", "error");
  await settle();
  gateway.last.open();
  await clock.go(10);
  gateway.last.say({type: "auth_expiring", in_ms: 30_000});
  await clock.go(10);
  assert.deepEqual(auths(gateway), ["t2"]);
  client.authenticate("t3");
  await clock.go(10);
  gateway.last.say({type: "auth_expiring", in_ms: 30_000});
  await clock.go(10);
  assert.deepEqual(auths(gateway), ["t2", "t3"], "a text that was shown already is not shown again");
  assert.deepEqual(told.map(({type}) => type), ["auth_expiring", "authenticated", "authenticated", "auth_expiring"]);
  assert.deepEqual([gateway.sockets.length, client.isLive(SYMBOL)], [1, true]);
  gateway.last.say({type: "unsubscribed", id: null, channel: "quote", accepted: [], rejected: [{symbol: SYMBOL, code: "forbidden"}]});
  assert.deepEqual([client.isLive(SYMBOL), client.why(SYMBOL)], [false, "forbidden"]);
  client.close();
});

test("a token that cannot be had in time is told, and nothing else ends", async () => {
  const gateway = guarded();
  let first = true;
  const {client} = begin(gateway, {token: () => (first ? "t1" : Promise.reject(new Error("no key today")))});
  const told = listen(client, "error");
  await settle();
  gateway.last.open();
  first = false;
  await clock.go(10);
  gateway.last.say({type: "auth_expiring", in_ms: 30_000});
  await clock.go(10);
  assert.deepEqual(told.map(({code, message}) => [code, message]), [["no_token", "no key today"]]);
  assert.equal(client.isLive(SYMBOL), true);
  client.close();
});

test("what is delayed is never live, and says by how much", async () => {
  const gateway = guarded();
  const {client, told} = begin(gateway, {token: "t"});
  gateway.answer = ({op, id, channel, symbols}) => (op === "subscribe" ? [
    {type: "subscribed", id, channel, accepted: symbols, rejected: [], interval_ms: 0, epoch: "E1"},
    {...gateway.status(SYMBOL, "delayed"), reason: "", delayed_s: 900},
    {...gateway.quote(SYMBOL, 1), delayed_s: 900}] : undefined);
  gateway.last.open();
  await clock.go(10);
  assert.equal(client.latest("quote", SYMBOL).bid, "1.10");
  assert.deepEqual([client.isLive(SYMBOL), client.isLive(SYMBOL, "quote"), client.why(SYMBOL)], [false, false, "delayed 15 min"]);
  assert.deepEqual(told, ["live"]);
  assert.deepEqual([delayText(60), delayText(90)], ["delayed 1 min", "delayed 90 s"]);
  client.close();
});
