// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kDescriptors = 1'000'000;
const std::string kFeeds = "feeds: [{venue: simulator}]\n";

LoadResult parse(const std::string& text, std::uint64_t descriptors = kDescriptors) {
  return parse_config(text, "t.yaml", descriptors);
}

TEST(ConfigLoader, AFileWithOnlyAFeedGivesTheDefaults) {
  const auto result = parse("feeds:\n  - venue: kraken\n    symbols: [BTC-USD]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  const auto& config = result.config;
  EXPECT_EQ(config.server.listen.text(), "127.0.0.1:8080");
  EXPECT_EQ(config.server.admin_listen.text(), "127.0.0.1:9100");
  EXPECT_THAT(config.server.origins, ElementsAre("*"));
  EXPECT_EQ(config.limits.connections, 20'000U);
  EXPECT_EQ(config.limits.ping_interval(), seconds(15));
  ASSERT_EQ(config.feeds.size(), 1U);
  EXPECT_EQ(config.feeds[0].name, "kraken");
  EXPECT_EQ(config.feeds[0].book_depth, 25U);
  EXPECT_EQ(config.feeds[0].planned_reconnect, hours(23));
}

TEST(ConfigLoader, ReadsEveryKind) {
  const auto result = parse(R"(
server: {listen: "[::1]:0", shards: 3, origins: ["https://a.example:8443", http://localhost]}
limits: {connections: 7, message_bytes: 4KiB, frame_bytes: 1MiB, idle_time: 2m, min_interval: 0}
log: {level: warning, format: json}
feeds:
- {venue: simulator, name: sim-1, seed: 7, symbol_count: 50000, rate: 1000000, names: generated}
- {venue: binance, symbols: [BTC-USDT, 1000SATS-USDT], book_depth: 5000, reconnect_min: 250ms,
   websocket_url: "ws://127.0.0.1:9000/stream", rest_url: https://api.example.com,
   second_websocket_url: wss://other.example}
- {venue: simulator, name: sim-2, label: sim2, drama: true}
)");
  ASSERT_THAT(result.errors, IsEmpty());
  const auto& config = result.config;
  EXPECT_EQ(config.server.listen, (ListenAddress{"::1", 0}));
  EXPECT_EQ(config.server.shards, 3U);
  EXPECT_THAT(config.server.origins, ElementsAre("https://a.example:8443", "http://localhost"));
  EXPECT_EQ(config.limits.message_bytes, 4096U);
  EXPECT_EQ(config.limits.frame_bytes, 1U << 20U);
  EXPECT_EQ(config.limits.idle_time, seconds(120));
  EXPECT_EQ(config.log.level, feeds::log::Level::kWarning);
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.feeds[0].name, "sim-1");
  EXPECT_EQ(config.feeds[0].source.symbol_count, 50'000U);
  EXPECT_EQ(config.feeds[0].source.names, feeds::SourceNames::kGenerated);
  EXPECT_FALSE(config.feeds[0].source.drama);
  EXPECT_TRUE(config.feeds[2].source.drama);
  EXPECT_EQ(config.feeds[1].book_depth, 5000U);
  EXPECT_EQ(config.feeds[1].second_websocket_url, "wss://other.example");
  EXPECT_EQ(config.feeds[1].lines, 2U) << "whoever names another endpoint wants it";
  EXPECT_EQ(config.feeds[0].lines, 1U);
  EXPECT_EQ(config.feeds[1].reconnect_min, milliseconds(250));
}

TEST(ConfigLoader, AVenuesNameOfThreePartsIsOneOfOurs) {
  const auto result = parse(
      "feeds:\n- {venue: coinbase, symbols: [BTC-PERP-INTX, ETH_PERP-INTX, BIT-26DEC26-CDE]}\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.config.feeds[0].symbols,
              ElementsAre("BTC_PERP-INTX", "ETH_PERP-INTX", "BIT_26DEC26-CDE"));
  const auto twice =
      parse("feeds:\n- {venue: coinbase, symbols: [BTC-PERP-INTX, BTC_PERP-INTX]}\n");
  EXPECT_THAT(
      twice.errors,
      ElementsAre(testing::HasSubstr(
          "symbols: expected each symbol once, got \"BTC-PERP-INTX\" and \"BTC_PERP-INTX\"")));
}

TEST(ConfigLoader, ACaptureReplacesTheNetworkAndNeedsNoSymbols) {
  const auto result =
      parse("feeds:\n- {venue: kraken, capture: /dev/null, speed: 0.25, loop: true, gaps: warn}");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config.feeds[0].capture, "/dev/null");
  EXPECT_EQ(result.config.feeds[0].speed, 0.25);
  EXPECT_TRUE(result.config.feeds[0].loop);
  EXPECT_EQ(result.config.feeds[0].gaps, feeds::GapPolicy::kWarn);
}

TEST(ConfigLoader, ReportsAllThatIsWrongInTheOrderOfTheFile) {
  const auto result = parse(R"(server:
  lisen: 127.0.0.1:80
  shards: 65
limits:
  connections: many
  connections: 12
feeds:
  - venue: kraken
    seed: 1
)");
  EXPECT_THAT(
      result.errors,
      ElementsAre("t.yaml:2: server.lisen: unknown key, did you mean \"listen\"?",
                  "t.yaml:3: server.shards: expected a whole number from 0 to 64, got \"65\"",
                  "t.yaml:5: limits.connections: expected a whole number from 1 to "
                  "1000000, got \"many\"",
                  "t.yaml:6: limits.connections: duplicate key, it stands on line 5 already",
                  "t.yaml:8: feeds[0].symbols: missing, expected a list of symbols like "
                  "\"BTC-USD\"",
                  "t.yaml:9: feeds[0].seed: only for the venue simulator"));
}

TEST(ConfigLoader, AnAliasIsRefusedAndNotFollowed) {
  const auto result = parse("log: &l {level: info}\nserver: *l\n" + kFeeds);
  EXPECT_THAT(result.errors,
              ElementsAre("t.yaml:1: log: anchors (&name) are not allowed",
                          "t.yaml:2: server: aliases (*name) are not allowed, write it out"));
}

TEST(ConfigLoader, FeedsMayNotShareANameOrAnInstrument) {
  const auto names = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B]}\n"
      "- {venue: coinbase, name: kraken, symbols: [A-B]}\n");
  EXPECT_THAT(names.errors,
              ElementsAre("t.yaml:3: feeds[1].name: expected a name of its own, the feed on line 2 "
                          "is called \"kraken\" too"));
  const auto symbols = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B, C-D]}\n"
      "- {venue: kraken, name: two, symbols: [C-D]}\n");
  EXPECT_THAT(symbols.errors, ElementsAre("t.yaml:3: feeds[1].symbols: expected no symbol of "
                                          "feeds[0], got \"C-D\""));
  const auto whole = parse("feeds:\n- {venue: simulator}\n- {venue: simulator, name: two}\n");
  EXPECT_THAT(whole.errors, ElementsAre("t.yaml:3: feeds[1].venue: expected another venue than the "
                                        "feed's on line 2, or a label of its own"));
}

TEST(ConfigLoader, AVariableIsReplacedAndItsValueNeverShown) {
  ASSERT_EQ(setenv("TICKGATE_TEST_VALUE", "hush", 1), 0);
  ASSERT_EQ(setenv("TICKGATE_TEST_PORT", "8443", 1), 0);
  const auto good = parse("server: {listen: \"127.0.0.1:${TICKGATE_TEST_PORT}\"}\n" + kFeeds);
  ASSERT_THAT(good.errors, IsEmpty());
  EXPECT_EQ(good.config.server.listen.port, 8443);
  const auto bad = parse("log: {level: \"${TICKGATE_TEST_VALUE}\"}\n" + kFeeds);
  EXPECT_THAT(bad.errors,
              ElementsAre("t.yaml:1: log.level: expected debug, info, warning or error, "
                          "got \"${TICKGATE_TEST_VALUE}\""));
  const auto escaped = parse("log: {level: \"$${TICKGATE_TEST_VALUE}\"}\n" + kFeeds);
  EXPECT_THAT(escaped.errors, ElementsAre(HasSubstr("got \"$${TICKGATE_TEST_VALUE}\"")));
  const auto url = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B], rest_url: "
      "\"ftp://${TICKGATE_TEST_VALUE}\"}\n");
  EXPECT_THAT(url.errors, ElementsAre("t.yaml:2: feeds[0].rest_url: expected "
                                      "https://host[:port][/path]"));
}

TEST(ConfigLoader, WithoutANumberTheDescriptorLimitRefusesNothing) {
  const auto result = parse(kFeeds, 100);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config.limits.connections, 20'000U);
}

TEST(ConfigLoader, AFileThatCannotBeReadIsOneLine) {
  EXPECT_THAT(load_config("/nowhere/t.yaml").errors,
              ElementsAre("/nowhere/t.yaml: cannot be opened: No such file or directory"));
  EXPECT_THAT(load_config("/tmp").errors, ElementsAre("/tmp: cannot be read: Is a directory"));
}

TEST(ConfigLoader, AFileOfMoreThanAMegabyteIsRefused) {
  const auto result = parse(std::string((1U << 20U) + 1, '#'));
  EXPECT_THAT(result.errors, ElementsAre("t.yaml:1: expected at most 1MiB of YAML"));
}

}  // namespace
}  // namespace tickgate::gateway
