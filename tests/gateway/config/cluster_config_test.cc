// SPDX-License-Identifier: Apache-2.0
// What stands under `publish` and in a feed of venue nats, each mistake in it, and what a reload
// makes of a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/config/cluster_values.h"
#include "gateway/config/config_diff.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/config_view.h"
#include "gateway/config/descriptor_plan.h"
#include "gateway/config/keep_fixed.h"
#include "gateway/config/key_table.h"

namespace tickgate::gateway {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kFile = TICKGATE_TEST_DATA "/access/keys.json";
const std::string kFeeds = "feeds: [{venue: kraken, symbols: [BTC-USD]}]\n";
const std::string kEdge = "feeds: [{venue: nats, url: 'nats://127.0.0.1:4222'}]\n";
const std::string kPublish = "publish: {nats: {url: 'nats://127.0.0.1:4222'}}\n";

LoadResult parse(const std::string& text) { return parse_config(text, "t.yaml", 1'000'000); }

ConfigView view(const std::string& text) {
  const auto result = parse(text);
  EXPECT_THAT(result.errors, IsEmpty());
  return config_view(result.config, result.file.places);
}

TEST(ClusterValues, AUrlIsASchemeAHostAndPerhapsAPort) {
  for (const char* good : {"nats://10.0.0.5:4222", "nats://nats", "tls://a.example.com:1",
                           "nats://[::1]:4222", "tls://[fe80::1]"}) {
    EXPECT_TRUE(is_nats_url(good)) << good;
  }
  for (const char* bad :
       {"", "nats", "10.0.0.5:4222", "http://a", "nats://", "nats://a:0", "nats://a:65536",
        "nats://a:", "nats://u:p@a:4222", "nats://token@a", "nats://a/b", "nats://a?x=1",
        "nats://[::1", "nats://a b", "nats://[]:1"}) {
    EXPECT_FALSE(is_nats_url(bad)) << bad;
  }
}

TEST(ClusterValues, APrefixIsWordsWithDotsBetweenThem) {
  for (const char* good : {"tickgate.v1", "a", "desk-7.prod_2"}) {
    EXPECT_TRUE(is_subject_prefix(good)) << good;
  }
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a.*", "a.>", "a b", "\xC3\xA4"}) {
    EXPECT_FALSE(is_subject_prefix(bad)) << bad;
  }
  EXPECT_FALSE(is_subject_prefix(std::string(65, 'a')));
}

TEST(ClusterConfig, ReadsAnIngest) {
  const auto result = parse(kFeeds + R"(
publish:
  nats:
    url: ["nats://a:4222", "tls://b"]
    name: ingest-a
    user: me
    password_file: )" + kFile +
                            R"(
    subject_prefix: desk.v2
    bars: [1s, 1h]
    replicas: 3
    trades_age: 5m
    trades_memory: 64MiB
    trades_storage: file
)");
  ASSERT_THAT(result.errors, IsEmpty());
  ASSERT_TRUE(result.config.publish.has_value());
  EXPECT_FALSE(result.config.edge.has_value());
  const auto& publish = *result.config.publish;
  EXPECT_THAT(publish.nats.url, ElementsAre("nats://a:4222", "tls://b"));
  EXPECT_EQ(publish.name, "ingest-a");
  EXPECT_EQ(publish.nats.user, "me");
  EXPECT_EQ(publish.nats.password_file, kFile);
  EXPECT_EQ(publish.nats.subject_prefix, "desk.v2");
  EXPECT_THAT(publish.bars, ElementsAre("1s", "1h"));
  EXPECT_EQ(publish.replicas, 3U);
  EXPECT_EQ(publish.trades_age, minutes(5));
  EXPECT_EQ(publish.trades_memory, 64U << 20U);
  EXPECT_EQ(publish.trades_storage, TradesStorage::kFile);
}

TEST(ClusterConfig, ReadsAnEdgeWhichHasNoOtherFeed) {
  const auto result = parse(
      "feeds: [{venue: nats, url: 'nats://127.0.0.1:4222', symbols: ['KRAKEN:*', '*:BTC-USD'], "
      "linger: 5s}]");
  ASSERT_THAT(result.errors, IsEmpty());
  ASSERT_TRUE(result.config.edge.has_value());
  EXPECT_THAT(result.config.feeds, IsEmpty());
  EXPECT_THAT(result.config.edge->nats.url, ElementsAre("nats://127.0.0.1:4222"));
  EXPECT_EQ(result.config.edge->nats.subject_prefix, "tickgate.v1");
  EXPECT_THAT(result.config.edge->symbols, ElementsAre("KRAKEN:*", "*:BTC-USD"));
  EXPECT_EQ(result.config.edge->linger, seconds(5));
}

TEST(ClusterConfig, WithoutThemThereIsNeither) {
  const auto result = parse(kFeeds);
  EXPECT_FALSE(result.config.publish.has_value());
  EXPECT_FALSE(result.config.edge.has_value());
}

TEST(ClusterConfig, ARelayIsBoth) {
  const auto result = parse(kPublish + kEdge);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_TRUE(result.config.publish.has_value() && result.config.edge.has_value());
}

struct Mistake {
  std::string text, error;
};

TEST(ClusterConfig, EachMistakeIsSaid) {
  const std::string edge = "feeds: [{venue: nats, url: 'nats://a'";
  const std::vector<Mistake> mistakes = {
      {"publish: {}\n" + kFeeds, "t.yaml:1: publish.nats: missing, expected where to publish"},
      {"publish: {nats: {}}\n" + kFeeds,
       "t.yaml:1: publish.nats.url: missing, expected a server like nats://10.0.0.5:4222"},
      {"publish: {nats: {url: 'nats://a', bars: [2m]}}\n" + kFeeds,
       "publish.nats.bars[0]: expected 1s, 1m, 5m, 15m, 1h, 4h or 1d, got \"2m\""},
      {"publish: {nats: {url: 'nats://a', nme: x}}\n" + kFeeds,
       "publish.nats.nme: unknown key, did you mean \"name\"?"},
      {"publish: {kafka: {}}\n" + kFeeds, "publish.kafka: unknown key"},
      {"feeds: [{venue: nats}]", "feeds[0].url: missing"},
      {edge + ", book_depth: 10}]", "feeds[0].book_depth: unknown key"},
      {edge + ", symbols: [BTC-USD]}]", "feeds[0].symbols[0]: expected a symbol like"},
      {edge + "}, {venue: kraken, symbols: [BTC-USD]}]",
       "feeds[0].venue: expected no other feed beside one of venue nats"},
      {edge + "}, {venue: nats, url: 'nats://b'}]",
       "feeds[1].venue: expected no other feed beside one of venue nats"},
      {edge + "}]\nbars: {kept: 5}", "t.yaml:2: bars: not beside a feed of venue nats"},
      {edge + "}]\nconsolidated: [{pairs: ['*']}]",
       "t.yaml:2: consolidated: not beside a feed of venue nats"},
      {edge + ", user: me}]", "feeds[0].user: expected user and password_file together"},
      {edge + ", key: " + kFile + "}]", "feeds[0].key: expected certificate and key together"},
      {edge + ", nkey_file: " + kFile + ", credentials_file: " + kFile + "}]",
       "feeds[0].nkey_file: expected one of credentials_file, nkey_file and user, got "
       "credentials_file too"},
      {edge + ", credentials_file: /nowhere}]",
       "feeds[0].credentials_file: expected a readable file"},
      {"server: {ready_quorum: 2}\n" + kEdge,
       "ready_quorum: expected at most the number of feeds, 1"},
  };
  for (const auto& [text, error] : mistakes) {
    EXPECT_THAT(parse(text).errors, ::testing::Contains(HasSubstr(error))) << text;
  }
}

// It may have a password in it.
TEST(ClusterConfig, AWrongUrlIsNotQuoted) {
  for (const char* const url : {"'nats://me:secret@a'", "['nats://a', 'nats://secret@b']"}) {
    const auto result = parse(kFeeds + "publish: {nats: {url: " + url + "}}");
    ASSERT_THAT(result.errors, ::testing::SizeIs(1));
    EXPECT_THAT(result.errors[0], HasSubstr("expected nats://host:port or tls://host:port"));
    EXPECT_THAT(result.errors[0], Not(HasSubstr("secret")));
  }
}

TEST(ClusterConfig, OfTheEnvironmentTheNameIsShown) {
  ::setenv("TICKGATE_TEST_NATS", "nats://10.1.2.3:4222", 1);
  const auto seen = view("feeds: [{venue: nats, url: '${TICKGATE_TEST_NATS}'}]");
  const auto* const section = edge_section(seen);
  ASSERT_NE(section, nullptr);
  EXPECT_EQ(section->find("venue")->text, "nats");
  EXPECT_THAT(section->find("url")->text, Not(HasSubstr("10.1.2.3")));
  ::unsetenv("TICKGATE_TEST_NATS");
}

std::vector<std::string> diff(const std::string& running, const std::string& next) {
  std::vector<std::string> lines;
  for (const auto& change : config_diff(view(running), view(next))) lines.push_back(change.line());
  return lines;
}

TEST(ClusterConfig, EachChangeOfItNeedsARestart) {
  for (const auto& row : key_rows(PublishConfig{})) {
    EXPECT_EQ(row.key.in_force, InForce::kNextStart) << row.key.name;
  }
  for (const auto& row : key_rows(EdgeConfig{})) {
    if (row.key.name == "venue") continue;
    EXPECT_EQ(row.key.in_force, InForce::kNextStart) << row.key.name;
  }
  EXPECT_THAT(diff(kFeeds, kPublish + kFeeds), ElementsAre("! publish is new: needs a restart"));
  EXPECT_THAT(diff(kPublish + kFeeds, kFeeds), ElementsAre("! publish is gone: needs a restart"));
  EXPECT_THAT(diff(kPublish + kFeeds,
                   "publish: {nats: {url: 'nats://127.0.0.1:4222', replicas: 3}}\n" + kFeeds),
              ElementsAre("! publish.nats.replicas 1 -> 3: needs a restart"));
  EXPECT_THAT(diff(kFeeds, kEdge),
              ElementsAre("! feeds: one of venue nats is new: needs a restart"));
  EXPECT_THAT(diff(kEdge, kFeeds),
              ElementsAre("! feeds: one of venue nats is gone: needs a restart"));
  EXPECT_THAT(diff(kEdge, "feeds: [{venue: nats, url: 'nats://b', linger: 1s}]"),
              ElementsAre("! feed nats: url nats://127.0.0.1:4222 -> nats://b: needs a restart",
                          "! feed nats: linger 30s -> 1s: needs a restart"));
}

TEST(ClusterConfig, WhatRunsIsKept) {
  const auto feeds = parse(kFeeds).config, edge = parse(kEdge).config,
             ingest = parse(kPublish + kFeeds).config;
  const auto still_feeds = keep_fixed(feeds, edge);
  EXPECT_FALSE(still_feeds.edge.has_value());
  EXPECT_EQ(still_feeds.feeds.size(), 1U);
  const auto still_edge = keep_fixed(edge, feeds);
  EXPECT_EQ(still_edge.edge, edge.edge);
  EXPECT_THAT(still_edge.feeds, IsEmpty());
  EXPECT_FALSE(keep_fixed(feeds, ingest).publish.has_value());
  EXPECT_EQ(keep_fixed(ingest, feeds).publish, ingest.publish);
  // What is shown is what runs.
  EXPECT_EQ(edge_section(keep_fixed(view(kFeeds), view(kEdge))), nullptr);
  EXPECT_NE(edge_section(keep_fixed(view(kEdge), view(kFeeds))), nullptr);
  constexpr auto kPlain = ConfigView::Section::Kind::kPlain;
  EXPECT_EQ(keep_fixed(view(kFeeds), view(kPublish + kFeeds)).find(kPlain, "publish.nats"),
            nullptr);
}

TEST(ClusterConfig, AConnectionToNatsHasItsOpenFiles) {
  const auto without = plan_descriptors(parse(kFeeds).config, 10'000).kept;
  EXPECT_GT(plan_descriptors(parse(kPublish + kFeeds).config, 10'000).kept, without);
}

}  // namespace
}  // namespace tickgate::gateway
