// SPDX-License-Identifier: Apache-2.0
// Prices are strings, and what is made of them is exact.
import assert from "node:assert/strict";
import test from "node:test";

import {decimal} from "../../schemas/js/tickgate.js";

const LONG = "123456789012345678901234567890.123456";

function rows(name, work, table) {
  for (const [...words] of table) {
    const want = words.pop();
    test(`${name}(${words.join(", ")}) is ${want}`, () => assert.equal(work(...words), want));
  }
}

rows("compare", decimal.compare, [
  ["1", "1.000", 0], ["9.5", "10.25", -1], ["-1", "1", -1], ["-2", "-1.99", -1], ["-0", "0", 0],
  [LONG, LONG.slice(0, -1) + "7", -1], ["0.1", "0.09999999999999999999", 1],
]);
rows("add", decimal.add, [["0.1", "0.20", "0.30"], ["-1", "0.5", "-0.5"], [LONG, "0.000001", LONG.slice(0, -1) + "7"]]);
rows("subtract", decimal.subtract, [["67123.5", "67123.4", "0.1"], ["1", "1.00", "0.00"], ["0.1", "0.3", "-0.2"]]);
rows("multiply", decimal.multiply, [["67123.5", "0.01000000", "671.235000000"], ["-0.5", "0.5", "-0.25"]]);
rows("negate", decimal.negate, [["1.50", "-1.50"], ["-0.5", "0.5"], ["0.00", "0.00"]]);
rows("places", decimal.places, [["1", 0], ["0.53200000", 8]]);
rows("toFixed", decimal.toFixed, [
  ["1", 2, "1.00"], ["1.005", 2, "1.01"], ["-1.005", 2, "-1.01"], ["1.0049", 2, "1.00"], ["-0.001", 2, "0.00"],
  ["0.5", 0, "1"], [LONG, 8, LONG + "00"],
]);
rows("mid", decimal.mid, [
  ["67123.4", "67123.6", "67123.5"], ["67123.4", "67123.5", "67123.45"], ["1", "2.00", "1.50"], ["-1", "0", "-0.5"],
]);
rows("percentChange", decimal.percentChange, [
  ["102", "100", "2.00"], ["100", "102", "-1.96"], ["1", "3", 4, "-66.6667"], ["99.9999", "100", "0.00"],
  ["1", "0.00", null], ["100.005", "100", "0.01"], ["99.995", "100", "-0.01"],
]);
rows("shareOf", decimal.shareOf, [["1", "4", 0.25], ["1", "0", 0]]);

for (const text of ["", "1e5", "+1", "1.", ".5", "0x1", "NaN", " 1", "1\n", null, undefined, 1.5]) {
  test(`${JSON.stringify(text)} is refused`, () => {
    if (text === 1.5) assert.equal(decimal.places(text), 1); // a number says itself as a decimal does
    else assert.throws(() => decimal.places(text), /not a decimal/);
  });
}
