// SPDX-License-Identifier: Apache-2.0
// The key that a gateway may want: asked for, kept by this tab alone, shown with every request, and
// forgotten when somebody says so. It is in no URL and in no storage that outlives the tab.

const KEPT = "tickgate.v1.key";

function keep(key) {
  try {
    if (key) sessionStorage.setItem(KEPT, key);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Refused: then it lives as long as the page.
  }
}

function kept() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

export class Access {
  key = kept();
  wanted = false; // the gateway wants a key, or another one
  expires = 0; // Date.now() at which the key's time is over; 0: nothing was said of it
  #asked = false; // somebody was asked, and may have said no

  // `dialog` asks; `settings` has a button and a word of it.
  constructor(dialog, settings, changed) {
    Object.assign(this, {dialog, changed});
    this.input = dialog.querySelector("input");
    this.note = dialog.querySelector("#key-note");
    this.forgets = settings.querySelector("#key-forget");
    this.state = settings.querySelector("#key-state");
    dialog.addEventListener("close", () => this.#answer(dialog.returnValue));
    dialog.querySelector("#key-cancel").addEventListener("click", () => dialog.close());
    this.forgets.addEventListener("click", () => this.#use(""));
    settings.querySelector("#key-enter").addEventListener("click", () => {
      settings.close();
      this.ask();
    });
    this.#show();
  }

  // The client that it is for, once.
  serve(client) {
    this.client = client;
    client.on("link", ({state, code}) => {
      if (state === "ended" && code === 4401) this.#refused();
      if (state === "live") this.#settle();
    });
    client.on("authenticated", () => this.#settle());
    client.on("auth_expiring", ({in_ms: ms}) => {
      this.expires = Date.now() + ms;
      this.changed();
    });
  }

  // As fetch(), of the gateway's own paths, with the key.
  async fetch(url, options = {}) {
    const headers = this.key ? {Authorization: `Bearer ${this.key}`} : {};
    const answer = await fetch(url, {...options, headers});
    if (answer.status === 401) this.#refused();
    return answer;
  }

  ask() {
    this.#asked = true;
    if (this.dialog.open) return;
    this.note.textContent = this.key ? "The key that this tab has is not taken, or its time is over."
      : "This gateway shows its prices to those who have a key.";
    this.input.value = "";
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.input.focus();
  }

  // Asked for by itself once; then the line of the connection has a button.
  #refused() {
    this.wanted = true;
    this.changed();
    if (!this.#asked && !this.dialog.open) this.ask();
  }

  #settle() {
    if (!this.wanted && !this.expires) return;
    this.wanted = false;
    this.expires = 0;
    this.changed();
  }

  #answer(said) {
    const key = this.input.value.trim();
    this.input.value = "";
    if (said === "ok" && key) this.#use(key);
  }

  #use(key) {
    this.key = key;
    this.#asked = key === "";
    this.wanted = false;
    this.expires = 0;
    keep(key);
    this.#show();
    this.client.authenticate(key || null);
    this.changed();
  }

  #show() {
    this.forgets.hidden = !this.key;
    this.state.textContent = this.key ? "This tab keeps a key until it is closed." : "This tab has no key.";
  }
}
