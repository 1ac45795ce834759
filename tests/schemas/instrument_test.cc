// SPDX-License-Identifier: Apache-2.0
#include "schemas/instrument.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tickgate::schemas {
namespace {

TEST(SplitSymbol, TakesASymbolApart) {
  struct Case {
    std::string_view symbol, venue, base, quote;
  };
  for (const auto& [symbol, venue, base, quote] : std::vector<Case>{
           {"KRAKEN:BTC-USD", "KRAKEN", "BTC", "USD"},
           {"BINANCE:1000SATS-USDT", "BINANCE", "1000SATS", "USDT"},
           {"SIM:QUIET", "SIM", "QUIET", ""},
           {"KRAKEN:ETH2.S-USD_x", "KRAKEN", "ETH2.S", "USD_x"},
           {"BINANCE:币安人生-USDT", "BINANCE", "币安人生", "USDT"},
           {"BINANCE:1000币-人民币", "BINANCE", "1000币", "人民币"},
           {"BINANCE:É🚀-USDT", "BINANCE", "É🚀", "USDT"},
       }) {
    const auto parts = split_symbol(symbol);
    ASSERT_TRUE(parts.has_value()) << symbol;
    EXPECT_EQ(parts->venue, venue);
    EXPECT_EQ(parts->base, base);
    EXPECT_EQ(parts->quote, quote);
  }
}

TEST(SplitSymbol, RefusesWhatIsNotASymbol) {
  for (const std::string_view symbol :
       {"", ":", "KRAKEN", "KRAKEN:", ":BTC-USD", "KRAKEN:-USD", "KRAKEN:BTC-", "KRAKEN:BTC-USD-X",
        "KRAKEN:BTC/USD", "KRAKEN:BTC USD", "KRAKEN:A:B", "KRAKEN:*", "*:BTC-USD", "KRÄKEN:BTC-USD",
        "KRAKEN:BTC-US\"D", "KRAKEN:BTC-US\\D"}) {
    EXPECT_FALSE(split_symbol(symbol).has_value()) << symbol;
  }
}

TEST(SplitSymbol, RefusesWhatIsNotUtf8OrCannotBeSeen) {
  for (const std::string_view part : {
           "\xE5\xB8",          // cut off
           "\x81",              // no lead
           "\xC1\x81",          // "A", overlong
           "\xED\xA0\x80",      // a surrogate
           "\xF4\x90\x80\x80",  // beyond Unicode
           "\xFF",
           "\xC2\x85",  // a control character
           "\u00A0",    // spaces
           "\u3000",
           "\u200B",  // of zero width
           "\u200D",
           "\uFEFF",
           "\u202E",  // the direction of writing
           "\u2066",
           "\uFFFD",  // was not read
           "\uE000",
           "\U000E0041",
       }) {
    for (const auto& symbol : std::vector<std::string>{
             "BINANCE:" + std::string(part) + "-USDT", "BINANCE:A" + std::string(part) + "B-USDT",
             "BINANCE:BTC-" + std::string(part), "BIN" + std::string(part) + ":BTC-USDT"}) {
      EXPECT_FALSE(split_symbol(symbol).has_value()) << symbol;
    }
  }
}

TEST(SplitSymbol, CountsItsLengthInBytes) {
  const std::string_view letter = "币";
  std::string symbol = "BINANCE:A-";
  while (symbol.size() < kMostSymbolBytes) symbol.append(letter);
  ASSERT_EQ(symbol.size(), kMostSymbolBytes);
  EXPECT_TRUE(split_symbol(symbol).has_value());
  EXPECT_FALSE(split_symbol(symbol + "A").has_value());
}

TEST(InstrumentRegistry, GivesDenseIdsAndTheSameOneForTheSameSymbol) {
  InstrumentRegistry registry;
  const Instrument& btc = registry.add("kraken", "BTC-USD");
  const Instrument& eth = registry.add("kraken", "ETH-USD");
  const Instrument& elsewhere = registry.add("coinbase", "BTC-USD");
  EXPECT_EQ(btc.id, InstrumentId{0});
  EXPECT_EQ(eth.id, InstrumentId{1});
  EXPECT_EQ(elsewhere.id, InstrumentId{2});
  EXPECT_EQ(&registry.add("kraken", "BTC-USD"), &btc);
  EXPECT_EQ(registry.size(), 3U);
  EXPECT_EQ(btc.symbol, "KRAKEN:BTC-USD");
  EXPECT_EQ(btc.venue, "kraken");
  EXPECT_EQ(btc.base, "BTC");
  EXPECT_EQ(btc.quote, "USD");
}

TEST(InstrumentRegistry, FindsByItsWholeSymbolOnly) {
  InstrumentRegistry registry;
  const Instrument& btc = registry.add("kraken", "BTC-USD");
  EXPECT_EQ(registry.find("KRAKEN:BTC-USD"), &btc);
  EXPECT_EQ(&registry.at(btc.id), &btc);
  for (const std::string_view symbol : {"", "BTC-USD", "KRAKEN:BTC-USDT", "kraken:BTC-USD"}) {
    EXPECT_EQ(registry.find(symbol), nullptr) << symbol;
  }
}

TEST(InstrumentRegistry, ReferencesStayValidWhileItGrowsUnderSeveralThreads) {
  InstrumentRegistry registry;
  const Instrument& first = registry.add("sim", "FIRST");
  constexpr int kPairs = 2000;
  const auto add_all = [&] {
    for (int i = 0; i < kPairs; ++i) {
      const auto& instrument = registry.add("sim", "S" + std::to_string(i));
      EXPECT_EQ(&registry.at(instrument.id), &instrument);
    }
  };
  std::array threads = {std::thread(add_all), std::thread(add_all), std::thread(add_all)};
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(registry.size(), 1U + kPairs);
  EXPECT_EQ(registry.find("SIM:FIRST"), &first);
  EXPECT_EQ(first.symbol, "SIM:FIRST");
}

TEST(InstrumentRegistryDeathTest, PairOfNoPlainTextIsOurOwnMistake) {
  InstrumentRegistry registry;
  EXPECT_DEATH(registry.add("kraken", "BTC/USD"), "broken invariant");
  EXPECT_DEATH(registry.at(InstrumentId{0}), "broken invariant");
}

}  // namespace
}  // namespace tickgate::schemas
