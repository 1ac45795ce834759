// SPDX-License-Identifier: Apache-2.0
#include "tests/load/options.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_split.h"
#include "gateway/cli/flag_table.h"
#include "gateway/config/config_values.h"
#include "schemas/text.h"

namespace tickgate::load {
namespace {

using gateway::FlagTable;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint32_t kMostSockets = 1'000'000;

constexpr gateway::FlagTable::Texts kTexts = {
    "", "[flags]",
    "Drives a tickgate with many clients and measures what they get and what it costs the server.\n"
    "Progress goes to stderr once a second, the result to stdout. Ctrl-C ends the run early; the\n"
    "result still comes.\n"
    "\n"
    "Every connection subscribes to --symbols random ones of the --of names that --name makes, or\n"
    "to those of --subscribe. In the measured part of the run, whose length is --duration:\n"
    "  a quarter in    --storm connects, with their subscriptions, as fast as it can\n"
    "  in its middle   --slow readers read nothing for --slow-time\n"
    "  all the while   --churn unsubscribes and subscribes again\n"
    "--half-open sockets, a third of each kind, never send a request, send half of one, or vanish\n"
    "after their subscription.\n"
    "\n"
    "With --then, clients follow a drain as the libraries do: they connect there beside the old\n"
    "connection, within half of the delay that they were told; who is cut off comes back with "
    "full\n"
    "jitter. The result says when, and by --channel trade which trades nobody brought them.\n"
    "\n"
    "Exit status: 0 all were served and nothing broke, 1 something did (the findings say what),\n"
    "2 a mistake in the command line.\n",
    "tickgate-load"};

bool set_url(std::string_view text, feeds::Url& url) {
  auto parsed = feeds::parse_url(text);
  if (!parsed || !parsed->websocket) return false;
  url = std::move(*parsed);
  return true;
}

bool set_symbols(std::string_view text, SymbolChoice& choice) {
  if (text == "all") {
    choice.texts = {"*"};
    return true;
  }
  const auto count = gateway::parse_whole(text);
  if (!count || *count < 1 || *count > kMostNames) return false;
  choice.texts.clear();
  choice.count = static_cast<std::uint32_t>(*count);
  return true;
}

bool set_list(std::string_view text, std::vector<std::string>& list) {
  list = absl::StrSplit(schemas::to_absl(text), ',');
  return std::none_of(list.begin(), list.end(), [](const auto& part) { return part.empty(); });
}

void add_subscription_flags(FlagTable& table, Options& options) {
  table.text("symbols", "N|all", "symbols of each connection, random ones (20)",
             "a whole number from 1 to 50000, or all",
             [&options](std::string_view text) { return set_symbols(text, options.choice); });
  table.whole<std::uint32_t>("of", "names to choose them from", options.choice.of, 1, kMostNames);
  table.text("name", "PATTERN", "of the names, a number for %d or %04d (SIM:S%04d-USD)",
             "a name with one %d or %04d in it", [&options](std::string_view text) {
               const auto pattern = NamePattern::parse(text);
               if (pattern) options.choice.pattern = *pattern;
               return pattern.has_value();
             });
  table.text("subscribe", "SYMBOL,...", "exactly these, patterns too, in place of random ones",
             "symbols with commas between them",
             [&options](std::string_view text) { return set_list(text, options.choice.texts); });
  table.text(
      "channel", "CHANNEL", "quote, trade, book, ticker or status (quote)",
      "quote, trade, book, ticker or status", [&options](std::string_view text) {
        options.channel = text;
        constexpr std::string_view kChannels[] = {"quote", "trade", "book", "ticker", "status"};
        return std::find(std::begin(kChannels), std::end(kChannels), text) != std::end(kChannels);
      });
  table.whole<std::uint32_t>("interval", "interval_ms of the subscriptions", options.interval_ms, 0,
                             60'000);
}

void add_trouble_flags(FlagTable& table, Options& options) {
  table.whole<std::uint32_t>("slow", "readers more, that stop for a while", options.slow, 0,
                             kMostSockets);
  table.duration("slow-time", "how long they read nothing", options.slow_time, Milliseconds(100),
                 hours(1));
  table.whole<std::uint32_t>("half-open", "sockets that go silent", options.half_open, 0,
                             kMostSockets);
  table.whole<std::uint32_t>("storm", "connections more, all at once", options.storm, 0,
                             kMostSockets);
  table.whole<std::uint32_t>("storm-interval", "interval_ms of theirs, if not --interval's",
                             options.storm_interval_ms, 0, 60'000);
  table.whole<std::uint32_t>("connecting", "connections being opened at a time", options.connecting,
                             1, 65'535);
  table.whole<std::uint32_t>("churn", "requests a second", options.churn, 0, 1'000'000);
  table.text("then", "URL", "where clients go on that are told to leave, or cut off",
             "a URL like ws://127.0.0.1:8081/v1/stream",
             [&options](std::string_view text) { return set_url(text, options.then.emplace()); });
}

void add_flags(FlagTable& table, Options& options) {
  table.text("url", "URL", "ws or wss (ws://127.0.0.1:8080/v1/stream)",
             "a URL like ws://127.0.0.1:8080/v1/stream",
             [&options](std::string_view text) { return set_url(text, options.url); });
  table.whole<std::uint32_t>("connections", "clients that read all the time", options.connections,
                             1, kMostSockets);
  add_subscription_flags(table, options);
  table.duration("warm-up", "between the last subscription and the measuring", options.warm_up,
                 Milliseconds(0), hours(1));
  table.duration("duration", "what is measured", options.duration, Milliseconds(100),
                 hours(24 * 30));
  table.whole<std::uint64_t>("seed", "of the choice of symbols", options.choice.seed, 0, INT64_MAX);
  add_trouble_flags(table, options);
  table.whole<std::uint32_t>("pid", "the server's process, for its CPU time and memory",
                             options.pid, 0, 4'194'304);
  table.text("source", "ADDRESS,...", "local addresses to connect from, by turns (the system's)",
             "addresses with commas between them",
             [&options](std::string_view text) { return set_list(text, options.sources); });
  table.file("token-file", "one line, a token or an API key that every connection shows",
             options.token_file, false);
  table.file("ca", "PEM file of the authorities trusted for wss (the system's)", options.ca, false);
  table.toggle("insecure", "wss with whatever certificate is shown", options.insecure);
  table.toggle("check", "parse every message, and look whether each symbol got its value",
               options.check);
  table.toggle("json", "the result as one JSON object; tests/load/README.md names its fields",
               options.json);
}

// What only shows when all flags are known.
std::optional<std::string> contradiction(const Options& options, const FlagTable& table) {
  const auto& choice = options.choice;
  if (table.given("subscribe") && table.given("symbols")) {
    return "--subscribe and --symbols exclude each other";
  }
  if (choice.texts.empty() && choice.count > choice.of) {
    return "--symbols: expected at most --of " + std::to_string(choice.of) + ", got " +
           std::to_string(choice.count);
  }
  if (options.slow > 0 && options.slow_time >= options.duration) {
    return "--slow-time: expected less than --duration " +
           gateway::duration_text(options.duration) + ", got " +
           gateway::duration_text(options.slow_time);
  }
  if (options.insecure && !options.ca.empty()) return "--insecure and --ca exclude each other";
  if (!options.url.tls && (options.insecure || !options.ca.empty())) {
    return "--ca and --insecure belong to a wss URL";
  }
  if (options.then && options.then->tls != options.url.tls) {
    return "--then: expected TLS where --url has it, and none where it has none";
  }
  return std::nullopt;
}

}  // namespace

std::variant<Options, Help, UsageError> parse_options(std::span<const char* const> arguments) {
  const std::vector<std::string_view> words(arguments.begin(), arguments.end());
  Options options;
  FlagTable table(kTexts);
  add_flags(table, options);
  for (const auto word : words) {
    if (word == "--help" || word == "-h") return Help{table.help()};
  }
  if (auto problem = table.parse(words)) return UsageError{std::move(*problem)};
  if (!table.given("storm-interval")) options.storm_interval_ms = options.interval_ms;
  if (auto problem = contradiction(options, table)) {
    return UsageError{"tickgate-load: " + *problem};
  }
  return options;
}

}  // namespace tickgate::load
