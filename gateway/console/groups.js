// SPDX-License-Identifier: Apache-2.0
// Which of the watch lists is shown: a row of buttons above it, and the small dialog that names one.

function button(text, pressed, label, then) {
  const made = document.createElement("button");
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  if (pressed !== null) made.setAttribute("aria-pressed", pressed);
  made.addEventListener("click", then);
  return made;
}

export class Groups {
  // `dialog` has a form with an input, and buttons of the values "ok", "remove" and "cancel".
  constructor({host, dialog}, ctx) {
    Object.assign(this, {host, dialog, ctx});
    this.input = dialog.querySelector("input");
    this.title = dialog.querySelector("h2");
    this.removal = dialog.querySelector("[value=remove]");
    dialog.addEventListener("click", ({target}) => {
      const {value} = target.closest("button") ?? {};
      if (value) this.#close(value);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.#close("ok");
    });
  }

  refresh() {
    const {lists} = this.ctx;
    // The one that has the focus keeps it, though all are made anew.
    const focused = [...this.host.children].indexOf(document.activeElement);
    const made = lists.groups.map(({name}, at) =>
      button(name, lists.shared === null && at === lists.at, "", () => lists.show(at)));
    if (lists.shared !== null) {
      const shared = document.createElement("span");
      shared.className = "shared";
      shared.append("shared ", button("Keep", null, "keep the shared list as a group of yours",
                                      () => lists.keepShared()));
      made.push(shared);
    } else {
      made.push(button("\u270E", null, "rename or remove this group", () => this.#name(false)));
    }
    made.push(button("+", null, "new group", () => this.#name(true)));
    for (const one of made.slice(-2)) one.classList.add("bare");
    this.host.replaceChildren(...made);
    this.host.children[focused]?.focus();
  }

  #name(fresh) {
    const {lists} = this.ctx;
    this.fresh = fresh;
    this.title.textContent = fresh ? "New group" : `Group ${lists.name}`;
    this.input.value = fresh ? "" : lists.name;
    this.removal.hidden = fresh;
    this.dialog.showModal();
    this.input.select();
  }

  #close(value) {
    const {lists} = this.ctx;
    this.dialog.close();
    if (value === "remove") lists.removeGroup();
    else if (value === "ok" && this.fresh) lists.addGroup(this.input.value);
    else if (value === "ok") lists.renameGroup(this.input.value);
  }
}
