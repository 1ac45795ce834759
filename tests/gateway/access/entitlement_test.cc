// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/entitlement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using ::testing::SizeIs;

SymbolList patterns(std::initializer_list<std::string_view> texts) {
  std::vector<SymbolPattern> out;
  for (const auto text : texts) out.push_back(*SymbolPattern::parse(text));
  return SymbolList(std::move(out));
}

schemas::Instrument instrument(const std::string& symbol) {
  schemas::Instrument one;
  one.symbol = symbol;
  return one;
}

TEST(Granted, WhereNobodySaysAnythingAllIsGiven) {
  const auto grant = granted({}, nullptr, {});
  EXPECT_TRUE(gives_the_same(grant, Grant{}));
  EXPECT_TRUE(grant.allows(instrument("KRAKEN:BTC-USD")));
}

TEST(Granted, IsTheStricterOfClaimAndPlanInEachRespect) {
  Entitlement own, plan;
  own.depth = 10;
  plan.depth = 5;
  own.min_interval_ms = 100;
  plan.min_interval_ms = 500;
  own.delay_s = 900;
  plan.delay_s = 0;
  own.connections = 0;  // no limit
  plan.connections = 3;
  own.subscriptions = 10;
  plan.subscriptions = 20;
  own.channels = 0b011;
  plan.channels = 0b110;
  const auto grant = granted(own, &plan, {});
  EXPECT_EQ(grant.depth, 5);
  EXPECT_EQ(grant.min_interval_ms, 500U);
  EXPECT_EQ(grant.delay_s, 900U);
  EXPECT_EQ(grant.connections, 3U);
  EXPECT_EQ(grant.subscriptions, 10U);
  EXPECT_EQ(grant.channels, 0b010);
}

TEST(Granted, SymbolsHaveToBeInBoth) {
  Entitlement own, plan;
  own.symbols = patterns({"KRAKEN:*", "COINBASE:BTC-USD"});
  plan.symbols = patterns({"*:BTC-USD"});
  const auto grant = granted(own, &plan, {});
  EXPECT_TRUE(grant.allows(instrument("KRAKEN:BTC-USD")));
  EXPECT_TRUE(grant.allows(instrument("COINBASE:BTC-USD")));
  EXPECT_FALSE(grant.allows(instrument("KRAKEN:ETH-USD")));
  EXPECT_FALSE(grant.allows(instrument("BINANCE:BTC-USD")));
}

TEST(Granted, DefaultsAreForWhatNeitherSays) {
  Entitlement own, plan, defaults;
  plan.depth = 20;
  defaults.depth = 1;
  defaults.connections = 2;
  defaults.symbols = patterns({"SIM:*"});
  own.symbols = patterns({"KRAKEN:*"});
  const auto grant = granted(own, &plan, defaults);
  EXPECT_EQ(grant.depth, 20);
  EXPECT_EQ(grant.connections, 2U);
  EXPECT_THAT(grant.symbols, SizeIs(1));
  EXPECT_TRUE(grant.allows(instrument("KRAKEN:BTC-USD")));
}

TEST(Granted, AnEmptyListIsNothing) {
  Entitlement own;
  own.symbols.emplace();
  EXPECT_FALSE(granted(own, nullptr, {}).allows(instrument("KRAKEN:BTC-USD")));
}

}  // namespace
}  // namespace tickgate::gateway
