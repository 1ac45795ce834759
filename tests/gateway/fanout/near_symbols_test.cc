// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/near_symbols.h"

#include <gmock/gmock.h>

#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class NearSymbolsTest : public testing::Test {
 protected:
  NearSymbolsTest() {
    for (const auto* pair : {"BTC-USD", "BTC-EUR", "ETH-USD", "DOGE-USD", "BTC_PERP-INTX"}) {
      symbols.add(registry.add("kraken", pair));
    }
    for (const auto* pair : {"BTC-USDT", "ETH-BTC"}) symbols.add(registry.add("binance", pair));
    symbols.add(registry.add("coinbase", "BTC-USD"));
  }
  schemas::InstrumentRegistry registry;
  NearSymbols symbols;
};

TEST_F(NearSymbolsTest, TheSameLettersAtTheVenueNamedOrAtAll) {
  for (const auto* text :
       {"KRAKEN:BTC/USD", "kraken:btc-usd", "KRAKEN:BTCUSD", "KRAKEN:XBT/USD", "Kraken:btc_usd"}) {
    EXPECT_THAT(symbols.near(text), ElementsAre("KRAKEN:BTC-USD")) << text;
  }
  for (const auto* text : {"BTC-USD", "btc/usd", "BTCUSD", ":btc.usd", "BITSTAMP:BTC-USD"}) {
    EXPECT_THAT(symbols.near(text), ElementsAre("COINBASE:BTC-USD", "KRAKEN:BTC-USD")) << text;
  }
  EXPECT_THAT(symbols.near("BTCUSDT"), ElementsAre("BINANCE:BTC-USDT"));
  EXPECT_THAT(symbols.near("XDG/USD"), ElementsAre("KRAKEN:DOGE-USD"));
  EXPECT_THAT(symbols.near("BTC-PERP-INTX"), ElementsAre("KRAKEN:BTC_PERP-INTX"));
}

TEST_F(NearSymbolsTest, ElseTheSameBaseThreeAtMost) {
  EXPECT_THAT(symbols.near("KRAKEN:BTC-USDX"), ElementsAre("KRAKEN:BTC-EUR", "KRAKEN:BTC-USD"));
  EXPECT_THAT(symbols.near("ETH-GBP"), ElementsAre("BINANCE:ETH-BTC", "KRAKEN:ETH-USD"));
  EXPECT_THAT(symbols.near("BTC"), SizeIs(3));
}

TEST_F(NearSymbolsTest, WhatIsLikeNothingHasNone) {
  for (const auto& text :
       {std::string(), std::string(":"), std::string("*"), std::string("-"), std::string("KRAKEN:"),
        std::string("NOPE-USD"), std::string("\xff"), std::string(100'000, 'B')}) {
    EXPECT_THAT(symbols.near(text), IsEmpty()) << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace tickgate::gateway
