// SPDX-License-Identifier: Apache-2.0
// The line that says what becomes of the connection, and what that means for the prices on the screen.
// It is always there, so nothing moves when it speaks; it waits a second, so that it does not flicker.
import {time} from "./format.js";

const PATIENCE_MS = 1000;
const RESUMED_MS = 4000;

// What there is to say of a client now: {text, kind, action}, or null while all is well. `lost` is since
// when it is not live, `back` when it came back; 0: it never was away. `access` is of the key: whether
// one is wanted, and when the one there is ends.
export function words(client, {lost, back}, now, access = {wanted: false, expires: 0}) {
  const {state, heard, next, reason, draining} = client.link;
  const stopped = heard ? `Prices stopped at ${time(heard)} UTC and are grey` : "No price has come yet";
  if (access.wanted && state !== "live") {
    return {kind: "bad", text: `${stopped}. The gateway wants a key${reason ? `: ${reason}` : ""}.`, action: "Enter a key"};
  }
  if (state === "ended" || state === "closed") {
    return {kind: "bad", text: `${stopped}. The gateway will not have this page: ${reason || "closed"}.`, action: "Try again"};
  }
  if (state !== "live") {
    if (now - lost < PATIENCE_MS) return null;
    if (state === "silent") return {kind: "warn", text: `${stopped}: nothing is heard.`, action: "Reconnect"};
    const seconds = Math.ceil((next - now) / 1000);
    if (state === "waiting" && seconds > 0) {
      return {kind: "bad", text: `${stopped}: no connection. Next try in ${seconds} s.`, action: "Now"};
    }
    return {kind: "warn", text: `${stopped}: connecting.`, action: ""};
  }
  if (access.expires) {
    return {kind: "warn", text: `This key ends at ${time(access.expires)} UTC; then prices stop.`, action: "Enter a key"};
  }
  if (draining) return {kind: "warn", text: "The gateway restarts; prices go on over a new connection.", action: ""};
  if (client.degraded) {
    const {interval_ms: ms} = client.degraded;
    return {kind: "warn", text: `This page reads too slowly: prices are right, but come every ${ms} ms at the most.`, action: ""};
  }
  if (back && now - back < RESUMED_MS) {
    return {kind: "good", text: "Connected again: what is no longer grey is of now.", action: ""};
  }
  return null;
}

export class Banner {
  #lost = Date.now();
  #back = 0;
  #was = "";
  #said = "";

  constructor({text, button, host}, ctx) {
    Object.assign(this, {text, button, host, ctx});
    button.addEventListener("click", () => {
      if (button.textContent === "Enter a key") ctx.access.ask();
      else ctx.client.reconnect();
    });
    ctx.client.on("link", () => this.#turn());
    for (const event of ["degraded", "restored"]) ctx.client.on(event, () => this.refresh());
    this.refresh();
  }

  // Once a second, and whenever something changes.
  refresh() {
    const said = words(this.ctx.client, {lost: this.#lost, back: this.#back}, Date.now(), this.ctx.access);
    const kind = said?.kind ?? "";
    if (this.host.dataset.kind !== kind) this.host.dataset.kind = kind;
    const text = said?.text ?? this.ctx.calm();
    if (this.text.textContent !== text) this.text.textContent = text;
    this.button.hidden = !said?.action;
    if (said?.action && this.button.textContent !== said.action) this.button.textContent = said.action;
    // Aloud without the seconds, which would never end.
    const aloud = (said?.text ?? "").replace(/ Next try.*/, "");
    if (aloud !== this.#said && (aloud || this.#said)) this.ctx.announce(aloud || "prices are live");
    this.#said = aloud;
  }

  #turn() {
    const {state} = this.ctx.client.link;
    const live = state === "live";
    if (live && this.#was !== "live") {
      this.#back = this.#was && Date.now() - this.#lost >= PATIENCE_MS && this.everLive ? Date.now() : 0;
      this.everLive = true;
    }
    if (!live && (this.#was === "live" || this.#was === "")) this.#lost = Date.now();
    this.#was = state;
    this.refresh();
  }
}
