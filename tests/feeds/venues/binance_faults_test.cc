// SPDX-License-Identifier: Apache-2.0
// What Binance sends in error, and what is right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feeds/venues/binance_fixture.h"

namespace tickgate::feeds::binance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::settings_of;
using ::testing::StartsWith;

class BinanceFaults : public BinanceTest {
 protected:
  void open() { BinanceTest::open(settings_of({"BTC-USDT"})); }
};

TEST_F(BinanceFaults, ATradeThatCannotBeReadIsLostAndItsNeighboursAreNot) {
  open();
  const auto trade = [this](std::string_view fields) {
    text(fmt::format(R"({{"data":{{"e":"trade","s":"BTCUSDT",{}}}}})", fields));
  };
  trade(R"("t":7,"p":"2","q":"1","m":true)");
  trade(R"("t":8,"p":"-1","q":"1","m":true)");
  trade(R"("t":9,"p":"2","q":"1","m":3)");
  trade(R"("t":{},"p":"2","q":"1","m":true)");  // 10, as 11 shows
  trade(R"("t":11,"p":"2","q":"1","m":true)");
  trade(R"("t":"12","p":"2","q":"1","m":true)");
  EXPECT_THAT(
      events.take(),
      ElementsAre("trade BINANCE:BTC-USDT 7 sell 2x1", "lost BINANCE:BTC-USDT 1",
                  "anomaly parse_error", "lost BINANCE:BTC-USDT 1", "anomaly parse_error",
                  "lost BINANCE:BTC-USDT 1", "anomaly parse_error",
                  "trade BINANCE:BTC-USDT 11 sell 2x1", "trade BINANCE:BTC-USDT 12 sell 2x1"));
}

TEST_F(BinanceFaults, ALateTradeIsDelivered) {
  open();
  for (const int id : {7, 9, 8, 8}) {
    text(fmt::format(R"({{"data":{{"e":"trade","s":"BTCUSDT","t":{},"p":"2","q":"1","m":true}}}})",
                     id));
  }
  EXPECT_THAT(events.take(),
              ElementsAre("trade BINANCE:BTC-USDT 7 sell 2x1", "lost BINANCE:BTC-USDT 1",
                          "trade BINANCE:BTC-USDT 9 sell 2x1", "trade BINANCE:BTC-USDT 8 sell 2x1",
                          "anomaly duplicate"));
}

TEST_F(BinanceFaults, ATimeThatCannotBeOneIsLeftOut) {
  open();
  int id = 0;
  for (const char* time : {"1", "18446744073709551615", "-5", "\"soon\"", "1990000000000"}) {
    text(fmt::format(
        R"({{"data":{{"e":"trade","s":"BTCUSDT","t":{},"p":"2","q":"1","T":{},"m":true}}}})", ++id,
        time));
    EXPECT_EQ(events.count("anomaly bad_time"), static_cast<std::size_t>(id)) << time;
    EXPECT_EQ(events.trades.back().header.venue_time, schemas::kNoTime) << time;
  }
}

TEST_F(BinanceFaults, AQuoteThatIsCrossedOrNothingIsNone) {
  open();
  for (const char* sides :
       {R"("b":"2","B":"1","a":"1","A":"1")", R"("b":"2","B":"1","a":"2","A":"1")",
        R"("b":"0","B":"0","a":"0","A":"0")"}) {
    text(fmt::format(R"({{"data":{{"u":1,"s":"BTCUSDT",{}}}}})", sides));
    EXPECT_THAT(events.take(),
                ElementsAre("anomaly crossed_book", StartsWith("quote invalid BINANCE:BTC-USDT")))
        << sides;
  }
}

TEST_F(BinanceFaults, ASymbolBeyondAsciiIsEncodedInUrlsAndReadInBothSpellings) {
  const std::string encoded = "%E5%B8%81%E5%AE%89USDT";
  BinanceTest::open(settings_of({"币安-USDT"}));
  EXPECT_THAT(events.sent, Contains(HasSubstr("币安usdt@trade")));
  EXPECT_THAT(events.fetched, Contains(HasSubstr("/depth?symbol=" + encoded + "&limit=1000")));
  EXPECT_THAT(events.fetched, Contains(HasSubstr("=%5B%22" + encoded + "%22%5D")));
  EXPECT_THAT(events.fetched, Not(Contains(HasSubstr("币"))));
  http("https://api.binance.com/api/v3/depth?limit=1000&symbol=" + encoded, 200,
       R"({"lastUpdateId":100,"bids":[["2","1"]],"asks":[["3","1"]]})");
  EXPECT_THAT(events.take(), Contains(StartsWith("book BINANCE:币安-USDT")));
  for (const char* symbol : {"币安USDT", R"(\u5e01\u5B89USDT)"}) {
    text(fmt::format(R"({{"data":{{"u":1,"s":"{}","b":"2","B":"1","a":"3","A":"1"}}}})", symbol));
    EXPECT_THAT(events.take(), Contains("quote BINANCE:币安-USDT 2x1 3x1")) << symbol;
  }
}

TEST_F(BinanceFaults, BytesThatAreNotUtf8AreAParseError) {
  open();
  text(
      "{\"data\":{\"u\":1,\"s\":\"\xE5\xB8USDT\",\"b\":\"2\",\"B\":\"1\",\"a\":\"3\",\"A\":\"1\"}"
      "}");
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error"));
}

TEST_F(BinanceFaults, AnEmptySideIsToldByItsPriceOrItsSize) {
  open();
  text(R"({"data":{"u":1,"s":"BTCUSDT","b":"2","B":"0.00","a":"3","A":"1"}})");
  text(R"({"data":{"u":2,"s":"BTCUSDT","b":"2","B":"1","a":"0.00","A":"0.00"}})");
  EXPECT_THAT(events.take(),
              ElementsAre("quote BINANCE:BTC-USDT 0x0 3x1", "quote BINANCE:BTC-USDT 2x1 0x0"));
}

TEST_F(BinanceFaults, ASideThatIsNoListIsAnErrorAndNoEmptySide) {
  for (const char* sides : {R"("b":"oops","a":[])", R"("b":[],"a":null)", R"("b":[],"a":{})",
                            R"("b":[])", R"("a":[])", R"("b":7,"a":[])"}) {
    open();
    http("https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000", 200,
         R"({"lastUpdateId":100,"bids":[["2","1"]],"asks":[["3","1"]]})");
    events.take();
    text(fmt::format(
        R"({{"data":{{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":101,"u":101,{}}}}})",
        sides));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering BINANCE:BTC-USDT",
                                           "resync BINANCE:BTC-USDT"))
        << sides;
  }
}

}  // namespace
}  // namespace tickgate::feeds::binance
