// SPDX-License-Identifier: Apache-2.0
// tickgate.d.ts against the module, both ways, and against the examples of the protocol, which the
// client hands on as they come. Whether a program compiles against it: js_test.py, where there is tsc.
import assert from "node:assert/strict";
import {readFileSync, readdirSync} from "node:fs";
import test from "node:test";

import * as module from "../../schemas/js/tickgate.js";
import {Clock, FakeGateway, listen} from "./fake.mjs";

const at = (path) => new URL(`../../schemas/${path}`, import.meta.url);
const declared = readFileSync(at("js/tickgate.d.ts"), "utf8").replace(/\/\*\*[^]*?\*\//g, "");
const clock = new Clock();

// name -> {head, body} of interfaces, classes and the object that `decimal` is
const blocks = new Map([...declared.matchAll(/^(?:export )?(?:interface|class|const) (\w+)(.*?)\{\n?([^]*?)\n?(?:^\}| ?\}$);?/gm)]
  .map(([, name, head, body]) => [name, {head, body}]));

const members = (name) => new Set([...blocks.get(name).body.matchAll(/(?:^|;|\{)\s*(?:readonly )?([a-z]\w*)(?:<[^(]*>)?\??[(:]/gm)]
  .map(([, member]) => member).filter((member) => member !== "constructor" && member !== "private"));

// field -> whether it may be left out; with those of what it extends
function fields(name) {
  const {head, body} = blocks.get(name);
  const base = /extends (\w+)/.exec(head)?.[1];
  const own = [...body.matchAll(/(\w+)(\??): /g)].filter(([, field]) => !["price", "size"].includes(field) || name === "Trade");
  return new Map([...(base ? fields(base) : []), ...own.map(([, field, mark]) => [field, mark === "?"])]);
}

const events = [...blocks.get("Messages").body.matchAll(/(\w+): \w+/g)].map(([, event]) => event);

const examples = readdirSync(at("examples")).filter((name) => name.endsWith(".json"))
  .map((name) => [name, JSON.parse(readFileSync(at(`examples/${name}`), "utf8"))]);

test("what is exported is declared, and what is declared is exported", () => {
  const names = [...declared.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(names), new Set(Object.keys(module)));
});

for (const name of ["Client", "Subscription"]) {
  test(`so are the members of ${name}`, () => {
    const there = Object.getOwnPropertyNames(module[name].prototype).filter((member) => member !== "constructor");
    assert.deepEqual(members(name), new Set(there));
  });
}

test("so are those of decimal, of a meaning and of the link", () => {
  assert.deepEqual(members("decimal"), new Set(Object.keys(module.decimal)));
  assert.deepEqual(members("Meaning"), new Set(Object.keys(module.meaning(1006))));
  const client = new FakeGateway(clock).connect();
  assert.deepEqual(members("Link"), new Set(Object.keys(client.link)));
  client.close();
});

test("every option that is declared is looked at, and every event told", () => {
  const source = readFileSync(at("js/tickgate.js"), "utf8");
  for (const option of members("Options")) assert.match(source, new RegExp(`\\b${option}\\b`));
  for (const event of events) assert.ok(source.includes(`"${event}"`), event);
});

test("every message of the protocol has the fields that are declared", () => {
  const interfaces = new Map([...blocks].map(([name, {body}]) => [/^\s*type: "(\w+)"/.exec(body)?.[1], name]).filter(([type]) => type));
  const seen = new Set();
  for (const [file, objects] of examples) {
    for (const object of objects) {
      const name = interfaces.get(object.type);
      if (!name) continue;
      seen.add(name);
      const known = fields(name);
      for (const field of Object.keys(object)) assert.ok(known.has(field), `${file}: ${name} has no ${field}`);
      for (const [field, optional] of known) assert.ok(optional || field in object, `${file}: no ${field}`);
    }
  }
  assert.deepEqual(seen, new Set(interfaces.values()));
});

// What the client keeps to itself: answers to its own requests.
const ANSWERS = ["subscribed", "unsubscribed", "list", "pong"];
// A rate limit is seen to; a gap before which nothing was heard, or a closed bar, is as it comes.
const heeded = ({type, code}) => !ANSWERS.includes(type) && code !== "rate_limited";
// What the gateway itself takes away is told as a refusal is.
const toldOf = (object) => object.type === "unsubscribed" && object.id === null
  ? object.rejected.map((refused) => ({channel: object.channel, ...refused})) : heeded(object) ? [object] : [];

for (const [file, objects] of examples) {
  test(`${file} is handed on as it comes`, async () => {
    const gateway = new FakeGateway(clock);
    const client = gateway.connect();
    const told = listen(client, ...events);
    for (const channel of ["quote", "trade", "book", "ticker", "status"]) client.subscribe(channel, "*");
    for (const interval of ["1s", "1m", "5m", "15m", "1h", "4h", "1d"]) client.subscribe("bar", "*", {interval});
    gateway.last.open();
    await clock.go(1);
    gateway.last.say(...objects);
    assert.deepEqual(told, objects.flatMap(toldOf));
    const gone = objects.some(({type, id}) => type === "unsubscribed" && id === null);
    for (const one of objects) {
      if (!gone && ["quote", "book", "ticker", "status"].includes(one.type)) assert.deepEqual(client.latest(one.type, one.symbol), one);
      for (const value of Object.values(one)) {
        if (typeof value === "string" && /^-?\d+\.\d+$/.test(value)) assert.equal(module.decimal.toFixed(value, module.decimal.places(value)), value);
      }
    }
    client.close();
  });
}

test("requests have no key that the examples do not have", async () => {
  const keys = new Set(readdirSync(at("examples/requests")).flatMap((name) => Object.keys(JSON.parse(readFileSync(at(`examples/requests/${name}`), "utf8")))));
  const gateway = new FakeGateway(clock);
  const client = gateway.connect();
  gateway.last.open();
  client.books("A:1", {depth: 1, interval_ms: 5});
  const bars = client.bars("A:1", {interval: "1m", history: 5});
  client.ping();
  await clock.go(1);
  bars.close();
  await clock.go(1);
  assert.equal(gateway.requests.length, 4);
  for (const {socket, ...request} of gateway.requests) for (const key of Object.keys(request)) assert.ok(keys.has(key), `${key} on ${socket}`);
  client.close();
});
