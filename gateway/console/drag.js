// SPDX-License-Identifier: Apache-2.0
// Rows are put in order by their grip, with a mouse, a pen or a finger.

const EDGE = 36; // pixels from the list's ends within which it scrolls
const STEP = 12;

export class Drag {
  #symbol = "";
  #to = -1;

  constructor(watch, ctx) {
    this.watch = watch;
    this.ctx = ctx;
    this.mark = document.createElement("div");
    this.mark.className = "drop";
    this.mark.hidden = true;
    watch.body.append(this.mark);
    const grid = watch.grid;
    grid.addEventListener("pointerdown", (event) => this.#begin(event));
    grid.addEventListener("pointermove", (event) => this.#move(event));
    grid.addEventListener("pointerup", () => this.#end(true));
    grid.addEventListener("pointercancel", () => this.#end(false));
    grid.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#symbol) this.#end(false);
    });
  }

  #begin(event) {
    if (!event.target.closest(".grip") || this.watch.sort || event.button !== 0) return;
    event.preventDefault();
    this.#symbol = event.target.closest(".row").dataset.symbol;
    this.#to = -1;
    this.watch.grid.setPointerCapture(event.pointerId);
    this.watch.activate(this.#symbol);
  }

  #move({clientY}) {
    if (!this.#symbol) return;
    const {grid, list, rowHeight, order} = this.watch;
    const box = grid.getBoundingClientRect();
    if (clientY > box.bottom - EDGE) grid.scrollTop += STEP;
    else if (clientY < box.top + EDGE) grid.scrollTop -= STEP;
    this.#to = list.indexAt(clientY);
    const below = this.#to > order.indexOf(this.#symbol);
    this.mark.hidden = false;
    this.mark.style.transform = `translateY(${(this.#to + (below ? 1 : 0)) * rowHeight - 1}px)`;
  }

  #end(done) {
    const symbol = this.#symbol;
    this.#symbol = "";
    this.mark.hidden = true;
    if (!symbol || !done || this.#to < 0) return;
    this.ctx.lists.move(symbol, this.#to);
    this.watch.activate(symbol);
  }
}
