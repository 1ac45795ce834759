// SPDX-License-Identifier: Apache-2.0
// The dialog of settings, with the keys that there are.
import {HELP} from "./keys.js";
import {COLOURS} from "./prefs.js";

export class Settings {
  constructor(dialog, prefs) {
    Object.assign(this, {dialog, prefs});
    const at = (id) => dialog.querySelector(`#${id}`);
    for (const [value, text] of COLOURS) at("colours").append(new Option(text, value));
    for (const [key, text] of HELP) {
      const term = document.createElement("dt");
      for (const one of key.split(" ")) {
        if (one === "\u2013") {
          term.append("\u2013 "); // a range
          continue;
        }
        const kbd = document.createElement("kbd");
        kbd.textContent = one;
        term.append(kbd, " ");
      }
      const meaning = document.createElement("dd");
      meaning.textContent = text;
      at("key-list").append(term, meaning);
    }
    at("colours").addEventListener("change", () => prefs.set("colours", at("colours").value));
    for (const name of ["flash", "keys"]) {
      at(name).addEventListener("change", () => prefs.set(name, at(name).checked));
    }
    dialog.addEventListener("click", ({target}) => {
      if (target.closest("[value=cancel]") || target === dialog) dialog.close();
    });
    const show = () => {
      at("colours").value = prefs.colours;
      for (const name of ["flash", "keys"]) at(name).checked = prefs[name];
    };
    prefs.on(show);
    show();
  }

  show() {
    this.dialog.showModal();
  }
}
