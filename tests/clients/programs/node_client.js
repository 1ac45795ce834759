// SPDX-License-Identifier: Apache-2.0
// Node with the WebSocket of the npm package that is named first: ws, or undici, whose interface is
// the browsers' own. See ../README.md for what every program here prints.
const [library, url, , request, mode] = process.argv.slice(2);
const { WebSocket } = require(library);

const say = (...words) => process.stdout.write(words.join(" ") + "\n");
const wire = new WebSocket(url, ["tickgate.v1.json"]);
let count = 0;
wire.onopen = () => {
  say("open", wire.protocol);
  wire.send(request);
};
wire.onmessage = (event) => {
  say("text", event.data);
  if (mode === "leave" && ++count === 10) wire.close(1000);
};
wire.onerror = (event) => say("error", event.message || event.error);
wire.onclose = (event) => say("close", event.wasClean ? event.code : 1006, event.reason);
