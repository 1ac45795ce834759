// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/load/options.h"

namespace tickgate::load {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

auto parse(std::vector<const char*> words) { return parse_options(words); }

Options good(std::vector<const char*> words) {
  auto parsed = parse_options(words);
  const auto* const mistake = std::get_if<UsageError>(&parsed);
  EXPECT_EQ(mistake, nullptr) << mistake->message;
  return mistake == nullptr ? std::get<Options>(parsed) : Options{};
}

TEST(LoadOptions, NothingSaidIsAHundredClientsOfTheDemosPort) {
  const auto options = good({});
  EXPECT_EQ(options.url.authority() + options.url.target, "127.0.0.1:8080/v1/stream");
  EXPECT_EQ(options.connections, 100U);
  EXPECT_EQ(options.choice.of_connection(0).size(), 20U);
}

TEST(LoadOptions, EveryFlagReachesItsOption) {
  const auto options = good({"--url",
                             "wss://example.com/v1/stream",
                             "--connections=900",
                             "--symbols",
                             "3",
                             "--of",
                             "10",
                             "--name",
                             "X:%d",
                             "--channel",
                             "trade",
                             "--interval",
                             "50",
                             "--duration",
                             "30s",
                             "--warm-up",
                             "0s",
                             "--seed",
                             "7",
                             "--slow",
                             "100",
                             "--slow-time",
                             "20s",
                             "--half-open",
                             "9",
                             "--storm",
                             "10000",
                             "--connecting",
                             "512",
                             "--churn",
                             "1000",
                             "--pid",
                             "1",
                             "--source",
                             "127.0.0.2,127.0.0.3",
                             "--token-file",
                             "desk.key",
                             "--ca",
                             "ca.pem",
                             "--check",
                             "--json"});
  EXPECT_TRUE(options.url.tls && options.check && options.json && !options.insecure);
  EXPECT_EQ(options.url.port, "443");
  EXPECT_EQ(options.sockets(), 900U + 100 + 9 + 10'000);
  EXPECT_EQ(options.choice.seed, 7U);
  EXPECT_EQ(options.channel, "trade");
  EXPECT_EQ(options.interval_ms, 50U);
  EXPECT_EQ(options.storm_interval_ms, 50U);
  EXPECT_EQ(good({"--storm-interval", "1000"}).storm_interval_ms, 1000U);
  EXPECT_EQ(options.duration, seconds(30));
  EXPECT_EQ(options.warm_up, seconds(0));
  EXPECT_EQ(options.slow_time, seconds(20));
  EXPECT_EQ(options.connecting, 512U);
  EXPECT_EQ(options.churn, 1000U);
  EXPECT_EQ(options.pid, 1U);
  EXPECT_THAT(options.sources, ::testing::ElementsAre("127.0.0.2", "127.0.0.3"));
  EXPECT_EQ(options.token_file, "desk.key");
  EXPECT_EQ(options.ca, "ca.pem");
}

TEST(LoadOptions, WhoMovesHasTwoSocketsForAWhile) {
  const auto options = good({"--connections", "100", "--then", "ws://other:81/v1/stream"});
  EXPECT_EQ(options.then->port, "81");
  EXPECT_EQ(options.sockets(), 200U);
}

TEST(LoadOptions, SymbolsCanBeNamedOrAll) {
  EXPECT_THAT(good({"--symbols", "all"}).choice.of_connection(3), ::testing::ElementsAre("*"));
  EXPECT_THAT(good({"--subscribe", "SIM:A,SIM:*"}).choice.of_connection(3),
              ::testing::ElementsAre("SIM:A", "SIM:*"));
}

TEST(LoadOptions, AMistakeIsOneLineThatSaysWhatWasExpected) {
  struct Case {
    std::vector<const char*> words;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{"--url", "http://x/"}, "--url: expected a URL like ws://127.0.0.1:8080/v1/stream"},
      {{"--connections", "0"}, "--connections: expected a whole number from 1 to 1000000"},
      {{"--symbols", "some"}, "--symbols: expected a whole number from 1 to 50000, or all"},
      {{"--symbols", "5", "--of", "4"}, "--symbols: expected at most --of 4, got 5"},
      {{"--symbols", "5", "--subscribe", "A"}, "--subscribe and --symbols exclude each other"},
      {{"--subscribe", "A,,B"}, "--subscribe: expected symbols with commas between them"},
      {{"--name", "SIM:S"}, "--name: expected a name with one %d or %04d in it"},
      {{"--name", "%d%d"}, "--name: expected a name with one %d or %04d in it"},
      {{"--name", "%4d"}, "--name: expected a name with one %d or %04d in it"},
      {{"--channel", "qoute"}, "--channel: expected quote, trade, book, ticker or status"},
      {{"--slow", "1", "--slow-time", "10s"}, "--slow-time: expected less than --duration 10s"},
      {{"--insecure"}, "--ca and --insecure belong to a wss URL"},
      {{"--url", "wss://x/", "--insecure", "--ca", "f"}, "--insecure and --ca exclude each other"},
      {{"--then", "here"}, "--then: expected a URL like ws://127.0.0.1:8081/v1/stream"},
      {{"--then", "wss://x/"}, "--then: expected TLS where --url has it"},
      {{"--conections", "1"}, "unknown flag \"--conections\", did you mean"},
  };
  for (const auto& [words, message] : cases) {
    const auto parsed = parse_options(words);
    const auto* const mistake = std::get_if<UsageError>(&parsed);
    ASSERT_NE(mistake, nullptr) << message;
    EXPECT_THAT(mistake->message, HasSubstr(message));
    EXPECT_THAT(mistake->message, ::testing::StartsWith("tickgate-load: "));
  }
}

TEST(LoadOptions, HelpNamesTheFlags) {
  const auto parsed = parse({"--connections", "x", "--help"});
  ASSERT_TRUE(std::holds_alternative<Help>(parsed));
  const auto& text = std::get<Help>(parsed).text;
  for (const auto* const flag : {"--url", "--storm", "--churn", "--json ", "--insecure "}) {
    EXPECT_THAT(text, HasSubstr(flag));
  }
}

TEST(SymbolChoice, DrawsDifferentSymbolsTheSameEachTime) {
  SymbolChoice choice;
  const auto symbols = choice.of_connection(5);
  EXPECT_EQ(std::set<std::string>(symbols.begin(), symbols.end()).size(), 20U);
  EXPECT_EQ(symbols, choice.of_connection(5));
  EXPECT_NE(symbols, choice.of_connection(6));
  choice.seed = 2;
  EXPECT_NE(symbols, choice.of_connection(5));
}

TEST(SymbolChoice, ReachesEverySymbolAndNoOther) {
  SymbolChoice choice;
  choice.of = 30;
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < 100; ++i) {
    for (auto& symbol : choice.of_connection(i)) seen.insert(symbol);
  }
  EXPECT_EQ(seen.size(), 30U);
  EXPECT_EQ(*seen.begin(), "SIM:S0000-USD");
  EXPECT_EQ(*seen.rbegin(), "SIM:S0029-USD");
}

TEST(SymbolChoice, ANamePatternPadsToItsWidthAndNoFurther) {
  EXPECT_EQ(NamePattern::parse("a%03db")->name(7), "a007b");
  EXPECT_EQ(NamePattern::parse("a%03db")->name(12345), "a12345b");
  EXPECT_EQ(NamePattern::parse("%d")->name(0), "0");
}

TEST(SymbolChoice, PatternsCoverWhatTheProtocolSays) {
  EXPECT_TRUE(covers("*", "SIM:A-USD") && covers("SIM:*", "SIM:A-USD"));
  EXPECT_TRUE(covers("*:A-USD", "SIM:A-USD") && covers("SIM:A-USD", "SIM:A-USD"));
  EXPECT_FALSE(covers("SIM:*", "SIM2:A-USD") || covers("*:A-USD", "SIM:BA-USD"));
  EXPECT_FALSE(covers("SIM:A", "SIM:A-USD"));
}

}  // namespace
}  // namespace tickgate::load
