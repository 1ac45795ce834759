// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/descriptor_plan.h"

#include <gtest/gtest.h>

#include <string>

#include "feeds/venues/all.h"

namespace tickgate::gateway {
namespace {

Config config_of(std::string_view venue, std::size_t symbols) {
  Config config;
  config.server.shards = 2;
  auto& feed = config.feeds.emplace_back();
  feed.venue = feeds::find_venue(venue);
  for (std::size_t i = 0; i < symbols; ++i) feed.symbols.push_back("A-" + std::to_string(i));
  return config;
}

TEST(DescriptorPlan, WhatIsKeptAndWhatClientsHaveAreTheLimitTogether) {
  for (const std::uint64_t limit : {160ULL, 200ULL, 1024ULL, 20'000ULL, 1'000'000'000ULL}) {
    const auto plan = plan_descriptors(config_of("kraken", 3), limit);
    EXPECT_EQ(plan.kept + plan.clients, limit);
    EXPECT_LT(plan.connections, plan.clients) << "somebody can still come to the door";
    EXPECT_GT(plan.connections, 0U);
    EXPECT_GE(plan.kept, plan.admin + 2 * 12 + 2 + 4) << "shards, a connection and its successor";
  }
}

TEST(DescriptorPlan, EachConnectionOfAFeedHasItsOwnAndMadeUpOnesNeedNone) {
  const auto& facts = feeds::find_venue("binance")->facts;
  ASSERT_GT(facts.symbols_per_connection, 0U);
  const auto one = plan_descriptors(config_of("binance", 1), 10'000).kept;
  const auto full = plan_descriptors(config_of("binance", facts.symbols_per_connection), 10'000);
  const auto more =
      plan_descriptors(config_of("binance", facts.symbols_per_connection + 1), 10'000);
  EXPECT_EQ(full.kept, one);
  EXPECT_EQ(more.kept, one + 2);
  EXPECT_EQ(plan_descriptors(config_of("simulator", 0), 10'000).kept, one - 6);
}

TEST(DescriptorPlan, TwoLinesTakeTwiceAsManyAndCheckSaysSo) {
  auto config = config_of("binance", 300);
  EXPECT_EQ(lines_text(config), "");
  const auto one = plan_descriptors(config, 10'000).kept;
  config.feeds[0].name = "binance";
  config.feeds[0].lines = 2;
  EXPECT_EQ(plan_descriptors(config, 10'000).kept, one + 4 + 2 * 2);
  EXPECT_EQ(
      lines_text(config),
      "binance: two lines take 4 connections in place of 2, and twice the requests; the first "
      "to bring an update wins\n");
  config = config_of("kraken", 3);
  config.feeds[0].lines = 2;
  EXPECT_NE(lines_text(config).find("a warm spare"), std::string::npos);
}

TEST(DescriptorPlan, TooFewForAnybodyIsSaidByZero) {
  for (const std::uint64_t limit : {0ULL, 3ULL, 60ULL}) {
    const auto plan = plan_descriptors(config_of("kraken", 3), limit);
    EXPECT_EQ(plan.clients, 0U);
    EXPECT_EQ(plan.connections, 0U);
  }
}

}  // namespace
}  // namespace tickgate::gateway
