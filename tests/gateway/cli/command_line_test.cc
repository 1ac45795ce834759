// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "feeds/venues/all.h"
#include "gateway/config/config_loader.h"

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

CommandLine parse(std::vector<const char*> arguments) { return parse_command_line(arguments); }

template <typename Flags>
Flags flags(std::vector<const char*> arguments) {
  const auto result = parse_command_line(arguments);
  if (const auto* const error = std::get_if<UsageError>(&result)) ADD_FAILURE() << error->message;
  return std::get<Flags>(result);
}

TEST(CommandLine, DemoTakesEveryFlagInBothSpellings) {
  const auto demo =
      flags<DemoFlags>({"demo", "--port", "0", "--admin-port=0", "--listen", "::1", "--seed=7",
                        "--symbols", "50000", "--rate=5000", "--names", "generated", "--shards=2",
                        "--tls-cert", "a.pem", "--tls-key=b.pem", "--write-deadline", "2s"});
  EXPECT_EQ(demo.port, 0);
  EXPECT_EQ(demo.admin_port, 0);
  EXPECT_EQ(demo.listen, "::1");
  EXPECT_EQ(demo.seed, 7U);
  EXPECT_EQ(demo.symbols, 50'000U);
  EXPECT_EQ(demo.rate, 5'000U);
  EXPECT_EQ(demo.names, feeds::SourceNames::kGenerated);
  EXPECT_EQ(demo.shards, 2U);
  EXPECT_EQ(demo.tls_cert, "a.pem");
  EXPECT_EQ(demo.tls_key, "b.pem");
  EXPECT_EQ(demo.write_deadline, seconds(2));
}

TEST(CommandLine, ExplainTakesOneSymbolAndAPlainUrl) {
  const auto usual = flags<ExplainFlags>({"explain", "KRAKEN:BTC-USD"});
  EXPECT_EQ(usual.symbol, "KRAKEN:BTC-USD");
  EXPECT_EQ(usual.admin.url, "http://127.0.0.1:9100") << "as server.admin_listen is by default";
  EXPECT_FALSE(usual.json);
  const auto all = flags<ExplainFlags>({"explain", "--json", "--admin=http://[::1]:99/x", "A:B-C"});
  EXPECT_EQ(all.admin.url, "http://[::1]:99/x");
  EXPECT_TRUE(all.json);
  for (const auto& wrong : std::vector<std::vector<const char*>>{
           {"explain"},
           {"explain", "A:B-C", "A:B-D"},
           {"explain", "A:B-C", "--admin", "wss://a"},
           {"explain", "A:B-C", "--admin", "ws://a"},
           {"explain", "A:B-C", "--admin", "127.0.0.1:9100"},
           {"explain", "A:B-C", "--admin", "http://user:word@a"}}) {
    EXPECT_TRUE(std::holds_alternative<UsageError>(parse(wrong)));
  }
}

TEST(CommandLine, TopTakesAPlainUrlAndAnInterval) {
  const auto usual = flags<TopFlags>({"top"});
  EXPECT_EQ(usual.admin.url, "http://127.0.0.1:9100");
  EXPECT_EQ(usual.interval, seconds(1));
  EXPECT_FALSE(usual.once);
  const auto all = flags<TopFlags>({"top", "--once", "--admin=http://a:1", "--interval", "5s"});
  EXPECT_EQ(all.admin.url, "http://a:1");
  EXPECT_EQ(all.interval, seconds(5));
  EXPECT_TRUE(all.once);
  for (const auto& wrong : std::vector<std::vector<const char*>>{
           {"top", "x"}, {"top", "--admin", "wss://a"}, {"top", "--interval", "0s"}}) {
    EXPECT_TRUE(std::holds_alternative<UsageError>(parse(wrong))) << wrong.back();
  }
}

TEST(CommandLine, TheOtherCommandsTakeTheirs) {
  EXPECT_EQ(flags<ServeFlags>({"serve", "--config", "a.yaml"}).config, "a.yaml");
  EXPECT_EQ(flags<CheckFlags>({"check", "--config=a.yaml"}).config, "a.yaml");
  EXPECT_TRUE(std::holds_alternative<SchemaFlags>(parse({"schema"})));
  const auto record =
      flags<RecordFlags>({"record", "--config", "a", "--out", "b.ndjson.gz", "--for", "30s"});
  EXPECT_EQ(record.out, "b.ndjson.gz");
  EXPECT_EQ(record.duration, seconds(30));
  const auto replay =
      flags<ReplayFlags>({"replay", "a.gz", "--depth", "10", "b.gz", "--gaps=warn"});
  EXPECT_THAT(replay.files, ElementsAre("a.gz", "b.gz"));
  EXPECT_EQ(replay.depth, 10U);
  EXPECT_EQ(replay.gaps, feeds::GapPolicy::kWarn);
  EXPECT_TRUE(std::holds_alternative<VersionFlags>(parse({"version"})));
  EXPECT_TRUE(std::holds_alternative<VersionFlags>(parse({"--version"})));
}

TEST(CommandLine, TheLastOfTwoCounts) {
  EXPECT_EQ(flags<DemoFlags>({"demo", "--port", "1", "--port", "2"}).port, 2);
}

TEST(CommandLine, AMistakeIsOneLineThatSaysWhatWasExpected) {
  struct Case {
    std::vector<const char*> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{}, "tickgate: expected a command, see tickgate --help"},
      {{"sevre"}, "tickgate: unknown command \"sevre\", did you mean \"serve\"?"},
      {{"xyzzy"}, "tickgate: unknown command \"xyzzy\", see tickgate --help"},
      {{"demo", "--prot", "1"}, "tickgate demo: unknown flag \"--prot\", did you mean \"--port\"?"},
      {{"demo", "-p", "1"}, "tickgate demo: unknown flag \"-p\", see tickgate demo --help"},
      {{"demo", "8080"}, "tickgate demo: expected a flag, got \"8080\""},
      {{"demo", "--port"},
       "tickgate demo: --port: expected a whole number from 0 to 65535, got nothing"},
      {{"demo", "--port", "65536"},
       "tickgate demo: --port: expected a whole number from 0 to 65535, got \"65536\""},
      {{"demo", "--port="},
       "tickgate demo: --port: expected a whole number from 0 to 65535, got \"\""},
      {{"demo", "--rate", "-5"},
       "tickgate demo: --rate: expected a whole number from 1 to 1000000, got \"-5\""},
      {{"demo", "--names", "real"},
       "tickgate demo: --names: expected market or generated, got \"real\""},
      {{"demo", "--listen", "localhost"},
       "tickgate demo: --listen: expected an address in digits, like 127.0.0.1 or ::1, got "
       "\"localhost\""},
      {{"demo", "--drama", "--names=generated"},
       "tickgate demo: --drama: expected --names market beside it"},
      {{"demo", "--tls-cert", "a"}, "tickgate demo: --tls-cert and --tls-key belong together"},
      {{"demo", "--port", "1", "--admin-port", "1"},
       "tickgate demo: expected --admin-port to differ from --port, got 1 for both"},
      {{"demo", "--write-deadline", "10"},
       "tickgate demo: --write-deadline: expected a duration from 1s to 5m, written like 500ms, "
       "10s "
       "or 5m, got \"10\""},
      {{"serve"}, "tickgate serve: missing --config FILE"},
      {{"check", "--config", ""}, "tickgate check: --config: expected a file, got \"\""},
      {{"record", "--config", "a"}, "tickgate record: missing --out FILE"},
      {{"record", "--config", "a", "--out", "b.json"},
       "tickgate record: --out: expected a name that ends in .ndjson.gz or .ndjson.zst, got "
       "\"b.json\""},
      {{"replay", "--depth", "26", "a"},
       "tickgate replay: --depth: expected a whole number from 1 to 25, got \"26\""},
      {{"replay"}, "tickgate replay: expected a file"},
      {{"version", "--config", "a"},
       "tickgate version: unknown flag \"--config\", see tickgate version --help"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto result = parse(arguments);
    const auto* const error = std::get_if<UsageError>(&result);
    ASSERT_NE(error, nullptr) << message;
    EXPECT_EQ(error->message, message);
  }
}

TEST(CommandLine, EachCommandHasHelpThatNamesItsFlags) {
  struct Case {
    const char* command;
    std::vector<const char*> names;
  };
  const std::vector<Case> cases = {
      {"demo",
       {"--listen", "--port", "--admin-port", "--seed", "--symbols", "--rate", "--names", "--drama",
        "--shards", "--tls-cert", "--tls-key", "--write-deadline"}},
      {"serve", {"--config"}},
      {"check", {"--config"}},
      {"schema", {}},
      {"record", {"--config", "--out", "--for"}},
      {"replay", {"--depth", "--gaps"}},
      {"version", {}},
  };
  const auto all = std::get<HelpText>(parse({"--help"})).text;
  for (const auto& [command, names] : cases) {
    EXPECT_THAT(all, HasSubstr(std::string("\n  ") + command + " "));
    const auto help = std::get<HelpText>(parse({command, "--config", "a", "--help"})).text;
    EXPECT_THAT(help, StartsWith(std::string("Usage: tickgate ") + command));
    for (const auto* const name : names) EXPECT_THAT(help, HasSubstr(std::string(name) + " "));
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(CommandLine, TheDemosConfigurationIsItsFlagsAndSimulatedVenuesThatAreConsolidated) {
  const auto config = demo_config(
      flags<DemoFlags>({"demo", "--listen", "0.0.0.0", "--port", "1", "--seed", "9",
                        "--write-deadline", "3s", "--tls-cert", "a", "--tls-key", "b"}));
  EXPECT_EQ(config.server.listen.text(), "0.0.0.0:1");
  EXPECT_EQ(config.server.admin_listen.text(), "0.0.0.0:9100");
  ASSERT_TRUE(config.server.tls);
  EXPECT_EQ(config.server.tls->key, "b");
  EXPECT_EQ(config.limits.write_deadline, seconds(3));
  ASSERT_EQ(config.feeds.size(), 3U);
  for (const auto& feed : config.feeds) {
    EXPECT_EQ(feed.venue, feeds::find_venue("simulator"));
    EXPECT_EQ(feed.source.seed, 9U) << "near each other";
  }
  EXPECT_EQ(config.feeds[0].name, "simulator");
  EXPECT_EQ(venue_label(config.feeds[0]), "sim");
  EXPECT_EQ(config.feeds[2].name, "simulator-3");
  EXPECT_EQ(config.feeds[0].source.rate, 4 * config.feeds[2].source.rate);
  ASSERT_EQ(config.consolidated.size(), 1U);
  EXPECT_EQ(config.consolidated[0].venues, (std::vector<std::string>{"sim", "sim2", "sim3"}));
}

TEST(CommandLine, ADramaIsOfFewPairsAndSlowUnlessItIsSaid) {
  const auto usual = demo_config(flags<DemoFlags>({"demo"}));
  EXPECT_FALSE(usual.feeds[0].source.drama);
  EXPECT_EQ(usual.feeds[0].source.symbol_count, 24U);
  const auto drama = demo_config(flags<DemoFlags>({"demo", "--drama"}));
  ASSERT_EQ(drama.feeds.size(), 3U);
  for (const auto& feed : drama.feeds) {
    EXPECT_TRUE(feed.source.drama);
    EXPECT_EQ(feed.source.symbol_count, 6U);
  }
  EXPECT_EQ(drama.feeds[0].source.rate, 200U);
  const auto said = flags<DemoFlags>({"demo", "--rate", "2000", "--drama", "--symbols=24"});
  EXPECT_EQ(said.rate, 2'000U);
  EXPECT_EQ(said.symbols, 24U);
}

TEST(CommandLine, ADemoOfGeneratedNamesOrOfOneVenueConsolidatesNothing) {
  for (const char* const flag : {"--names=generated", "--venues=1"}) {
    const auto config = demo_config(flags<DemoFlags>({"demo", flag}));
    EXPECT_EQ(config.feeds.size(), 1U) << flag;
    EXPECT_TRUE(config.consolidated.empty()) << flag;
  }
}

}  // namespace
}  // namespace tickgate::gateway
