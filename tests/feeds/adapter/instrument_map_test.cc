// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/instrument_map.h"

#include <gtest/gtest.h>

#include "tests/support/recording_events.h"

namespace tickgate::feeds {

TEST(InstrumentMap, FindsAnEntryByVenueSymbolAndById) {
  schemas::InstrumentRegistry registry;
  registry.add("kraken", "ETH-USD");
  InstrumentMap<int> map("kraken", registry);
  const auto [entry, fresh] = map.add("BTC/USD", "BTC-USD");
  ASSERT_NE(entry, nullptr);
  EXPECT_TRUE(fresh);
  entry->state = 7;
  EXPECT_EQ(entry->instrument().symbol, "KRAKEN:BTC-USD");
  EXPECT_EQ(map.find("BTC/USD"), entry);
  EXPECT_EQ(map.find(entry->id())->state, 7);
  EXPECT_EQ(map.find("ETH/USD"), nullptr);
  EXPECT_EQ(map.find(registry.find("KRAKEN:ETH-USD")->id), nullptr);
}

TEST(InstrumentMap, TheSameSymbolOrInstrumentIsOneEntry) {
  schemas::InstrumentRegistry registry;
  InstrumentMap<int> map("kraken", registry);
  auto* const first = map.add("BTC/USD", "BTC-USD").first;
  EXPECT_EQ(map.add("BTC/USD", "BTC-USD"), std::pair(first, false));
  EXPECT_EQ(map.add("XBT/USD", "BTC-USD"), std::pair(first, false));
  EXPECT_EQ(map.find("XBT/USD"), first);
  EXPECT_EQ(map.size(), 1U);
}

TEST(InstrumentMap, OneSymbolMayFeedSeveralInstruments) {
  schemas::InstrumentRegistry registry;
  InstrumentMap<int> map("coinbase", registry);
  auto* const entry = map.add("ABC-USD", "ABC-USD").first;
  EXPECT_TRUE(map.add_alias(*entry, "ABC-USDC"));
  EXPECT_FALSE(map.add_alias(*entry, "ABC-USDC"));
  EXPECT_FALSE(map.add_alias(*entry, "ABC-USD"));
  EXPECT_FALSE(map.add_alias(*entry, "NO PAIR"));
  EXPECT_EQ(map.find(registry.find("COINBASE:ABC-USDC")->id), entry);
  std::string all;
  entry->for_each_instrument([&](const schemas::Instrument& one) { all += one.symbol + " "; });
  EXPECT_EQ(all, "COINBASE:ABC-USD COINBASE:ABC-USDC ");
  EXPECT_EQ(map.size(), 1U);
}

TEST(InstrumentMap, RefusesAPairThatIsNoSymbol) {
  schemas::InstrumentRegistry registry;
  InstrumentMap<int> map("binance", registry);
  for (const std::string_view pair :
       {"", "币\xE5-USDT", "BTC-", "A B-C", "BTC-USD-X", "\\u5e01-T"}) {
    EXPECT_EQ(map.add("X", pair).first, nullptr) << pair;
  }
  EXPECT_EQ(map.size(), 0U);
  EXPECT_EQ(registry.size(), 0U);
}

TEST(InstrumentMap, FindsANameInEitherOfJsonsSpellings) {
  schemas::InstrumentRegistry registry;
  InstrumentMap<int> map("binance", registry);
  const auto* const entry = map.add("币安USDT", "币安-USDT").first;
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(map.find("币安USDT"), entry);
  EXPECT_EQ(map.find(R"(\u5e01\u5B89USDT)"), entry);
  EXPECT_EQ(map.find(R"(\u5e01USDT)"), nullptr);
  EXPECT_EQ(map.find(R"(\u5e0)"), nullptr);
}

TEST(InstrumentMap, WhatIsRemovedIsFoundNoMoreAndAnEntryLastsAsLongAsItFeedsAny) {
  schemas::InstrumentRegistry registry;
  InstrumentMap<int> map("coinbase", registry);
  auto* const entry = map.add("ABC-USD", "ABC-USD").first;
  map.add("XYZ-USD", "XYZ-USD");
  map.add_spelling(*entry, "ABC-USDC");
  EXPECT_TRUE(map.add_alias(*entry, "ABC-USDC"));
  const auto first = entry->id(), alias = registry.find("COINBASE:ABC-USDC")->id;
  EXPECT_FALSE(map.remove(first));
  EXPECT_EQ(map.find("ABC-USD"), entry);
  EXPECT_EQ(entry->instrument().symbol, "COINBASE:ABC-USDC");
  EXPECT_TRUE(entry->aliases.empty());
  EXPECT_FALSE(map.remove(first)) << "it is gone";
  EXPECT_TRUE(map.remove(alias));
  EXPECT_EQ(map.find("ABC-USD"), nullptr);
  EXPECT_EQ(map.find("ABC-USDC"), nullptr);
  EXPECT_EQ(map.find(alias), nullptr);
  EXPECT_EQ(map.size(), 1U);
  EXPECT_TRUE(map.add("ABC-USD", "ABC-USD").second);
}

}  // namespace tickgate::feeds
