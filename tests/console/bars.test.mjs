// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";

import {Bars, Past, barOf, barsOf} from "../../gateway/console/bars.js";

const MINUTE = 60_000_000;
const row = (minute, close = "1.50") => [minute * MINUTE, "1.00", "2.00", "0.50", close, "3.1", 7];
const history = (...rows) => barsOf({bars: rows});
const starts = (bars) => bars.list.map(({start}) => start / MINUTE);
const open = (minute, more) => barOf({start: minute * MINUTE, open: "1.00", high: "2.00", low: "0.50",
                                      close: "1.75", volume: "3.2", trades: 8, closed: false, ...more});

test("bars keep the digits that were sent", () => {
  const [bar] = history([MINUTE, "0.10", "123456789012345678.10", "0.10", "0.20", "36.0000000000", null]);
  assert.deepEqual([bar.open, bar.high, bar.volume, bar.trades],
                   ["0.10", "123456789012345678.10", "36.0000000000", null]);
  assert.equal(bar.pixels.close, 0.2);
});

test("a history says which bars are incomplete, and which still moves", () => {
  const bars = barsOf({bars: [row(1), row(2), row(3)], incomplete: [2 * MINUTE], open: true});
  assert.deepEqual(bars.map(({complete}) => complete), [true, false, true]);
  assert.deepEqual(bars.map(({moving}) => moving), [false, false, true]);
  assert.equal(barsOf({bars: [row(1)]})[0].moving, false);
});

test("an open bar moves, a closed one does not, nor one that was corrected", () => {
  assert.equal(open(1).moving, true);
  assert.equal(open(1, {closed: true}).moving, false);
  assert.equal(open(1, {corrected: true}).moving, false);
  assert.equal(open(1, {complete: false}).complete, false);
});

test("the same start replaces, whatever brought it", () => {
  const bars = new Bars();
  bars.merge(history(row(1), row(2), row(3)));
  assert.equal(bars.merge([open(3)]), 0);
  assert.equal(bars.merge(history(row(2, "9.00"))), 0);
  assert.deepEqual(starts(bars), [1, 2, 3]);
  assert.deepEqual(bars.list.map(({close}) => close), ["1.50", "9.00", "1.75"]);
});

test("what is older comes before, what is late in its place, and neither counts as behind", () => {
  const bars = new Bars();
  bars.merge(history(row(5), row(8)));
  assert.equal(bars.merge(history(row(1), row(2), row(7))), 0);
  assert.deepEqual(starts(bars), [1, 2, 5, 7, 8]);
  assert.equal(bars.merge([open(9), open(10)]), 2);
  assert.equal(bars.merge(history(row(3), row(9), row(11))), 1);
  assert.deepEqual(starts(bars), [1, 2, 3, 5, 7, 8, 9, 10, 11]);
  assert.equal(bars.at(7 * MINUTE), 4);
});

test("a page that stays open holds so many bars and no more", () => {
  const bars = new Bars();
  for (let minute = 0; minute < 2500; ++minute) bars.merge([open(minute)]);
  assert.equal(bars.list.length, 2000);
  assert.deepEqual([starts(bars)[0], starts(bars).at(-1)], [500, 2499]);
});

test("older bars are asked for a step at a time, to the most there are", () => {
  const past = new Past("1m");
  assert.equal(past.asked, 300);
  assert.equal(past.more(), 0, "the first answer has not come");
  past.took(700 * MINUTE);
  assert.equal(past.more(), 600);
  assert.equal(past.more(), 0, "one request at a time");
  past.took(400 * MINUTE);
  assert.equal(past.more(), 1000);
  past.took(0);
  assert.equal(past.more(), 0);
  assert.equal(past.over, true);
});

test("who is given no more asks no more", () => {
  for (const oldest of [700 * MINUTE, 701 * MINUTE]) { // the market's own window may have moved on
    const past = new Past("1m");
    past.took(700 * MINUTE);
    past.more();
    past.took(oldest);
    assert.equal(past.over, true);
  }
  const none = new Past("1m");
  none.took(undefined);
  assert.equal(none.over, true);
});

test("what somebody else asked for is no answer", () => {
  const past = new Past("15m");
  past.took(0);
  past.more();
  past.took(900 * MINUTE);
  assert.deepEqual([past.waiting, past.over], [true, false]);
  past.took(-4500 * MINUTE);
  assert.deepEqual([past.waiting, past.over], [false, false]);
});
