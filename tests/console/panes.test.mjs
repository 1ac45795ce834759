// SPDX-License-Identifier: Apache-2.0
// What ladder, tape and venues count, as far as no page is needed for it.
import assert from "node:assert/strict";
import test from "node:test";

import {began, remarks} from "../../gateway/console/bar_text.js";
import {columnsThatFit} from "../../gateway/console/elements.js";
import {standing} from "../../gateway/console/head.js";
import {cumulated, rowsFor, shares} from "../../gateway/console/ladder.js";
import {gapWords, largeFrom, percentile} from "../../gateway/console/tape.js";
import {bestOf, inOrder} from "../../gateway/console/venues.js";
import {decimal} from "../../schemas/js/tickgate.js";

test("depth adds up from the best level on, exactly", () => {
  const levels = cumulated([["10.1", "0.1"], ["10.2", "0.20"], ["10.3", "123456789012345678.05"]], decimal.add);
  assert.deepEqual(levels.map(({total}) => total), ["0.1", "0.30", "123456789012345678.35"]);
  assert.deepEqual(cumulated([], decimal.add), []);
});

test("bars are shares of the longer side, of the same book", () => {
  const side = (...sizes) => cumulated(sizes.map((size) => ["1", size]), decimal.add);
  assert.deepEqual(shares(side("1", "3"), side("2")), [[0.25, 1], [0.5]]);
  assert.deepEqual(shares([], []), [[], []]);
  assert.deepEqual(shares(side("1"), []), [[1], []]);
});

test("a ladder has as many rows as there is room for, and never none", () => {
  assert.equal(rowsFor(430, 30), 10);
  assert.equal(rowsFor(469, 30), 10);
  assert.equal(rowsFor(10, 30), 4);
  assert.equal(rowsFor(5000, 30), 25);
});

test("large is from the 95th part of a hundred on, if sizes differ at all", () => {
  const sizes = Array.from({length: 100}, (_, i) => `${i}.50`);
  assert.equal(percentile(sizes, 0.95), 95.5);
  assert.equal(largeFrom(sizes), 95.5);
  assert.equal(largeFrom(Array(100).fill("0.10")), Infinity);
  assert.equal(largeFrom(["1", "2"]), Infinity, "too few to tell");
  assert.equal(percentile([], 0.95), Infinity);
});

test("a gap says how much is missing, and why", () => {
  const count = String;
  assert.equal(gapWords({from: 42, to: 57, reason: "slow_consumer"}, count),
               "16 trades are missing here: this page could not keep up");
  assert.equal(gapWords({from: 5, to: 5, reason: "feed_gap"}, count),
               "1 trade is missing here: lost on the way from the venue, or not credible");
  assert.equal(gapWords({from: null, to: null, reason: "feed_restart"}, count),
               "Trades are missing here: the gateway began anew");
  assert.match(gapWords({from: 1, to: 2, reason: "of_tomorrow"}, count), /of_tomorrow$/);
});

test("BEST stands first, the others by name", () => {
  assert.deepEqual(inOrder(["SIM2:A-B", "SIM:A-B", "KRAKEN:A-B", "BEST:A-B"]),
                   ["BEST:A-B", "KRAKEN:A-B", "SIM:A-B", "SIM2:A-B"]);
});

test("the best prices are found by their digits", () => {
  assert.deepEqual(bestOf([{bid: "9.5", ask: "10.250"}, {bid: "9.50000000000000000001", ask: null},
                           {bid: null, ask: "10.25"}], decimal.compare),
                   {bid: "9.50000000000000000001", ask: "10.250"});
  assert.deepEqual(bestOf([], decimal.compare), {bid: null, ask: null});
});

test("a bar says when it began and what is to be known of it", () => {
  const bar = {start: Date.UTC(2026, 10, 29, 7, 5, 9) * 1000, moving: true, complete: false, corrected: true};
  assert.equal(began(bar, "1s"), "2026-11-29 07:05:09");
  assert.equal(began(bar, "1m"), "2026-11-29 07:05");
  assert.equal(began(bar, "1d"), "2026-11-29");
  assert.equal(remarks(bar, true), "still moving, incomplete: trades of it are lost, corrected");
  assert.equal(remarks({moving: true, complete: true}, false), "its end was not seen");
  assert.equal(remarks({moving: false, complete: true}, true), "");
});

test("what is not live has a word for it, and the time it began", () => {
  const client = ({link = {state: "live"}, status = null, live = false, why = ""}) =>
    ({link, status: () => status, isLive: () => live, why: () => why});
  const of = (what, more = {}) => standing(client(what), "A:B-C", {refused: "", statusAt: 5000, ...more});
  assert.equal(of({status: {state: "live", reason: ""}, live: true}).live, true);
  const stale = of({status: {state: "stale", reason: "no data for 42 s"}});
  assert.deepEqual([stale.live, stale.word, stale.more, stale.since], [false, "stale", "no data for 42 s", 5000]);
  assert.equal(of({}).word, "loading");
  assert.equal(of({status: {state: "live"}, why: "no price yet"}).word, "no price yet");
  assert.equal(of({}, {refused: "did you mean A:B-D?"}).word, "not known here");
  const lost = of({link: {state: "waiting", heard: 7, since: 9, reason: "lost"}, status: {state: "live"}, live: true});
  assert.deepEqual([lost.live, lost.word, lost.since], [false, "no connection", 7]);
  assert.equal(of({link: {state: "silent", heard: 0, since: 9}}).since, 9);
});

test("columns that do not fit are left out, the least important first", () => {
  assert.equal(columnsThatFit(240, [9, 10, 6]), 3);
  assert.equal(columnsThatFit(200, [9, 10, 6]), 2);
  assert.equal(columnsThatFit(120, [9, 10, 6]), 1);
  assert.equal(columnsThatFit(10, [9, 10, 6]), 1);
});
