// SPDX-License-Identifier: Apache-2.0
// The console: makes its parts, and says which of them are shown, as the URL's fragment has it.
import {connect, decimal, delayText} from "../client.js";
import {Access} from "./access.js";
import {Banner} from "./banner.js";
import {Detail} from "./detail.js";
import {Feeds} from "./feeds.js";
import {Format, time} from "./format.js";
import * as fragment from "./fragment.js";
import {Groups} from "./groups.js";
import {Keys} from "./keys.js";
import {Lists} from "./lists.js";
import {Prefs} from "./prefs.js";
import {Instruments, Search} from "./search.js";
import {Settings} from "./settings.js";
import {Frames, Store} from "./store.js";
import {Traffic} from "./traffic.js";
import {Voice} from "./voice.js";
import {Wanted} from "./wanted.js";
import {Watch} from "./watch.js";

const FIRST = 20; // instruments of a first visit
const AGAIN_MS = 2000;

const at = (id) => document.getElementById(id);
const base = new URL(".", document.baseURI);
const streamUrl = new URL("v1/stream", base);
streamUrl.protocol = streamUrl.protocol.replace("http", "ws");

const access = new Access(at("key-dialog"), at("settings-dialog"), () => banner?.refresh());
const client = connect(streamUrl.href, {token: access.key || undefined});
const frames = new Frames((now, data) => draw(now, data));
const store = new Store(client, frames);
const voice = new Voice(at("status"));
const instruments = new Instruments(base, access);
const prefs = new Prefs();
const wide = window.matchMedia("(min-width: 1100px)");
const route = {view: "watch", detail: "", interval: "1m"};
let banner = null;
let known = false; // whether the gateway told what there is

const ctx = {
  access, client, decimal, store, prefs, instruments, base,
  format: new Format(),
  schedule: () => frames.soon(),
  scheduleData: () => frames.data(),
  announce: (text) => voice.say(text),
  ready: () => known,
  calm: () => (!at("watch").hidden ? watch.calm() : route.view === "feeds" ? feeds.calm() : ""),
  go,
};
ctx.lists = new Lists(() => changed());
ctx.wanted = new Wanted(client, store);
ctx.traffic = new Traffic(client, showLink);

const watch = new Watch(at("watch"), ctx);
const groups = new Groups({host: at("groups"), dialog: at("group-dialog")}, ctx);
const feeds = new Feeds(at("feeds"), ctx);
banner = new Banner({host: at("banner"), text: at("banner-text"), button: at("banner-button")}, ctx);
const search = new Search({input: at("search"), list: at("found"), note: at("found-note")},
                          {...ctx, take, leave: () => watch.focus()});
const settings = new Settings(at("settings-dialog"), prefs);
let detail = null;

// A row's detail, another interval, or another view; `opened` by a person, who may want to come back.
function go({symbol = route.detail, interval = route.interval, view = "watch", opened = false}) {
  const before = fragment.format({...route, list: ctx.lists.link});
  Object.assign(route, {detail: symbol, interval, view});
  const after = fragment.format({...route, list: ctx.lists.link});
  if (after !== before) {
    history[opened && !wide.matches ? "pushState" : "replaceState"](null, "", after);
  }
  arrange();
}

// The list became another.
function changed() {
  if (!ctx.wanted) return; // while all this is being made
  history.replaceState(null, "", fragment.format({...route, list: ctx.lists.link}));
  groups.refresh();
  watch.refresh();
  arrange();
}

// Which parts are to be seen.
function arrange() {
  const inFeeds = route.view === "feeds";
  // Beside the list there is always something; it takes no focus and no place in the URL by itself.
  const symbol = route.detail || (wide.matches ? ctx.lists.symbols[0] ?? "" : "");
  const showsDetail = !inFeeds && symbol !== "";
  at("main").toggleAttribute("data-wide", wide.matches && showsDetail);
  at("beside").hidden = !showsDetail;
  at("feeds").hidden = !inFeeds;
  for (const [id, here] of [["to-watch", !inFeeds], ["to-feeds", inFeeds]]) {
    if (here) at(id).setAttribute("aria-current", "page");
    else at(id).removeAttribute("aria-current");
  }
  at("to-watch").href = fragment.format({list: ctx.lists.link});
  at("to-feeds").href = fragment.format({list: ctx.lists.link, view: "feeds"});
  watch.cover(inFeeds || (showsDetail && !wide.matches));
  at("add").hidden = ctx.lists.has(symbol);
  at("remove").hidden = wide.matches || !ctx.lists.has(symbol); // a phone's rows have no room for it
  if (inFeeds) feeds.show();
  else feeds.hide();
  showDetail(showsDetail ? symbol : "");
  frames.soon();
}

function showDetail(symbol) {
  watch.choose(symbol);
  document.title = symbol && route.detail ? `${symbol} - tickgate` : "tickgate";
  if (!symbol) {
    detail?.unmount();
    detail = null;
    return;
  }
  detail ??= new Detail(at("detail"), ctx);
  detail.show(symbol, route.interval);
  shown = symbol;
}
let shown = "";

function draw(now, data) {
  if (!at("watch").hidden) watch.draw(now, data);
  else if (data) store.dirty.clear();
  detail?.draw(now);
  if (data) banner.refresh();
}

// What the search found.
function take(symbol, stays) {
  const fresh = !ctx.lists.has(symbol);
  if (fresh) ctx.lists.add(symbol);
  watch.activate(symbol);
  voice.say(fresh ? `${symbol} added` : `${symbol} is in the list`);
  if (!stays && wide.matches) go({symbol});
  else if (route.view !== "watch" || !wide.matches) go({symbol: stays || wide.matches ? route.detail : "", view: "watch"});
}

function back() {
  if (route.view === "feeds" || (route.detail && !wide.matches)) {
    go({symbol: route.view === "feeds" ? route.detail : "", view: "watch"});
    watch.focus();
    return true;
  }
  if (document.activeElement?.closest?.("#beside")) watch.focus();
  return false;
}

function readFragment() {
  const {list, detail: symbol, interval, view} = fragment.parse(location.hash);
  Object.assign(route, {view, detail: symbol, interval: interval || route.interval});
  ctx.lists.open(list);
}

// Once a second: clocks and ages.
function beat() {
  ctx.traffic.beat();
  banner.refresh();
  showLink();
  const clock = `${time(Date.now())} UTC`;
  if (!document.hidden && at("clock").textContent !== clock) at("clock").textContent = clock;
}

function showLink() {
  const {state} = client.link;
  const {newest} = ctx.traffic;
  const words = {live: newest === null ? "live" : `live ${Math.round(newest)} ms`, silent: "silent",
                 connecting: "connecting", waiting: "no connection", ended: "refused", closed: "closed"};
  const delayed = state === "live" && store.delay > 0; // the way is live, what comes over it is not
  at("link").textContent = delayed ? delayText(store.delay) : words[state];
  at("link").dataset.state = delayed ? "delayed" : state;
}

// The first instruments there are; asked for until there are some.
async function offer() {
  try {
    const first = await instruments.first(FIRST);
    known = true;
    if (first.length) return ctx.lists.offer(first);
  } catch {
    // The banner says that there is no connection.
  }
  return setTimeout(offer, AGAIN_MS);
}

new Keys({
  watch,
  find: () => search.begin(),
  addMore() {
    if (route.detail && !ctx.lists.has(route.detail) && !at("beside").hidden) take(route.detail, true);
    else search.begin(true);
  },
  open: () => watch.active && go({symbol: watch.active, opened: true}),
  back,
  help: () => settings.show(),
  speak: () => voice.now(watch.say()),
  interval(interval) {
    if (at("beside").hidden) return false;
    go({interval});
    return true;
  },
  chart: (key) => Boolean(detail?.key?.(key)),
  enter(by) {
    if (at("watch").hidden || document.activeElement !== document.body) return false;
    watch.focus();
    watch.step(watch.active ? by : 0);
    return true;
  },
}, prefs);

at("back").addEventListener("click", back);
at("add").addEventListener("click", () => take(shown, true));
at("remove").addEventListener("click", () => {
  watch.remove(shown);
  back();
});
at("settings").addEventListener("click", () => settings.show());
for (const [id, view] of [["to-watch", "watch"], ["to-feeds", "feeds"]]) {
  at(id).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    go({symbol: wide.matches ? route.detail : "", view, opened: true});
  });
}
document.addEventListener("copy", (event) => {
  const text = String(document.getSelection());
  if (!text || event.target.closest?.("input")) return;
  event.clipboardData.setData("text/plain", ctx.format.plain(text));
  event.preventDefault();
});
wide.addEventListener("change", arrange);
window.addEventListener("popstate", readFragment);
client.on("link", showLink);
client.on("status", showLink); // behind the store's: whether what comes is delayed
access.serve(client);
setInterval(beat, 1000);
readFragment();
beat();
offer();
