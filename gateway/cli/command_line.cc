// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "feeds/adapter/venue_time.h"
#include "feeds/net/url.h"
#include "feeds/venues/all.h"
#include "gateway/cli/flag_table.h"
#include "gateway/cli/usage_flags.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/config_values.h"
#include "gateway/config/suggestion.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Arguments = std::span<const std::string_view>;

bool asks_for_help(Arguments arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](std::string_view argument) {
    return argument == "--help" || argument == "-h";
  });
}

// Help, mistake, or the flags that `table` is bound to. They are read only after the parsing.
template <typename Flags>
CommandLine parse_with(FlagTable& table, const Flags& flags, Arguments arguments) {
  if (asks_for_help(arguments)) return HelpText{table.help(), table.page()};
  if (auto problem = table.parse(arguments)) return UsageError{std::move(*problem)};
  return flags;
}

CommandLine parse_demo(Arguments arguments) {
  DemoFlags flags;
  FlagTable table(
      {"demo", "[flags]",
       "Serves a made-up market, SIM:BTC-USD and others: a random walk with books and trades;\n"
       "and two more of the same pairs, SIM2 and SIM3, a quarter as fast, so that BEST:BTC-USD\n"
       "has what it is the best of. With generated names there is the first one only.\n"
       "The same seed gives the same market. Ctrl-C lets the clients go and ends it.\n"
       "\n"
       "With --drama it shows what a market may do, to see what each state looks like: a few "
       "pairs,\n"
       "slowly; SIM, SIM2 and SIM3 take turns of a minute, in which SOL-USD is halted, the venue\n"
       "falls silent, ETH-USD loses trades and BTC-USD is dearer than elsewhere, so that\n"
       "BEST:BTC-USD is crossed. XRP-USD is quiet, BTC-USD fast.\n"});
  table.address("listen", "where to listen", flags.listen);
  table.whole<std::uint16_t>("port", "clients' port, 0: any free one", flags.port, 0, 65535);
  table.whole<std::uint16_t>("admin-port", "port of /metrics and the probes", flags.admin_port, 0,
                             65535);
  table.whole<std::uint64_t>("seed", "of the random walk", flags.seed, key_row("feeds", "seed"));
  table.whole<std::uint32_t>("symbols", "how many", flags.symbols,
                             key_row("feeds", "symbol_count"));
  table.whole<std::uint32_t>("rate", "ticks a second in all", flags.rate, key_row("feeds", "rate"));
  table.choice(
      "names", "BTC-USD and the like, or S0000-USD and on", flags.names,
      {{"market", feeds::SourceNames::kMarket}, {"generated", feeds::SourceNames::kGenerated}});
  table.whole<std::uint32_t>("venues", "made-up ones of the same pairs, with BEST:* over them",
                             flags.venues, 1, 3);
  table.toggle("drama", "halts, silences, losses; 6 symbols and 200 ticks a second, if not said",
               flags.drama);
  table.whole<std::uint32_t>("shards", "worker threads, 0: the cores less one", flags.shards,
                             key_row("server", "shards"));
  table.file("tls-cert", "PEM file, the chain of certificates: TLS on the clients' port",
             flags.tls_cert, false);
  table.file("tls-key", "PEM file, its key", flags.tls_key, false);
  table.duration("write-deadline", "a client that takes nothing so long is closed",
                 flags.write_deadline, key_row("limits", "write_deadline"));
  auto result = parse_with(table, flags, arguments);
  auto* const demo = std::get_if<DemoFlags>(&result);
  if (demo == nullptr) return result;
  if (demo->drama && demo->names != feeds::SourceNames::kMarket) {
    return UsageError{"tickgate demo: --drama: expected --names market beside it"};
  }
  if (demo->drama && !table.given("symbols")) demo->symbols = 6;
  if (demo->drama && !table.given("rate")) demo->rate = 200;
  if (demo->tls_cert.empty() != demo->tls_key.empty()) {
    return UsageError{"tickgate demo: --tls-cert and --tls-key belong together"};
  }
  if (demo->port != 0 && demo->port == demo->admin_port) {
    return UsageError{"tickgate demo: expected --admin-port to differ from --port, got " +
                      std::to_string(demo->port) + " for both"};
  }
  return result;
}

CommandLine parse_serve(Arguments arguments) {
  ServeFlags flags;
  FlagTable table(
      {"serve", "--config FILE",
       "Serves the venues that the configuration names. SIGTERM lets the clients go over the\n"
       "drain time and ends it. SIGHUP reads the configuration and the TLS files again, as it "
       "does\n"
       "by itself when they change; what needs a restart is said, and keeps the old value.\n"});
  table.file("config", "YAML, see deploy/tickgate.yaml", flags.config, true);
  return parse_with(table, flags, arguments);
}

CommandLine parse_check(Arguments arguments) {
  CheckFlags flags;
  FlagTable table(
      {"check", "--config FILE [--against URL]",
       "Says all that is wrong with a configuration, a line each: file:line: key: what was\n"
       "expected. Exit status 0 if nothing is, else 2.\n"
       "\n"
       "With --against it says what a reload of this file would change at a running gateway, a\n"
       "line each: + comes, - goes, ~ changes, ! needs a restart and would stay as it is, ? is\n"
       "hidden at the gateway and may differ. Exit status 0, or 3 if something needs a restart; 1\n"
       "if the gateway cannot be asked, 2 if the file is wrong.\n"});
  table.file("config", "YAML, see deploy/tickgate.yaml", flags.config, true);
  add_admin(table, "against", "the admin port of a running gateway", AdminNeeds::kToken,
            flags.against);
  return parse_with(table, flags, arguments);
}

CommandLine parse_schema(Arguments arguments) {
  const SchemaFlags flags;
  FlagTable table(
      {"schema", "",
       "Prints the JSON Schema of configurations, by which an editor completes and checks one.\n"
       "deploy/tickgate.schema.json is this text.\n"});
  return parse_with(table, flags, arguments);
}

CommandLine parse_record(Arguments arguments) {
  RecordFlags flags;
  FlagTable table(
      {"record", "--config FILE --out FILE [--for TIME]",
       "Runs the configuration's feeds without clients and writes what they receive into a\n"
       "capture, which replay and the key capture of a feed read.\n"});
  table.file("config", "YAML, see deploy/tickgate.yaml", flags.config, true);
  table.file("out", "the capture; ends in .ndjson.gz or .ndjson.zst", flags.out, true);
  table.duration("for", "ends by itself after so long", flags.duration, Milliseconds(1),
                 hours(24 * 365));
  auto result = parse_with(table, flags, arguments);
  const auto* const record = std::get_if<RecordFlags>(&result);
  if (record != nullptr && !record->out.ends_with(".ndjson.gz") &&
      !record->out.ends_with(".ndjson.zst")) {
    return UsageError{
        "tickgate record: --out: expected a name that ends in .ndjson.gz or .ndjson.zst, got \"" +
        record->out + "\""};
  }
  return result;
}

// "2026-11-20T16:10:00Z", or a whole number since the epoch: of microseconds, unless that would be
// beyond what a time holds. Nanoseconds, or nullopt.
std::optional<std::int64_t> parse_time(std::string_view text) {
  constexpr std::int64_t kMostMicroseconds = INT64_MAX / 1000;
  if (const auto time = feeds::parse_rfc3339(text)) {
    if (std::abs(time->value()) > kMostMicroseconds) return std::nullopt;
    return time->value() * 1000;
  }
  const auto number = parse_whole(text);
  if (!number || *number > INT64_MAX) return std::nullopt;
  const auto value = static_cast<std::int64_t>(*number);
  return value > kMostMicroseconds ? value : value * 1000;
}

void add_time(FlagTable& table, std::string_view name, std::string_view help, std::int64_t& value) {
  table.text(name, "TIME", help,
             "a time like 2026-11-20T16:10:00Z, or micro- or nanoseconds since the epoch",
             [&value](std::string_view text) {
               const auto time = parse_time(text);
               if (time) value = *time;
               return time.has_value();
             });
}

CommandLine parse_replay(Arguments arguments) {
  ReplayFlags flags;
  FlagTable table(
      {"replay", "FILE... [flags]",
       "Prints every tick of captures, unconflated, a JSON object a line, as fast as it can; a\n"
       "summary follows on stderr, also after an error. Captures are plain, gzip or zstd, "
       "whatever\n"
       "their names; a folder stands for all in it that end in .ndjson, .ndjson.gz or "
       ".ndjson.zst,\n"
       "and - for stdin. Several are played by the times of their records.\n"
       "\n"
       "What is left out by --only, --from or --to is read all the same, so that books are whole.\n"
       "A time is RFC 3339, 2026-11-20T16:10:00Z, or micro- or nanoseconds since the epoch; it is\n"
       "held against the times at which records were received.\n"});
  table.files(flags.files);
  table.text("only", "SYMBOL", "print this symbol, or KRAKEN:*, *:BTC-USD; may be given again",
             "a symbol like KRAKEN:BTC-USD, KRAKEN:* or *:BTC-USD", [&](std::string_view text) {
               auto pattern = SymbolPattern::parse(text);
               if (!pattern) return false;
               flags.only.push_back(*std::move(pattern));
               return true;
             });
  table.text("bars", "INTERVAL", "print bars in place of ticks: 1s, 1m, 5m, 15m, 1h, 4h or 1d",
             "1s, 1m, 5m, 15m, 1h, 4h or 1d", [&](std::string_view text) {
               flags.bars = schemas::interval_from_name(text);
               return flags.bars.has_value();
             });
  add_time(table, "from", "print what came from then on", flags.from_ns);
  add_time(table, "to", "print what came before then", flags.to_ns);
  table.whole<std::uint32_t>("depth", "book levels a side", flags.depth, 1, 25);
  table.choice("gaps", "after a gap: wait until the book is whole, or warn and go on", flags.gaps,
               {{"resync", feeds::GapPolicy::kResync}, {"warn", feeds::GapPolicy::kWarn}});
  auto result = parse_with(table, flags, arguments);
  const auto* const replay = std::get_if<ReplayFlags>(&result);
  if (replay != nullptr && replay->from_ns >= replay->to_ns) {
    return UsageError{"tickgate replay: expected --from to be before --to"};
  }
  return result;
}

CommandLine parse_explain(Arguments arguments) {
  ExplainFlags flags;
  std::vector<std::string> symbols;
  FlagTable table(
      {"explain", "SYMBOL [flags]",
       "Asks a running gateway, by its admin port, why SYMBOL is as it is, like KRAKEN:BTC-USD. "
       "The\n"
       "first line says why it is grey, if it is; below it stands what is known of it: state,\n"
       "connection, rhythm, ages, what befell it today, its followers and its last changes. Exit\n"
       "status 1 if the gateway cannot be asked, 2 if there is no such symbol.\n"});
  table.words(symbols, "a symbol");
  add_admin(table, flags.admin);
  table.toggle("json", "print the JSON of /v1/explain", flags.json);
  if (asks_for_help(arguments)) return HelpText{table.help(), table.page()};
  if (auto problem = table.parse(arguments)) return UsageError{std::move(*problem)};
  if (symbols.size() != 1) {
    return UsageError{"tickgate explain: expected one symbol, got " +
                      std::to_string(symbols.size())};
  }
  flags.symbol = symbols.front();
  return flags;
}

CommandLine parse_usage(Arguments arguments) {
  UsageFlags flags;
  FlagTable table(usage_page());
  add_usage_flags(table, flags);
  add_admin(table, flags.admin);
  auto result = parse_with(table, flags, arguments);
  const auto* const usage = std::get_if<UsageFlags>(&result);
  if (usage == nullptr || !usage->day.empty()) return result;
  return UsageError{"tickgate usage: expected --day DATE"};
}

CommandLine parse_top(Arguments arguments) {
  TopFlags flags;
  FlagTable table(
      {"top", "[flags]",
       "Watches a running gateway by its admin port: feeds, those in trouble first; clients, the\n"
       "slowest first; latency, lag, memory and descriptors. Keys: q ends it, p holds the\n"
       "picture, s sorts the clients otherwise, ? says what the columns mean. Where nothing can\n"
       "be drawn, in a pipe or where TERM is dumb, it prints once, after one interval; exit\n"
       "status 1 if there was nobody to ask for that.\n"});
  add_admin(table, flags.admin);
  table.duration("interval", "from one look to the next", flags.interval, Milliseconds(200),
                 hours(1));
  table.toggle("once", "print once and end", flags.once);
  return parse_with(table, flags, arguments);
}

CommandLine parse_man(Arguments arguments) {
  ManFlags flags;
  FlagTable table(
      {"man", "tickgate|tickgate.yaml",
       "Prints a page of the manual, which man shows: tickgate man tickgate | man -l -\n"
       "That of tickgate.yaml has every key of the configuration.\n"});
  table.word(flags.page, {"tickgate", "tickgate.yaml"});
  return parse_with(table, flags, arguments);
}

CommandLine parse_completion(Arguments arguments) {
  CompletionFlags flags;
  FlagTable table({"completion", "bash|zsh|fish",
                   "Prints what makes a shell complete this command line; for bash and zsh\n"
                   "\n"
                   "  source <(tickgate completion bash)\n"});
  table.word(flags.shell, {"bash", "zsh", "fish"});
  return parse_with(table, flags, arguments);
}

CommandLine parse_health(Arguments arguments) {
  HealthFlags flags;
  FlagTable table({"health", "[--url URL]",
                   "Asks a running gateway whether it is ready, for checks where there is no curl. "
                   "Exit status\n"
                   "1, and a line that says why, if it is not or cannot be asked.\n"});
  add_admin(table, "url", "/readyz or /livez at either port (" + flags.admin.url + ")",
            AdminNeeds::kNoToken, flags.admin);
  return parse_with(table, flags, arguments);
}

CommandLine parse_version(Arguments arguments) {
  const VersionFlags flags;
  FlagTable table({"version", "", "Prints the version.\n"});
  return parse_with(table, flags, arguments);
}

struct Command {
  std::string_view name;
  std::string_view summary;
  CommandLine (*parse)(Arguments);
};
constexpr std::array<Command, 14> kCommands = {{
    {"demo", "serve a made-up market; needs no network and no configuration", parse_demo},
    {"serve", "serve the venues of a configuration", parse_serve},
    {"check", "say all that is wrong with a configuration", parse_check},
    {"schema", "print the JSON Schema of configurations, for editors", parse_schema},
    {"record", "write what the venues send into a capture file", parse_record},
    {"replay", "print the ticks of capture files", parse_replay},
    {"explain", "ask a running gateway why a symbol is grey", parse_explain},
    {"usage", "print what each subject used on a day", parse_usage},
    {"top", "watch a running gateway: feeds, clients, latency", parse_top},
    {"health", "ask a running gateway whether it is ready", parse_health},
    {"key", "make, list and revoke API keys", parse_key},
    {"man", "print a page of the manual", parse_man},
    {"completion", "print a shell's completions of this command line", parse_completion},
    {"version", "print the version", parse_version},
}};

std::string overview() {
  auto text = fmt::format("Usage: tickgate COMMAND [flags]\n\n{}\nCommands:\n", kAbout);
  for (const auto& command : kCommands) {
    text.append(fmt::format("  {:<10}  {}\n", command.name, command.summary));
  }
  return text.append("\ntickgate help COMMAND says more. ").append(kExitStatus);
}

}  // namespace

constexpr std::string_view kAbout =
    "A live price-feed gateway: connects to exchanges, normalises what they send, and serves it "
    "over\n"
    "WebSocket, to each client at the pace it can take.\n";
constexpr std::string_view kExitStatus =
    "Exit status: 0 done, 1 it failed while running,\n"
    "2 a mistake in the command line or the configuration.\n";

std::vector<CommandPage> command_pages() {
  constexpr std::array<std::string_view, 1> kHelp = {"--help"};
  std::vector<CommandPage> pages;
  for (const auto& command : kCommands) {
    pages.push_back(std::get<HelpText>(command.parse(kHelp)).page);
    pages.back().summary = command.summary;
  }
  return pages;
}

CommandLine parse_command_line(std::span<const char* const> arguments) {
  const std::vector<std::string_view> words(arguments.begin(), arguments.end());
  if (words.empty()) {
    return UsageError{"tickgate: expected a command, see tickgate --help"};
  }
  std::vector<std::string_view> names;
  for (const auto& command : kCommands) {
    if (words[0] == command.name) return command.parse(Arguments(words).subspan(1));
    names.push_back(command.name);
  }
  if (words[0] == "--version") return VersionFlags{};
  const bool is_help = words[0] == "--help" || words[0] == "-h" || words[0] == "help";
  if (is_help && words.size() == 1) return HelpText{overview()};
  if (is_help) return parse_command_line(std::vector{arguments[1], "--help"});
  std::string message = "tickgate: unknown command \"" + std::string(words[0]) + "\"";
  const auto hint = did_you_mean(words[0], names);
  return UsageError{message + (hint.empty() ? ", see tickgate --help" : hint)};
}

Config demo_config(const DemoFlags& flags) {
  Config config;
  config.server.listen = {flags.listen, flags.port};
  config.server.admin_listen = {flags.listen, flags.admin_port};
  config.server.shards = flags.shards;
  if (!flags.tls_cert.empty()) config.server.tls = TlsConfig{flags.tls_cert, flags.tls_key};
  config.limits.write_deadline = flags.write_deadline;
  const bool alone = flags.names == feeds::SourceNames::kGenerated;
  const auto venues = alone ? 1 : flags.venues;
  std::vector<std::string> labels;
  for (std::uint32_t i = 1; i <= venues; ++i) {
    auto& feed = config.feeds.emplace_back();
    feed.venue = feeds::find_venue("simulator");
    feed.name = feed.venue->facts.name;
    feed.source = {flags.seed, flags.symbols, flags.rate, flags.names, {}, flags.drama};
    if (i > 1) {
      feed.name.append("-").append(std::to_string(i));
      feed.source.label = std::string(feed.venue->facts.label) + std::to_string(i);
      feed.source.rate = std::max(1U, flags.rate / 4);
    }
    labels.push_back(venue_label(feed));
  }
  if (venues > 1) config.consolidated.push_back({{"*"}, labels, {}});
  return config;
}

}  // namespace tickgate::gateway
