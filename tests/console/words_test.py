# SPDX-License-Identifier: Apache-2.0
"""What the console's parts say, each by itself: numbers, the line of the connection, the order of rows."""

from console import Console
from harness import Gateway, equal


def start(binary):
    return Gateway.demo(binary, "--symbols", 2)


async def ask(gateway, javascript):
    async with Console(gateway) as console:
        await console.visit()
        return await console.run(f"(async () => {{ {javascript} }})()")


async def test_numbers_keep_every_digit_in_every_locale(gateway):
    said = await ask(gateway, """
      const {Format, changedFrom, age, widen} = await import("/console/format.js");
      const texts = ["1234567890123456789.1230", "1234.50", "-0.10", "0.00000001120505", "12"];
      return {
        american: texts.slice(0, 3).map(text => new Format("en-US").group(text)),
        // As the browser itself writes them, which is exact too, but slow.
        others: ["en-IN", "es", "pl", "de-CH", "fr", "ar-EG", "ja", "hi", "pt-PT"].flatMap(name =>
          [...texts, "12345.678"].filter(text => !text.startsWith("-")).map(text => [name, new Format(name).group(text),
            new Intl.NumberFormat(name, {minimumFractionDigits: (text.split(".")[1] ?? "").length,
                                         maximumFractionDigits: 20}).format(text)])
          .filter(([, ours, theirs]) => ours !== theirs)),
        copied: ["en-US", "en-IN", "es", "pl", "de-CH", "fr", "ar-EG", "ja"].flatMap(name => {
          const format = new Format(name);
          return texts.filter(text => format.plain(format.group(text)) !== text).map(text => [name, text]); }),
        compact: ["1234567.8", "999.99", "0.00001234", "0.5", "12.3456", "123456", "0", "-1500", "1" + "0".repeat(20)]
          .map(text => new Format("en-US").compact(text)),
        percent: ["1.70", "-0.50", "0.00", null].map(text => new Format("en-US").percent(text)),
        widened: [widen("1", 2), widen("1.5", 3), widen("1.555", 2)],
        changed: [changedFrom("66,384.40", "66,384.60"), changedFrom("99.99", "100.00"), changedFrom("1", "1")],
        ages: [0, 59_999, 61_000, 9_600_000, 1e9, -5].map(age)};""")
    equal(said["american"], ["1,234,567,890,123,456,789.1230", "1,234.50", "\u22120.10"], "in English")
    equal(said["others"], [], "in other languages")
    equal(said["copied"], [], "what is copied is what the venue wrote")
    equal(said["compact"], ["1.23M", "999", "0.0000123", "0.5", "12.3", "123K", "0", "\u22121.50K", "100,000Q"],
          "cut, never rounded up")
    equal(said["percent"], ["+1.70%", "\u22120.50%", "0.00%", "\u2013"], "percent")
    equal(said["widened"], ["1.00", "1.500", "1.555"], "places are added, never taken")
    equal(said["changed"], [7, 0, 1], "where the tail begins that changed")
    equal(said["ages"], ["0 s", "59 s", "1 min 01 s", "2 h 40 min", "11 d 13 h", "0 s"], "ages")


async def test_the_line_says_what_becomes_of_the_prices(gateway):
    said = await ask(gateway, """
      const {words} = await import("/console/banner.js");
      const now = Date.UTC(2026, 0, 2, 14, 2, 15);
      const of = (link, more = {}, times = {lost: now - 4000, back: 0}, access = undefined) => words({
        link: {state: "live", heard: now - 4000, next: 0, reason: "", draining: false, ...link},
        degraded: null, ...more}, times, now, access);
      return [of({}), of({state: "waiting", next: now + 1500}), of({state: "connecting", heard: 0}),
              of({state: "silent"}), of({state: "waiting"}, {}, {lost: now - 500, back: 0}),
              of({state: "ended", reason: "too many bad requests"}), of({draining: true}),
              of({}, {degraded: {interval_ms: 500}}), of({}, {}, {lost: 0, back: now - 1000}),
              of({}, {}, {lost: 0, back: now - 9000}),
              of({state: "ended", reason: "not authenticated"}, {}, undefined, {wanted: true, expires: 0}),
              of({}, {}, undefined, {wanted: false, expires: now + 30000})].map(one => one && [one.kind, one.text, one.action]);""")
    stopped = "Prices stopped at 14:02:11 UTC and are grey"
    equal(said, [
        None, ["bad", f"{stopped}: no connection. Next try in 2 s.", "Now"],
        ["warn", "No price has come yet: connecting.", ""],
        ["warn", f"{stopped}: nothing is heard.", "Reconnect"], None,
        ["bad", f"{stopped}. The gateway will not have this page: too many bad requests.", "Try again"],
        ["warn", "The gateway restarts; prices go on over a new connection.", ""],
        ["warn", "This page reads too slowly: prices are right, but come every 500 ms at the most.", ""],
        ["good", "Connected again: what is no longer grey is of now.", ""], None,
        ["bad", f"{stopped}. The gateway wants a key: not authenticated.", "Enter a key"],
        ["warn", "This key ends at 14:02:45 UTC; then prices stop.", "Enter a key"]], "words")


async def test_rows_are_ordered_exactly_and_what_is_unknown_stands_last(gateway):
    said = await ask(gateway, """
      const {sorted, next, Pace} = await import("/console/order.js");
      const {decimal} = await import("/client.js");
      const last = {A: "123456789012345678.01", B: "123456789012345678.02", C: null, D: "9.5", E: "10.25", F: "-1"};
      const entry = symbol => ({quote: null, ticker: last[symbol] && {last: last[symbol], open: "9"}});
      const by = (column, down) => sorted([..."FCABDE"], {column, down}, entry, decimal).join("");
      const pace = new Pace();
      return [by("last", true), by("last", false), by("change", true), by("symbol", false), by("bid", true),
              sorted([..."FCA"], null, entry, decimal).join(""),
              next(null, "last"), next({column: "last", down: true}, "last"), next({column: "last", down: false}, "last"),
              next(null, "symbol"), pace.due(1000, false), pace.due(2900, false), pace.due(3100, true), pace.due(3200, false)];""")
    equal(said, ["BAEDFC", "FDEABC", "BAEDFC", "ABCDEF", "FCABDE", "FCA",
                 {"column": "last", "down": True}, {"column": "last", "down": False}, None,
                 {"column": "symbol", "down": False}, True, False, False, True], "orders")


async def test_one_sentence_in_five_seconds_is_said(gateway):
    said = await ask(gateway, """
      const {Voice} = await import("/console/voice.js");
      const element = document.createElement("p");
      const voice = new Voice(element);
      const rest = () => new Promise(done => setTimeout(done, 20));
      const heard = [];
      voice.say("one"); await rest(); heard.push(element.textContent);
      voice.say("two"); voice.say("three"); await rest(); heard.push(element.textContent);
      voice.now("four"); heard.push(element.textContent);
      voice.now("four"); heard.push(element.textContent);
      return heard;""")
    equal(said, ["one", "one", "four", "four\u00a0"], "said")
