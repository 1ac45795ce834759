// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/config/config_loader.h"
#include "gateway/config/keep_fixed.h"

namespace tickgate::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kFeeds = R"(
feeds:
- {venue: kraken, symbols: [BTC-USD, ETH-USD]}
- {venue: coinbase, symbols: [BTC-USD]}
)";

LoadResult parse(const std::string& text) {
  auto result = parse_config(text, "t.yaml", 1'000'000);
  EXPECT_THAT(result.errors, IsEmpty());
  return result;
}

ConfigView view(const std::string& text) {
  const auto result = parse(text);
  return config_view(result.config, result.file.places);
}

std::vector<std::string> diff(const std::string& running, const std::string& next) {
  std::vector<std::string> lines;
  for (const auto& change : config_diff(view(running), view(next))) lines.push_back(change.line());
  return lines;
}

// As whoever knows only what is shown has it.
ConfigView shown(ConfigView view) {
  for (auto& section : view.sections) {
    for (auto& value : section.values) value.exact.reset();
  }
  return view;
}

TEST(ConfigDiff, TheSameIsNoChange) {
  EXPECT_THAT(diff(kFeeds, kFeeds), IsEmpty());
  EXPECT_THAT(diff(kFeeds, "limits: {connections: 20000, memory: 0}\nlog: {level: info}" + kFeeds),
              IsEmpty())
      << "a default that is written out";
}

TEST(ConfigDiff, SaysTheOldAndTheNewValue) {
  EXPECT_THAT(
      diff("limits: {connections: 5000, idle_time: 1m}" + kFeeds,
           "limits: {connections: 8000, frame_bytes: 1MiB}" + kFeeds),
      ElementsAre("~ limits.connections 5000 -> 8000", "~ limits.frame_bytes 256KiB -> 1MiB"));
}

TEST(ConfigDiff, WhatCannotChangeWhileItRunsSaysSo) {
  EXPECT_THAT(
      diff(kFeeds,
           "server: {shards: 2, listen: \"127.0.0.1:1\", drain_time: 5s}\n"
           "bars: {kept: 5}" +
               kFeeds),
      ElementsAre("! server.listen 127.0.0.1:8080 -> 127.0.0.1:1: needs a restart",
                  "! server.shards 0 -> 2: needs a restart", "~ server.drain_time 10s -> 5s",
                  "! bars.kept 1000 -> 5: needs a restart"));
}

TEST(ConfigDiff, FeedsAndSymbolsComeAndGo) {
  EXPECT_THAT(diff(kFeeds, R"(
feeds:
- {venue: kraken, symbols: [SOL-USD, BTC-USD]}
- {venue: kraken, name: kraken2, symbols: [XRP-USD]}
)"),
              ElementsAre("- feed coinbase (clients are unsubscribed)", "+ kraken: SOL-USD",
                          "- kraken: ETH-USD (clients are unsubscribed)", "+ feed kraken2"));
}

TEST(ConfigDiff, TheOrderOfFeedsAndOfSymbolsIsNoChange) {
  EXPECT_THAT(diff(kFeeds, R"(
feeds:
- {venue: coinbase, symbols: [BTC-USD]}
- {venue: kraken, symbols: [ETH-USD, BTC-USD]}
)"),
              IsEmpty());
}

TEST(ConfigDiff, AnotherKeyOfAFeedMakesItAnew) {
  EXPECT_THAT(diff(kFeeds, R"(
feeds:
- {venue: kraken, symbols: [BTC-USD, ETH-USD], stale_after: 5s}
- {venue: kraken, name: coinbase, symbols: [SOL-USD]}
)"),
              ElementsAre("~ feed kraken: stale_after 3s -> 5s (it connects anew)",
                          "~ feed coinbase: venue coinbase -> kraken (it connects anew)",
                          "+ coinbase: SOL-USD", "- coinbase: BTC-USD (clients are unsubscribed)",
                          HasSubstr("feed coinbase: book_depth")));
}

TEST(ConfigDiff, ItemsOfListsAreNamed) {
  EXPECT_THAT(diff("server: {origins: [\"https://a.io\", \"https://b.io\"]}" + kFeeds,
                   "server: {origins: [\"https://b.io\", \"https://c.io\"]}" + kFeeds),
              ElementsAre("+ server.origins: https://c.io", "- server.origins: https://a.io"));
}

TEST(ConfigDiff, OfWhatIsConsolidatedTheOrderCounts) {
  const auto with = [](const std::string& entries) {
    return kFeeds + "consolidated: [" + entries + "]";
  };
  const std::string all = R"({pairs: ["*-USD"], venues: [kraken, coinbase]})";
  const std::string other = R"({pairs: ["*-USD"], venues: [coinbase, kraken]})";
  const std::string one = "{pairs: [BTC-USD]}";
  EXPECT_THAT(diff(kFeeds, with(one)),
              ElementsAre("! consolidated BTC-USD is new: needs a restart"));
  EXPECT_THAT(diff(with(one), kFeeds),
              ElementsAre("! consolidated BTC-USD is gone: needs a restart"));
  EXPECT_THAT(diff(with(all), with(other)),
              ElementsAre("! consolidated *-USD: venues kraken, coinbase -> coinbase, kraken: "
                          "needs a restart"));
  EXPECT_THAT(diff(with(all + "," + one), with(one + "," + all)),
              ElementsAre("! consolidated in another order: needs a restart"));
}

TEST(ConfigDiff, TlsCannotBeSwitchedAndItsFilesCan) {
  const std::string tls = "server: {tls: {certificate: /etc/hostname, key: /etc/hostname}}";
  const std::string other = "server: {tls: {certificate: /etc/passwd, key: /etc/hostname}}";
  EXPECT_THAT(diff(kFeeds, tls + kFeeds), ElementsAre("! server.tls off -> on: needs a restart"));
  EXPECT_THAT(diff(tls + kFeeds, kFeeds), ElementsAre("! server.tls on -> off: needs a restart"));
  EXPECT_THAT(diff(tls + kFeeds, other + kFeeds),
              ElementsAre("~ server.tls.certificate /etc/hostname -> /etc/passwd"));
}

TEST(ConfigDiff, TheAdminPortsTlsIsTakenLikeTheOtherAndItsTokenAtOnce) {
  const std::string tls = "server: {admin_tls: {certificate: /etc/hostname, key: /etc/hostname}}";
  const std::string more =
      "server: {admin_tls: {certificate: /etc/hostname, key: /etc/hostname,"
      " client_ca: /etc/passwd}, admin_token_file: /etc/passwd}";
  EXPECT_THAT(diff(kFeeds, tls + kFeeds),
              ElementsAre("! server.admin_tls off -> on: needs a restart"));
  EXPECT_THAT(diff(tls + kFeeds, more + kFeeds),
              ElementsAre("~ server.admin_token_file nothing -> /etc/passwd",
                          "~ server.admin_tls.client_ca nothing -> /etc/passwd"));
  const auto kept = keep_fixed(parse(kFeeds).config, parse(more + kFeeds).config);
  EXPECT_FALSE(kept.server.admin_tls.has_value());
  EXPECT_EQ(kept.server.admin_token_file, "/etc/passwd");
}

TEST(ConfigDiff, ShowsNoSecret) {
  ::setenv("DIFF_SECRET", "hunter1", 1);
  const std::string with = R"(
feeds:
- {venue: kraken, symbols: [BTC-USD], proxy: "http://u:${DIFF_SECRET}@p.io:1",
   rest_url: "https://a.io/x?key=first"}
)";
  const std::string without = R"(
feeds:
- {venue: kraken, symbols: [BTC-USD], proxy: "http://u:other@p.io:1",
   rest_url: "https://a.io/x?key=second"}
)";
  const auto lines = diff(with, without);
  EXPECT_THAT(lines, ElementsAre("~ feed kraken: rest_url https://a.io/x?*** -> https://a.io/x?*** "
                                 "(in what is hidden) (it connects anew)",
                                 "~ feed kraken: proxy http://***@p.io:1 -> http://***@p.io:1 "
                                 "(in what is hidden) (it connects anew)"));
  EXPECT_THAT(config_diff(shown(view(with)), view(with)).at(0).line(),
              "? feed kraken: rest_url: a part of it is hidden, and may differ");
}

TEST(ConfigDiff, WhatComesFromTheEnvironmentIsCalledByTheVariable) {
  ::setenv("DIFF_NUMBER", "7", 1);
  const auto before = "limits:\n  connections: ${DIFF_NUMBER}" + kFeeds;
  EXPECT_THAT(diff(before, "limits: {connections: 8}" + kFeeds),
              ElementsAre("~ limits.connections ${DIFF_NUMBER} -> 8"));
  EXPECT_THAT(diff(before, "limits: {connections: 7}" + kFeeds), IsEmpty());
  EXPECT_THAT(config_diff(shown(view(before)), view(before)), IsEmpty());
}

TEST(ConfigDiff, ALineOfManyChangesIsShort) {
  std::vector<ConfigChange> changes;
  EXPECT_EQ(changes_text(changes, 100), "");
  for (int i = 0; i < 1000; ++i) {
    changes.push_back({ConfigChange::Kind::kAdded, "", "kraken: S" + std::to_string(i)});
  }
  const auto text = changes_text(changes, 100);
  EXPECT_THAT(text, testing::StartsWith("+ kraken: S0; + kraken: S1; "));
  EXPECT_THAT(text, testing::EndsWith(" more"));
  EXPECT_LE(text.size(), 100U);
  changes.resize(2);
  EXPECT_EQ(changes_text(changes, 100), "+ kraken: S0; + kraken: S1");
}

TEST(KeepFixed, KeepsWhatCannotChangeAndTakesTheRest) {
  const auto running = parse("server: {shards: 1, drain_time: 1s}\nbars: {grace: 2s}" + kFeeds);
  const auto next = parse(
      "server: {shards: 2, drain_time: 2s, listen: \"127.0.0.1:1\","
      " tls: {certificate: /etc/passwd, key: /etc/passwd}}\nbars: {kept: 5}" +
      kFeeds);
  const auto kept = keep_fixed(running.config, next.config);
  EXPECT_EQ(kept.server.shards, 1U);
  EXPECT_EQ(kept.server.listen.text(), "127.0.0.1:8080");
  EXPECT_FALSE(kept.server.tls.has_value());
  EXPECT_EQ(kept.bars.grace, std::chrono::seconds(2));
  EXPECT_EQ(kept.bars.kept, 1000U);
  EXPECT_EQ(kept.server.drain_time, std::chrono::seconds(2));
  // What is shown is what runs, and the next reload finds the same difference again.
  const auto after = keep_fixed(config_view(running.config), config_view(next.config));
  EXPECT_THAT(config_diff(after, config_view(kept)), IsEmpty());
  for (const auto& change : config_diff(after, config_view(next.config))) {
    EXPECT_EQ(change.kind, ConfigChange::Kind::kFixed) << change.line();
  }
}

}  // namespace
}  // namespace tickgate::gateway
