// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/snapshot_fetches.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using testing::quote;

class SnapshotFetchesTest : public ::testing::Test {
 protected:
  SnapshotFetchesTest() {
    for (const auto* const one : {&btc, &eth}) {
      fan_out.on_instrument(*one);
      fan_out.on_tick(testing::status(*one, 1, schemas::State::kLive));
    }
  }
  bool fetch(std::vector<MissingValue> values) {
    return fetches.fetch(std::move(values), fan_out, now, [this] { ++done; });
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{{}, "EPOCH"};
  feeds::Demand demand;
  SnapshotFetches fetches{demand};
  Monotonic now = 1s;
  int done = 0;
};

TEST_F(SnapshotFetchesTest, WhatIsAskedForIsWantedUntilAllOfItHasCome) {
  ASSERT_TRUE(fetch({{btc.id, Channel::kQuote}, {eth.id, Channel::kQuote}}));
  EXPECT_EQ(demand.of(btc.id, Channel::kQuote), 1U);
  EXPECT_EQ(demand.of(btc.id, Channel::kBook), 0U);
  fan_out.on_tick(quote(btc, 1));
  fetches.look(now += 100ms);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(demand.of(btc.id, Channel::kQuote), 1U);
  fan_out.on_tick(quote(eth, 1));
  fetches.look(now += 100ms);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(fetches.waiting(), 0U);
  EXPECT_EQ(demand.of(btc.id) + demand.of(eth.id), 0U);
}

TEST_F(SnapshotFetchesTest, NobodyWaitsLongerThanASecond) {
  ASSERT_TRUE(fetch({{btc.id, Channel::kBook}}));
  fetches.look(now += 999ms);
  EXPECT_EQ(done, 0);
  fetches.look(now += 1ms);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(demand.of(btc.id), 0U);
}

TEST_F(SnapshotFetchesTest, SoManyWaitAndNoMore) {
  for (std::size_t i = 0; i < SnapshotFetches::kMost; ++i) {
    ASSERT_TRUE(fetch({{btc.id, Channel::kQuote}}));
  }
  EXPECT_FALSE(fetch({{btc.id, Channel::kQuote}}));
  EXPECT_EQ(demand.of(btc.id), SnapshotFetches::kMost);
  fetches.look(now += 1s);
  EXPECT_EQ(done, static_cast<int>(SnapshotFetches::kMost));
  std::vector<MissingValue> many(SnapshotFetches::kMostValues + 1, {btc.id, Channel::kQuote});
  EXPECT_FALSE(fetch(many));
  many.pop_back();
  EXPECT_TRUE(fetch(many));
  EXPECT_FALSE(fetch({{eth.id, Channel::kQuote}}));
}

TEST_F(SnapshotFetchesTest, WhoGoesWantsNothingAnyMore) {
  {
    SnapshotFetches others(demand);
    ASSERT_TRUE(others.fetch({{btc.id, Channel::kQuote}}, fan_out, now, [] {}));
  }
  EXPECT_EQ(demand.of(btc.id), 0U);
}

HttpRequest asked(const std::string& channel, const std::string& symbols) {
  HttpRequest request;
  request.query = {{"channel", channel}, {"symbols", symbols}};
  return request;
}

TEST_F(SnapshotFetchesTest, WhatIsMissingIsWhatAStateLetsOneExpect) {
  fan_out.on_tick(quote(btc, 1));
  const auto& halted = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(halted);
  fan_out.on_tick(testing::status(halted, 1, schemas::State::kDown));
  const auto missing = [&](const std::string& channel) {
    std::vector<MissingValue> all;
    EXPECT_EQ(snapshot_json(asked(channel, "*"), fan_out, {}, &all).status, 200U);
    return all;
  };
  const auto quotes = missing("quote");
  ASSERT_EQ(quotes.size(), 1U);
  EXPECT_EQ(quotes[0].instrument, eth.id);
  EXPECT_EQ(quotes[0].channel, Channel::kQuote);
  EXPECT_EQ(missing("book").size(), 2U);
  EXPECT_EQ(missing("trade").size(), 0U) << "each edge hears all of them";
  EXPECT_EQ(missing("status").size(), 0U);
}

}  // namespace
}  // namespace tickgate::gateway
