// SPDX-License-Identifier: Apache-2.0
// What is said aloud to who cannot see the page: one sentence in 5 s, the newest.

const APART_MS = 5000;

export class Voice {
  #next = "";
  #timer = 0;
  #last = -Infinity;

  constructor(element) {
    this.element = element;
  }

  say(text) {
    if (!text) return;
    this.#next = text;
    if (this.#timer) return;
    const wait = Math.max(0, this.#last + APART_MS - performance.now());
    this.#timer = setTimeout(() => this.now(this.#next), wait);
  }

  // Asked for by a key: at once.
  now(text) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!text) return;
    this.#last = performance.now();
    // The same sentence twice is two: an element that does not change says nothing.
    this.element.textContent = this.element.textContent === text ? `${text}\u00A0` : text;
  }
}
