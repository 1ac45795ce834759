// SPDX-License-Identifier: Apache-2.0
// The client as a program, for tests in other languages: each event is a line of JSON on stdout.
//   node driver.mjs URL 'channel;options as JSON;symbol,symbol' ...
// Lines on stdin: close, reconnect, ping, why SYMBOL, subscribe ..., unsubscribe ...
import {readFileSync} from "node:fs";
import {createInterface} from "node:readline";

import {connect} from "../../schemas/js/tickgate.js";

const [url, ...wishes] = process.argv.slice(2);
const tokens = process.env.TICKGATE_TOKEN_FILE; // read each time that a token is asked for
const files = Object.entries(JSON.parse(process.env.TICKGATE_TLS ?? "{}")); // ca, cert and key, as files
const options = {};
if (tokens) options.token = () => readFileSync(tokens, "utf8").trim();
if (files.length > 0) options.tls = Object.fromEntries(files.map(([name, file]) => [name, readFileSync(file)]));
const client = connect(url, options);
const subscriptions = new Map(); // as it was written -> the subscription

function tell(event, more) {
  process.stdout.write(JSON.stringify({event, at: Date.now(), ...more}) + "\n");
}

function subscribe(text) {
  const [channel, options, symbols] = text.split(";");
  subscriptions.set(text, client.subscribe(channel, symbols.split(","), options ? JSON.parse(options) : {}));
}

function unsubscribe(text) {
  subscriptions.get(text)?.close();
  subscriptions.delete(text);
}

function close() {
  client.close();
  tell("closed", {});
  process.stdout.write("", () => process.exit(0));
}

const orders = {
  close, subscribe, unsubscribe,
  reconnect: () => client.reconnect(),
  ping: () => client.ping().then((ms) => tell("pong", {ms}), (error) => tell("pong", {ms: null, why: error.message})),
  why: (symbol) => tell("why", {symbol, why: client.why(symbol)}),
};

client.on("link", (link) => {
  tell("link", {link});
  if (link.state === "ended") tell("ended", {code: link.code, reason: link.reason});
});
client.on("live", (symbol, live) => tell("live", {symbol, live}));
for (const type of ["quote", "trade", "book", "ticker", "bar", "status", "bar_history"]) {
  client.on(type, (message) => tell("message", {epoch: client.epoch, live: client.isLive(message.symbol), message}));
}
for (const type of ["gap", "drain", "degraded", "restored", "error", "rejected"]) {
  client.on(type, (message) => tell(type, {message}));
}
wishes.forEach(subscribe);
const lines = createInterface({input: process.stdin});
lines.on("line", (line) => {
  const [order, ...rest] = line.trim().split(" ");
  orders[order]?.(rest.join(" "));
});
lines.on("close", close);
