// SPDX-License-Identifier: Apache-2.0
// The feeds: how the gateway stands with each venue, and how this page stands with the gateway.
import {NONE, age, dayAndTime} from "./format.js";

const ASK_MS = 1000;
// A shape beside each word: colour is never the only sign.
const SIGNS = {live: "\u25CF", syncing: "\u25D0", connecting: "\u25CB", stale: "\u25B2", down: "\u25A0"};
const HEADS = [
  ["Feed", "text", "the name that the operator gave it"],
  ["State", "text", "the worst of its connections"],
  ["Rate", "number", "messages in the last second"],
  ["Silent", "number", "since the last message"],
  ["Lag", "number", "how old what comes is, by the venue's own clock"],
  ["Gaps", "number", "holes in what the venue numbers, since the gateway began"],
  ["Resyncs", "number", "books made anew, since the gateway began"],
  ["Trades lost", "number", "told to clients as gaps, since the gateway began"],
  ["Since", "number", "when the state began, UTC"],
];

function cell(tag, text, name, title = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  if (title) made.title = title;
  return made;
}

export class Feeds {
  #timer = 0;
  #asking = false;

  constructor(host, ctx) {
    Object.assign(this, {host, ctx});
    this.own = document.createElement("dl");
    this.own.className = "own";
    const table = document.createElement("table");
    table.createCaption().textContent = "Venues, as the gateway sees them";
    const head = table.createTHead().insertRow();
    for (const [text, name, title] of HEADS) {
      const made = cell("th", text, name, title);
      made.scope = "col";
      head.append(made);
    }
    this.body = table.createTBody();
    this.note = cell("p", "", "muted note");
    const frame = cell("div", "", "frame");
    frame.tabIndex = 0; // scrolls sideways where it has to, by keys too
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", "venues");
    frame.append(table);
    host.append(frame, this.note, this.own);
  }

  show() {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#ask(), ASK_MS);
    this.ctx.traffic.ping();
    this.#ask();
  }

  // In a sentence.
  calm() {
    const {live, all} = this;
    if (!all) return "";
    return live === all ? `All ${all} feeds are live.` : `${live} of ${all} feeds are live.`;
  }

  hide() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  async #ask() {
    this.#drawOwn();
    if (this.#asking || document.hidden) return;
    this.#asking = true;
    try {
      const {access, base} = this.ctx;
      const answer = await access.fetch(new URL("v1/venues", base), {cache: "no-store", signal: AbortSignal.timeout(5000)});
      if (answer.status === 401 || answer.status === 403) return this.#refuse(answer.status);
      if (!answer.ok) throw new Error(`the gateway answers ${answer.status}`);
      this.#draw(await answer.json());
      this.at = Date.now();
      this.note.textContent = "";
      this.body.parentNode.classList.remove("old");
    } catch {
      const since = this.at ? `: as of ${age(Date.now() - this.at)} ago` : "";
      this.note.textContent = `The gateway does not answer${since}.`;
      this.body.parentNode.classList.add("old");
    } finally {
      this.#asking = false;
    }
  }

  // What is not for this key is not shown as it once was.
  #refuse(status) {
    this.#draw([]);
    this.body.replaceChildren();
    this.note.textContent = status === 401 ? "The gateway wants a key to tell of its feeds." : "This key does not cover the feeds.";
  }

  #draw(venues) {
    this.all = venues.length;
    this.live = venues.filter(({state}) => state === "live").length;
    this.body.replaceChildren(...venues.map((venue) => this.#row(venue)));
    if (!venues.length) this.body.insertRow().append(cell("td", "no feed is set up", "text"));
  }

  #row({name, venue, state, since, reason, rate, age_ms: silence, venue_age_ms: lag, gaps, resyncs, trades_lost: lost}) {
    const {format} = this.ctx;
    const row = document.createElement("tr");
    const count = (number) => (Number.isFinite(number) ? format.count(number) : NONE);
    const title = cell("th", name, "text");
    title.scope = "row";
    if (venue !== name) title.append(cell("span", ` ${venue.toUpperCase()}`, "muted"));
    const said = cell("td", "", `text state ${state}`);
    const sign = cell("span", SIGNS[state] ?? "?", "sign");
    sign.setAttribute("aria-hidden", "true");
    said.append(sign, ` ${state}`, cell("span", reason ? ` ${reason}` : "", "muted reason"));
    row.append(title, said, cell("td", rate === null ? NONE : `${count(rate)}/s`, "number"),
               cell("td", Number.isFinite(silence) ? duration(silence, count) : NONE, "number"),
               cell("td", Number.isFinite(lag) ? duration(lag, count) : NONE, "number"),
               cell("td", count(gaps), "number"), cell("td", count(resyncs), "number"),
               cell("td", count(lost), "number"),
               cell("td", dayAndTime(since / 1000).slice(5), "number", `${age(Date.now() - since / 1000)} ago`));
    return row;
  }

  #drawOwn() {
    const {traffic, client, format} = this.ctx;
    const {median, newest, rate} = traffic;
    const ms = (time) => (time === null ? NONE : `${format.group(time.toFixed(1))} ms`);
    const {state, since} = client.link;
    const lines = [
      ["This page", state === "live" ? `live for ${age(Date.now() - since)}` : `${state} for ${age(Date.now() - since)}`],
      ["To the gateway and back", newest === null ? NONE : `${ms(newest)}, median of a minute ${ms(median)}`],
      ["Updates", `${format.count(rate)} a second`],
      ["Pace", client.degraded ? `slowed to one in ${client.degraded.interval_ms} ms: this page reads too slowly` : "as asked for"],
    ];
    this.own.replaceChildren(...lines.flatMap(([name, text]) => [cell("dt", name, "muted"), cell("dd", text, "")]));
  }
}

function duration(ms, count) {
  return ms < 10_000 ? `${count(ms)} ms` : age(ms);
}
