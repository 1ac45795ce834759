// SPDX-License-Identifier: Apache-2.0
// A list of rows of one height, of which only those exist that can be seen: they are recycled as the
// list is scrolled.

const OVERSCAN = 4;

export class VirtualList {
  #slots = []; // slot i shows an index that leaves i over, divided by their number
  #height = 0;
  #count = 0;
  #rowHeight = 28;

  // `make()` -> {element}; `bind(row, index)` puts another row's content into it. `scrolled()` is called
  // when a draw is needed.
  constructor({scroller, body, make, bind, scrolled}) {
    Object.assign(this, {scroller, body, make, bind});
    scroller.addEventListener("scroll", scrolled, {passive: true});
    this.observer = new ResizeObserver(() => {
      if (this.scroller.clientHeight === this.#height) return;
      this.#height = this.scroller.clientHeight;
      scrolled();
    });
    this.observer.observe(scroller);
  }

  // What is shown changed altogether: every row is bound anew at the next draw.
  reset(count, rowHeight) {
    this.#count = count;
    this.#rowHeight = rowHeight;
    this.body.style.height = `${count * rowHeight}px`;
    for (const slot of this.#slots) slot.index = -1;
  }

  // The indices on the screen, both included, with `more` pages around; last < first: none.
  range(more = 0) {
    const seen = Math.ceil((this.scroller.clientHeight - this.body.offsetTop) / this.#rowHeight);
    const top = Math.floor(this.scroller.scrollTop / this.#rowHeight);
    return {first: Math.max(0, top - Math.round(seen * more)),
            last: Math.min(this.#count - 1, top + Math.round(seen * (1 + more)))};
  }

  // Binds what came into sight.
  draw() {
    const seen = this.range();
    const first = Math.max(0, seen.first - OVERSCAN);
    const last = Math.min(this.#count - 1, seen.last + OVERSCAN);
    this.#grow(last - first + 1);
    for (let index = first; index <= last; ++index) {
      const slot = this.#slots[index % this.#slots.length];
      if (slot.index === index) continue;
      slot.index = index;
      slot.row.element.hidden = false;
      slot.row.element.style.transform = `translateY(${index * this.#rowHeight}px)`;
      this.bind(slot.row, index);
    }
    for (const slot of this.#slots) {
      if (slot.index < first || slot.index > last) {
        slot.index = -1;
        slot.row.element.hidden = true;
      }
    }
  }

  // The rows that exist, as [index, row].
  *rows() {
    for (const {index, row} of this.#slots) if (index >= 0) yield [index, row];
  }

  scrollTo(index) {
    const top = index * this.#rowHeight;
    const {scrollTop} = this.scroller;
    const head = this.body.offsetTop;
    const visible = this.scroller.clientHeight - head;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + visible) {
      this.scroller.scrollTop = top + this.#rowHeight - visible;
    }
  }

  // The index below a point of the screen.
  indexAt(clientY) {
    const y = clientY - this.body.getBoundingClientRect().top;
    return Math.max(0, Math.min(this.#count - 1, Math.floor(y / this.#rowHeight)));
  }

  #grow(wanted) {
    if (wanted <= this.#slots.length) return;
    while (this.#slots.length < wanted + OVERSCAN) {
      const row = this.make();
      row.element.hidden = true;
      this.body.append(row.element);
      this.#slots.push({row, index: -1});
    }
    // Another number of slots: each index has another place.
    for (const slot of this.#slots) slot.index = -1;
  }
}
