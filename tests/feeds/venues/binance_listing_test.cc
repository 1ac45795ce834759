// SPDX-License-Identifier: Apache-2.0
// Which symbols Binance lists, which of them trade, and what it answers to a probe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/binance_symbols.h"
#include "tests/feeds/venues/binance_fixture.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Channel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::settings_of;

constexpr std::string_view kInvalid = R"({"code":-1121,"msg":"Invalid symbol."})";

class BinanceListing : public BinanceTest {
 protected:
  static std::string target(const std::string& symbols) {
    return "https://api.binance.com/api/v3/exchangeInfo?symbols=%5B" + symbols + "%5D";
  }
  // A list of these symbols, all of them of USDT.
  static std::string list(const std::vector<std::string>& bases, std::string_view status) {
    std::string symbols;
    for (const auto& base : bases) {
      symbols += fmt::format(
          R"({}{{"status":"{}","symbol":"{}USDT","baseAsset":"{}","quoteAsset":"USDT"}})",
          symbols.empty() ? "" : ",", status, base, base);
    }
    return fmt::format(R"({{"symbols":[{}]}})", symbols);
  }
  void later(std::int64_t seconds) {
    const testing::PaddedText frame(R"({"result":null,"id":999})");
    adapter->on_text(frame.view(), schemas::Timestamp{kReceived.value() + seconds * 1'000'000});
  }
  const std::string both_ = target("%22AUSDT%22%2C%22BUSDT%22");
  const std::string a_ = target("%22AUSDT%22"), b_ = target("%22BUSDT%22");
};

TEST_F(BinanceListing, TheListSaysWhatIsHaltedAndATradeThatItTradesAgain) {
  open();
  const auto info = [&](const char* status) {
    http(target("%22BTCUSDT%22"), 200,
         std::string(R"({"symbols":[{"status":")") + status +
             R"(","symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT"}]})");
    return events.take();
  };
  EXPECT_THAT(info("TRADING"), IsEmpty());
  EXPECT_THAT(info("BREAK"), ElementsAre("halted BINANCE:BTC-USDT"));
  EXPECT_EQ(events.reasons.back(), "BREAK");
  EXPECT_THAT(info("BREAK"), IsEmpty());
  EXPECT_THAT(info("TRADING"), ElementsAre("trading BINANCE:BTC-USDT"));
  info("HALT");
  trade(1);
  EXPECT_EQ(events.take().front(), "trading BINANCE:BTC-USDT");
}

TEST_F(BinanceListing, DiscoversByTheListElseByTheLongestKnownQuote) {
  AdapterSettings settings;
  settings.discover = true;
  open(settings);
  http("https://api.binance.com/api/v3/exchangeInfo", 200, file("exchange_info.json"));
  const auto quote = [this](const std::string& symbol) {
    text(R"({"data":{"u":1,"s":")" + symbol + R"(","b":"1","B":"2","a":"3","A":"4"}})");
    return events.take().front();
  };
  EXPECT_EQ(quote("RUNEEUR"), "instrument BINANCE:RUNE-EUR");  // in the list
  EXPECT_EQ(quote("BTCFDUSD"), "instrument BINANCE:BTC-FDUSD");
  EXPECT_EQ(quote("BNBETH"), "instrument BINANCE:BNB-ETH");
  EXPECT_EQ(quote("BNBETH"), "quote BINANCE:BNB-ETH 1x2 3x4");
  EXPECT_EQ(quote("USDT"), "anomaly unknown_instrument");
  EXPECT_EQ(quote("币\u200BUSDT"), "anomaly unknown_instrument");
  EXPECT_EQ(quote("\\u200bUSDT"), "anomaly unknown_instrument");
  EXPECT_EQ(registry.size(), 3U);
  EXPECT_EQ(quote("\\u5e01\\u5b89USDT"), "instrument BINANCE:币安-USDT");
  EXPECT_EQ(quote("币安USDT"), "quote BINANCE:币安-USDT 1x2 3x4");
}

TEST_F(BinanceListing, AListThatFailsIsAskedForAgainEverLater) {
  open(settings_of({"A-USDT", "B-USDT"}));
  http(both_, 503, "<html>");
  later(4);
  EXPECT_THAT(events.take(), IsEmpty());
  later(6);
  EXPECT_THAT(events.take(), ElementsAre("fetch " + both_));
  later(60);
  EXPECT_THAT(events.take(), IsEmpty());  // it is on its way
  http(both_, 200, R"({"symbols":[7]})");
  events.take();
  later(9);
  EXPECT_THAT(events.take(), IsEmpty());
  later(11);
  EXPECT_THAT(events.take(), ElementsAre("fetch " + both_));
  http(both_, 200, list({"A", "B"}, "TRADING"));
  later(1'000);
  EXPECT_THAT(events.take(), IsEmpty());  // the feed does it, by its period
}

TEST_F(BinanceListing, OneSymbolThatIsNotListedHarmsOnlyItself) {
  open(settings_of({"A-USDT", "B-USDT"}));
  http(both_, 400, kInvalid);
  EXPECT_THAT(events.take(), ElementsAre("fetch " + a_, "fetch " + b_));
  http(a_, 400, kInvalid);
  EXPECT_THAT(events.take(), ElementsAre("closed BINANCE:A-USDT"));
  http(b_, 200, list({"B"}, "BREAK"));
  EXPECT_THAT(events.take(), ElementsAre("halted BINANCE:B-USDT"));
  // The next time it is left out, and asked about by itself.
  http(both_, 400, kInvalid);
  EXPECT_THAT(events.take(), ElementsAre("fetch " + b_));
  http(b_, 200, list({"B"}, "TRADING"));
  EXPECT_THAT(events.take(), ElementsAre("trading BINANCE:B-USDT", "fetch " + a_));
  http(a_, 400, kInvalid);
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(BinanceListing, WhereNoneIsListedEachIsAskedAbout) {
  open(settings_of({"A-USDT", "B-USDT"}));
  for (const auto& url : {both_, a_, b_}) http(url, 400, kInvalid);
  EXPECT_EQ(events.count("closed"), 2U);
  events.take();
  http(both_, 400, kInvalid);
  EXPECT_THAT(events.take(), ElementsAre("fetch " + a_, "fetch " + b_));
}

TEST_F(BinanceListing, WhatAListLeavesOutIsClosedUntilItIsListedAgain) {
  open(settings_of({"A-USDT", "B-USDT"}));
  http(both_, 200, list({"B"}, "TRADING"));
  EXPECT_THAT(events.take(), ElementsAre("closed BINANCE:A-USDT", "fetch " + b_));
  EXPECT_EQ(events.reasons.back(), "not listed");
  http(b_, 200, list({"B"}, "TRADING"));
  EXPECT_THAT(events.take(), ElementsAre("fetch " + a_));
  http(a_, 200, list({"A"}, "TRADING"));
  const auto lines = events.take();
  EXPECT_EQ(lines.size(), 9U);  // two messages a stream
  EXPECT_EQ(lines.back(), "trading BINANCE:A-USDT");
}

TEST_F(BinanceListing, ASymbolNotListedYetIsAskedForWhenItSendsSomething) {
  open(settings_of({"BTC-USDT"}));
  http(kDepthTarget, 400, kInvalid);
  events.take();
  diff(100, 100, R"(["2","1"])", "");
  EXPECT_THAT(events.take(), IsEmpty());  // asked a moment ago
  later(3);
  const testing::PaddedText frame(file("book_ticker.json"));
  for (int i = 0; i < 3; ++i) {  // one question
    adapter->on_text(frame.view(), schemas::Timestamp{kReceived.value() + 3'000'000});
  }
  EXPECT_EQ(events.count("fetch " + std::string(kDepthTarget)), 1U);
  events.take();
  http(kDepthTarget, 200, file("depth_snapshot.json"));
  const auto lines = events.take();
  EXPECT_EQ(lines.front(), "trading BINANCE:BTC-USDT");
  EXPECT_EQ(lines[1], "fetch " + target("%22BTCUSDT%22"));
  EXPECT_EQ(lines[2], "synced BINANCE:BTC-USDT");
}

TEST_F(BinanceListing, ARecordingTellsWhatItsQuestionNames) {
  AdapterSettings settings;
  settings.discover = true;
  open(settings);
  http(both_, 200, list({"B"}, "HALT"));
  EXPECT_THAT(events.take(), ElementsAre("instrument BINANCE:A-USDT", "instrument BINANCE:B-USDT",
                                         "halted BINANCE:B-USDT", "closed BINANCE:A-USDT"));
}

TEST_F(BinanceListing, SymbolsBeyondAsciiStandEncodedInUrls) {
  const std::string_view two[] = {"BTCUSDT", "币USDT"};
  const auto url = "https://x/y?symbols=" + symbols_parameter(two);
  EXPECT_EQ(url, "https://x/y?symbols=%5B%22BTCUSDT%22%2C%22%E5%B8%81USDT%22%5D");
  EXPECT_THAT(symbols_named(url), ElementsAre("BTCUSDT", "币USDT"));
  EXPECT_EQ(parameter_of("https://x?a=1&symbol=%E5%B8%81USDT", "symbol"), "币USDT");
  EXPECT_EQ(limit_of("https://x?limit=500&symbol=A"), 500U);
  EXPECT_EQ(limit_of("https://x?symbol=A"), 100U);
}

TEST_F(BinanceListing, AProbeComparesWhatIsShownWithWhatRestHas) {
  const std::string probe = "https://api.binance.com/api/v3/ticker/bookTicker?symbol=BTCUSDT";
  const auto answer = [&](const char* bid, const char* ask) {
    EXPECT_TRUE(adapter->probe(btc()));
    EXPECT_THAT(events.take(), ElementsAre("fetch " + probe));
    http(probe, 200,
         fmt::format(
             R"({{"symbol":"BTCUSDT","bidPrice":"{}","bidQty":"9","askPrice":"{}","askQty":"9"}})",
             bid, ask));
    return std::exchange(events.probed, {});
  };
  open(settings_of({"BTC-USDT"}));
  EXPECT_FALSE(adapter->probe(btc()));  // there is nothing yet to compare with
  text(R"({"data":{"u":1,"s":"BTCUSDT","b":"40000.0","B":"2","a":"40001","A":"4"}})");
  events.take();
  EXPECT_THAT(answer("40000.00", "40001.00"), ElementsAre(true));
  EXPECT_THAT(answer("40000.00", "40001.01"), ElementsAre(false));
  open_synced();
  EXPECT_THAT(answer("40000.00", "40001.00"), ElementsAre(true));
  text(R"({"data":{"u":1,"s":"BTCUSDT","b":"39999.0","B":"2","a":"40001","A":"4"}})");
  events.take();
  EXPECT_THAT(answer("40000.00", "40001.00"), ElementsAre(false));  // the quote is another one
  // What came in the meantime, or cannot be read, says nothing.
  EXPECT_TRUE(adapter->probe(btc()));
  diff(101, 101, R"(["39998","1"])");
  http(probe, 200, R"({"bidPrice":"1","bidQty":"9","askPrice":"2","askQty":"9"})");
  EXPECT_TRUE(adapter->probe(btc()));
  http(probe, 200, R"({"bidPrice":"1"})");
  EXPECT_TRUE(adapter->probe(btc()));
  http(probe, 503, "");
  EXPECT_THAT(events.probed, IsEmpty());
}

}  // namespace
}  // namespace tickgate::feeds::binance
