// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";

import {range, reading, step, textOf, ticks, timeTicks, View} from "../../gateway/console/scale.js";

const texts = (...words) => ticks(...words).map(({text}) => text);

test("steps are 1, 2 or 5 times a power of ten, and as small as fits", () => {
  for (const [span, most, times, power] of [[10, 10, 1, 0], [10, 9, 2, 0], [10, 4, 5, 0], [10, 1, 1, 1],
                                            [0.007, 4, 2, -3], [3e6, 5, 1, 6], [1, 3, 5, -1]]) {
    const found = step(span, most);
    assert.deepEqual([found.times, found.power], [times, power], `${span} in ${most}`);
  }
});

test("labels have the digits of their step, and no rounding of doubles", () => {
  assert.deepEqual(texts(67123.4, 67180.2, 6), ["67130", "67140", "67150", "67160", "67170", "67180"]);
  assert.deepEqual(texts(0.1, 0.7, 6), ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]);
  assert.deepEqual(texts(0.0000112, 0.0000119, 4), ["0.0000112", "0.0000114", "0.0000116", "0.0000118"]);
  assert.deepEqual(texts(-3, 4, 5), ["-2", "0", "2", "4"]);
  assert.deepEqual(texts(5, 5, 4), []);
});

test("a scale ends whatever it is given", () => {
  for (const [low, high] of [[1e18, 1e18 + 256], [NaN, 1], [0, Infinity], [1e-300, 2e-300]]) {
    assert.ok(ticks(low, high, 5).length <= 7, `${low} to ${high}`);
  }
});

test("whole numbers become decimals", () => {
  assert.deepEqual([textOf(5, -2), textOf(-5, -1), textOf(12, 3), textOf(0, 2), textOf(1234, -2)],
                   ["0.05", "-0.5", "12000", "0", "12.34"]);
});

test("a height is read as exactly as a pixel is", () => {
  assert.equal(reading(67123.4567, 0.03), "67123.46");
  assert.equal(reading(67123.4567, 4), "67123");
  assert.equal(reading(67123.4567, 40), "67120");
  assert.equal(reading(1, 0), "");
});

test("a market that did not move has a scale too", () => {
  const still = range([{pixels: {low: 5, high: 5, volume: 2}}]);
  assert.ok(still.low < 5 && still.high > 5);
  assert.equal(still.volume, 2);
  const {low, high} = range([{pixels: {low: 10, high: 20, volume: 0}}, {pixels: {low: 5, high: 11, volume: 0}}]);
  assert.ok(low < 5 && low > 3 && high > 20 && high < 22);
});

function view(spacing = 10, width = 500) {
  return Object.assign(new View(), {spacing, width});
}

test("the newest bar stands at the right edge, and places lead back to bars", () => {
  const it = view();
  assert.equal(it.x(99, 100), 495);
  assert.deepEqual(it.range(100), [50, 100]);
  for (const index of [50, 77, 99]) assert.equal(it.index(it.x(index, 100) + 4, 100), index);
});

test("bars that come before the oldest move nothing", () => {
  const it = view();
  it.pan(200, 100);
  const before = it.x(60, 100);
  assert.equal(it.x(60 + 700, 100 + 700), before);
});

test("a bar behind the last moves on who looks at the newest, and nobody else", () => {
  const it = view();
  it.appended(1);
  assert.equal(it.x(100, 101), 495);
  it.pan(200, 101);
  const before = it.x(60, 101);
  it.appended(1);
  assert.equal(it.x(60, 102), before);
  it.end();
  assert.equal(it.back, 0);
});

test("nobody is moved away from all bars", () => {
  const it = view();
  it.pan(1e6, 100);
  assert.ok(it.x(9, 100) <= 500 && it.x(0, 100) > 0);
  it.pan(-1e6, 100);
  assert.equal(it.back, 0);
  it.pan(50, 0);
  assert.equal(it.back, 0);
});

test("zooming keeps the bar under the pointer, and the newest at the edge", () => {
  const it = view();
  it.pan(300, 200);
  const at = it.index(220, 200);
  const place = it.x(at, 200);
  it.zoom(1.5, 200, place);
  assert.ok(Math.abs(it.x(at, 200) - place) < 1e-6);
  it.end();
  it.zoom(0.5, 200, 100);
  assert.equal(it.back, 0);
  it.zoom(1e-9, 200);
  assert.equal(it.spacing, View.LEAST);
  it.zoom(1e9, 200);
  assert.equal(it.spacing, View.MOST);
});

test("a bar that keys choose comes into view, by as little as that takes", () => {
  const it = view();
  it.reveal(80, 100);
  assert.equal(it.back, 0);
  it.reveal(20, 100);
  assert.deepEqual(it.range(100), [20, 70]);
  it.reveal(90, 100);
  assert.equal(it.x(90, 100), 495);
});

test("times stand where a step of the clock begins, apart from each other, a new day by its name", () => {
  const start = Date.UTC(2026, 10, 28, 22, 47) * 1000;
  const bars = Array.from({length: 150}, (_, i) => ({start: start + i * 60e6}));
  const found = timeTicks(bars, 0, 150, 8, "1m", 72);
  assert.deepEqual(found.map(({text}) => text).slice(0, 9),
                   ["22:50", "23:00", "23:10", "23:20", "23:30", "23:40", "23:50", "29 Nov", "00:10"]);
  assert.ok(found.every(({index}, i) => i === 0 || (index - found[i - 1].index) * 8 >= 72));
  assert.equal(found[7].strong, true);
  const days = Array.from({length: 90}, (_, i) => ({start: start + i * 86400e6}));
  assert.deepEqual(timeTicks(days, 0, 90, 8, "1d", 72).map(({text}) => text).slice(0, 2), ["3 Dec", "17 Dec"]);
  const seconds = Array.from({length: 60}, (_, i) => ({start: start + i * 1e6}));
  assert.deepEqual(timeTicks(seconds, 0, 60, 8, "1s", 72).map(({text}) => text).slice(0, 2), ["22:47:10", "22:47:20"]);
});
