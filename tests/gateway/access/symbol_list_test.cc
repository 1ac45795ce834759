// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/symbol_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

std::vector<SymbolPattern> patterns(const std::vector<std::string>& texts) {
  std::vector<SymbolPattern> out;
  for (const auto& text : texts) out.push_back(SymbolPattern::parse(text).value());
  return out;
}

TEST(SymbolList, CoversWhatOneOfItsPatternsMatches) {
  const SymbolList list(patterns({"KRAKEN:*", "*:ETH-USD", "SIM:BTC-USD"}));
  for (const auto* const had : {"KRAKEN:BTC-USD", "BINANCE:ETH-USD", "SIM:BTC-USD"}) {
    EXPECT_TRUE(list.covers(had)) << had;
  }
  for (const auto* const other :
       {"SIM:BTC-US", "SIM:BTC-USDT", "KRAKE:BTC-USD", "", ":", "KRAKEN"}) {
    EXPECT_FALSE(list.covers(other)) << other;
  }
  EXPECT_TRUE(list.meets(*SymbolPattern::parse("SIM:*")));
  EXPECT_FALSE(SymbolList(patterns({"SIM:BTC-USD"})).meets(*SymbolPattern::parse("*:ETH-USD")));
}

TEST(SymbolList, WithoutAPatternItCoversNothing) {
  for (const auto& list : {SymbolList(), SymbolList(patterns({}))}) {
    EXPECT_FALSE(list.covers("SIM:BTC-USD"));
    EXPECT_TRUE(list.patterns().empty());
    EXPECT_TRUE(list == SymbolList());
  }
}

TEST(SymbolList, OfTheSamePatternsInTheSameOrderIsTheSame) {
  const SymbolList list(patterns({"SIM:A-USD", "SIM:B-USD"}));
  const SymbolList copy = list;
  EXPECT_TRUE(list == copy);
  EXPECT_TRUE(list == SymbolList(patterns({"SIM:A-USD", "SIM:B-USD"})));
  EXPECT_FALSE(list == SymbolList(patterns({"SIM:B-USD", "SIM:A-USD"})));
  EXPECT_FALSE(list == SymbolList(patterns({"SIM:A-USD"})));
  EXPECT_FALSE(list == SymbolList());
}

// By every size that its table may have, and by many that share their places in it.
TEST(SymbolList, SaysOfAnyTextWhatItsPatternsSay) {
  std::mt19937 random(7);
  const auto number = [&](unsigned below) { return std::to_string(random() % below); };
  for (unsigned size = 0; size < 200; ++size) {
    std::vector<std::string> texts;
    for (unsigned i = 0; i < size; ++i) {
      const auto kind = random() % 10;
      texts.push_back(kind == 0   ? "V" + number(40) + ":*"
                      : kind == 1 ? "*:P" + number(40) + "-USD"
                                  : "V" + number(40) + ":P" + number(40) + "-USD");
    }
    const auto all = patterns(texts);
    const SymbolList list(all);
    for (int i = 0; i < 200; ++i) {
      const auto symbol = "V" + number(50) + ":P" + number(50) + "-USD";
      const bool matched = std::ranges::any_of(
          all, [&](const SymbolPattern& pattern) { return pattern.matches(symbol); });
      ASSERT_EQ(list.covers(symbol), matched) << size << " " << symbol;
    }
  }
}

}  // namespace
}  // namespace tickgate::gateway
