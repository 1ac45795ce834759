// SPDX-License-Identifier: Apache-2.0
// Candles at each venue: the URLs that are asked for, and what becomes of the answers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "feeds/venues/binance.h"
#include "feeds/venues/coinbase.h"
#include "feeds/venues/kraken.h"
#include "feeds/venues/kraken_candles.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds {
namespace {

using schemas::Interval;
using schemas::Timestamp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000;

class CandleTest : public testing::AdapterTest {
 protected:
  using AdapterTest::AdapterTest;

  void start(std::vector<std::string> pairs) {
    open(testing::settings_of(std::move(pairs)));
    events.fetched.clear();
    events.requests.clear();
  }
  // `count` bars that end with the one of `kReceived`, which is under way.
  static CandleRequest last(schemas::InstrumentId instrument, Interval interval,
                            std::int64_t count) {
    const auto length = schemas::length(interval);
    const auto to = schemas::start_of(kReceived, interval).value() + length;
    return {instrument, interval, Timestamp{to - count * length}, Timestamp{to}};
  }
  bool ask(std::string_view symbol, Interval interval, std::int64_t count) {
    events.fetched.clear();
    return adapter->ask_candles(last(id(symbol), interval, count));
  }
  void answer_last(int status, std::string_view body) {
    const auto url = events.fetched.back();
    answer(url, status, body);
  }
  // "start open high low close volume trades", the start as bars before the one under way.
  std::vector<std::string> got(Interval interval) const {
    std::vector<std::string> out;
    for (const auto& one : events.candles) {
      const auto now = schemas::start_of(kReceived, interval).value();
      auto line = fmt::format("{}", (one.start.value() - now) / schemas::length(interval));
      for (const auto value : {one.open, one.high, one.low, one.close}) {
        line.append(" ").append(text(value.value()));
      }
      line.append(" ").append(text(one.volume.value()));
      if (one.trades != schemas::Bar::kTradesUnknown) line += fmt::format(" {}", one.trades);
      out.push_back(line);
    }
    return out;
  }
  static std::string text(schemas::Decimal value) {
    char digits[schemas::Decimal::kMaxText];
    return {digits, schemas::write_decimal(digits, value)};
  }
  static std::int64_t seconds_ago(Interval interval, std::int64_t bars) {
    return (schemas::start_of(kReceived, interval).value() - bars * schemas::length(interval)) /
           kSecond;
  }
};

class BinanceCandles : public CandleTest {
 protected:
  BinanceCandles() : CandleTest("binance", binance::make_adapter) {}
  static std::string row(Interval interval, std::int64_t bars_ago, std::string_view prices,
                         int length = 0) {
    const auto start = seconds_ago(interval, bars_ago) * 1000;
    const auto end = start + (length > 0 ? length : schemas::length(interval) / 1000) - 1;
    return fmt::format(R"([{},{},"1.50000000",{},"60000.0",12,"0.7","30000.0","0"])", start, prices,
                       end);
  }
};
class CoinbaseCandles : public CandleTest {
 protected:
  CoinbaseCandles() : CandleTest("coinbase", coinbase::make_adapter) {}
  static std::string row(Interval interval, std::int64_t bars_ago, std::string_view volume,
                         std::string_view prices = R"("low":"9","high":"12","open":"10")",
                         std::string_view close = "11") {
    return fmt::format(R"({{"start":"{}",{},"close":"{}","volume":"{}"}})",
                       seconds_ago(interval, bars_ago), prices, close, volume);
  }
};
class KrakenCandles : public CandleTest {
 protected:
  KrakenCandles() : CandleTest("kraken", kraken::make_adapter) {}
  static std::string row(Interval interval, std::int64_t bars_ago,
                         std::string_view close = "11.0") {
    return fmt::format(R"([{},"10.0","12.0","9.0","{}","10.5","1.25000000",3])",
                       seconds_ago(interval, bars_ago), close);
  }
  static std::string body(std::string_view rows) {
    return fmt::format(R"({{"error":[],"result":{{"XXBTZUSD":[{}],"last":1}}}})", rows);
  }
};

constexpr std::string_view kPrices = R"("10.0","12.0","9.0","11.0")";

TEST_F(BinanceCandles, AreAskedForByNameAndTimeAndCount) {
  start({"BTC-USDT", "币安-USDT"});
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 3));
  EXPECT_THAT(events.fetched, ElementsAre("https://api.binance.com/api/v3/klines?symbol=BTCUSDT"
                                          "&interval=1m&startTime=1799999880000"
                                          "&endTime=1800000059999&limit=3"));
  EXPECT_EQ(events.requests.back().weight, 2U);
  EXPECT_TRUE(events.requests.back().background);
  ASSERT_TRUE(ask("BINANCE:币安-USDT", Interval::k1d, 1));
  EXPECT_THAT(events.fetched.back(), HasSubstr("symbol=%E5%B8%81%E5%AE%89USDT&interval=1d"));
  EXPECT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1s, 5));
  EXPECT_TRUE(ask("BINANCE:BTC-USDT", Interval::k4h, 5));
}

TEST_F(BinanceCandles, ComeWithTheVenuesDigits) {
  start({"BTC-USDT"});
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 3));
  answer_last(200, fmt::format("[{},{},{}]", row(Interval::k1m, 2, kPrices),
                               row(Interval::k1m, 1, R"("11.0","11.50","11.0","11.10")"),
                               row(Interval::k1m, 0, kPrices)));
  EXPECT_THAT(events.take(), ElementsAre(HasSubstr("fetch "), "candles BINANCE:BTC-USDT 1m 3"));
  EXPECT_THAT(got(Interval::k1m), ElementsAre("-2 10.0 12.0 9.0 11.0 1.50000000 12",
                                              "-1 11.0 11.50 11.0 11.10 1.50000000 12",
                                              "0 10.0 12.0 9.0 11.0 1.50000000 12"));
}

TEST_F(BinanceCandles, MoreThanAPageAreAskedForPageByPage) {
  start({"BTC-USDT"});
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 1500));
  EXPECT_THAT(events.fetched.back(), HasSubstr("&limit=1000"));
  answer_last(200, fmt::format("[{}]", row(Interval::k1m, 1499, kPrices)));
  ASSERT_EQ(events.fetched.size(), 2U);
  EXPECT_THAT(events.fetched.back(), HasSubstr("&limit=500"));
  EXPECT_EQ(events.count("candles"), 0U);
  answer_last(200, fmt::format("[{}]", row(Interval::k1m, 0, kPrices)));
  EXPECT_EQ(got(Interval::k1m).size(), 2U);
  EXPECT_EQ(events.count("candles BINANCE:BTC-USDT 1m 2"), 1U);
}

TEST_F(BinanceCandles, AreNotMadeOfWhatCannotBeBelieved) {
  start({"BTC-USDT"});
  const auto good = row(Interval::k1m, 1, kPrices);
  const std::vector<std::string> failures = {
      "", "{}", "[", "[[]", "null", R"({"code":-1121,"msg":"Invalid symbol."})",
      // Of another interval: misaligned, and aligned but longer.
      fmt::format("[{}]", row(Interval::k1s, 61, kPrices, 60'000)),
      fmt::format("[{}]", row(Interval::k5m, 1, kPrices)),
      // Of the future, and out of order.
      fmt::format("[{},{}]", good, row(Interval::k1m, -1, kPrices)),
      fmt::format("[{},{},{}]", row(Interval::k1m, 2, kPrices), row(Interval::k1m, 3, kPrices),
                  good),
      fmt::format("[{}] [{}]", good, good)};
  for (const auto& body : failures) {
    ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 5));
    events.take();
    answer_last(200, body);
    EXPECT_EQ(events.take().back(), "candles BINANCE:BTC-USDT 1m failed") << body;
  }
  for (const int status : {0, 400, 418, 429, 500}) {
    ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 5));
    answer_last(status, fmt::format("[{}]", good));
    EXPECT_EQ(events.take().back(), "candles BINANCE:BTC-USDT 1m failed") << status;
  }
}

// A hole would look like a time without trades: what is older goes with the row that is none.
TEST_F(BinanceCandles, OneBadRowEndsTheHistoryThere) {
  start({"BTC-USDT"});
  for (const std::string_view bad :
       {R"("0","12.0","9.0","11.0")", R"("-1","12.0","9.0","11.0")", R"("x","12.0","9.0","11.0")",
        R"(null,"12.0","9.0","11.0")", R"("10.0","10.5","9.0","11.0")",
        R"("10.0","12.0","10.5","11.0")", R"([1],{},"9.0","11.0")"}) {
    ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 4));
    events.anomalies.clear();
    answer_last(200, fmt::format("[{},{},{},{}]", row(Interval::k1m, 3, kPrices),
                                 row(Interval::k1m, 2, bad), row(Interval::k1m, 1, kPrices),
                                 row(Interval::k1m, 0, kPrices)));
    EXPECT_THAT(got(Interval::k1m), ElementsAre(HasSubstr("-1 10.0"), HasSubstr("0 10.0"))) << bad;
    EXPECT_EQ(events.anomalies[Anomaly::kParseError], 1U) << bad;
  }
  // Too short, and times that are none.
  for (const std::string_view bad :
       {R"([1800000000000,"10.0","12.0","9.0","11.0","1.5"])",
        R"(["x","1","1","1","1","1",0,"1",1])",
        R"([-1,"1","1","1","1","1",9223372036854775807,"1",1])",
        R"([1800000000000,"1","1","1","1","1",-9223372036854775808,"1",1])"}) {
    ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 4));
    events.anomalies.clear();
    answer_last(200, fmt::format("[{},{}]", bad, row(Interval::k1m, 0, kPrices)));
    EXPECT_THAT(got(Interval::k1m), ElementsAre(HasSubstr("0 10.0"))) << bad;
    EXPECT_EQ(events.anomalies[Anomaly::kParseError], 1U) << bad;
  }
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 4));
  answer_last(200, fmt::format("[{},[]]", row(Interval::k1m, 3, kPrices)));
  EXPECT_EQ(events.take().back(), "candles BINANCE:BTC-USDT 1m failed");
}

TEST_F(BinanceCandles, ARowThatComesTwiceCountsOnce) {
  start({"BTC-USDT"});
  const auto row2 = row(Interval::k1m, 2, kPrices), row1 = row(Interval::k1m, 1, kPrices);
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 4));
  answer_last(200, fmt::format("[{},{},{}]", row2, row2, row1));
  EXPECT_EQ(got(Interval::k1m).size(), 2U);
  EXPECT_EQ(events.anomalies[Anomaly::kParseError], 1U);
  // Which of two is right, nobody knows.
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 4));
  answer_last(200, fmt::format("[{},{},{}]", row2,
                               row(Interval::k1m, 2, R"("10.0","13.0","9.0","11.0")"), row1));
  EXPECT_THAT(got(Interval::k1m), ElementsAre(HasSubstr("-1 ")));
}

TEST_F(BinanceCandles, OfOtherTimesAreLeftOut) {
  start({"BTC-USDT"});
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 2));
  answer_last(
      200, fmt::format("[{},{}]", row(Interval::k1m, 2, kPrices), row(Interval::k1m, 1, kPrices)));
  EXPECT_THAT(got(Interval::k1m), ElementsAre(HasSubstr("-1 ")));
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 2));
  answer_last(200, "[]");
  EXPECT_EQ(events.take().back(), "candles BINANCE:BTC-USDT 1m 0");
}

TEST_F(BinanceCandles, WhatNobodyAskedForIsNoAnomaly) {
  start({"BTC-USDT"});
  answer("https://api.binance.com/api/v3/klines?symbol=X&interval=1m&startTime=0&endTime=1&limit=1",
         200, "[]");
  EXPECT_THAT(events.take(), IsEmpty());
  // The connection went, and with it whoever waited.
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 2));
  const auto url = events.fetched.back();
  reconnect();
  answer(url, 200, "[]");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(BinanceCandles, OneAnswerServesAllWhoAskedTheSame) {
  start({"BTC-USDT"});
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 2));
  const auto url = events.fetched.back();
  ASSERT_TRUE(ask("BINANCE:BTC-USDT", Interval::k1m, 2));
  EXPECT_THAT(events.fetched, IsEmpty());
  answer(url, 200, "[]");
  EXPECT_EQ(events.count("candles"), 2U);
}

TEST_F(BinanceCandles, RequestsThatAreNoneAreRefused) {
  start({"BTC-USDT"});
  const auto btc = id("BINANCE:BTC-USDT");
  auto request = last(btc, Interval::k1m, 2);
  std::swap(request.from, request.to);
  EXPECT_FALSE(adapter->ask_candles(request));
  request = last(btc, Interval::k1m, 2);
  request.from = Timestamp{request.from.value() + 1};
  EXPECT_FALSE(adapter->ask_candles(request));
  EXPECT_FALSE(adapter->ask_candles(last(btc, Interval::k1m, 100'000)));
  EXPECT_FALSE(adapter->ask_candles(last(schemas::InstrumentId{77}, Interval::k1m, 2)));
  auto elsewhere = testing::settings_of({"BTC-USDT"});
  elsewhere.websocket_url = "wss://127.0.0.1:1";
  open(elsewhere);
  EXPECT_FALSE(adapter->ask_candles(last(btc, Interval::k1m, 2)));
  elsewhere.rest_url = "https://127.0.0.1:2/";
  open(elsewhere);
  ASSERT_TRUE(adapter->ask_candles(last(btc, Interval::k1m, 2)));
  EXPECT_THAT(events.fetched.back(), HasSubstr("https://127.0.0.1:2/api/v3/klines?"));
}

TEST_F(CoinbaseCandles, AreAskedForInSecondsAndComeNewestFirst) {
  start({"ABC-USDC"});
  EXPECT_FALSE(ask("COINBASE:ABC-USDC", Interval::k1s, 5));
  ASSERT_TRUE(ask("COINBASE:ABC-USDC", Interval::k15m, 4));
  EXPECT_THAT(events.fetched,
              ElementsAre("https://api.coinbase.com/api/v3/brokerage/market/products/ABC-USD/"
                          "candles?start=1799997300&end=1800000899&granularity=FIFTEEN_MINUTE"
                          "&limit=4"));
  // Two had no trade.
  answer_last(200, fmt::format(R"({{"candles":[{},{}]}})", row(Interval::k15m, 0, "0.50"),
                               row(Interval::k15m, 3, "1")));
  EXPECT_THAT(got(Interval::k15m), ElementsAre("-3 10 12 9 11 1", "0 10 12 9 11 0.50"));
}

TEST_F(CoinbaseCandles, FourHoursAreMadeOfHours) {
  start({"ABC-USD"});
  ASSERT_TRUE(ask("COINBASE:ABC-USD", Interval::k4h, 2));
  EXPECT_THAT(events.fetched.back(), HasSubstr("&granularity=ONE_HOUR&limit=8"));
  // 08:00 is when we are: the four hours that began then have one, the four before two.
  const auto now = schemas::start_of(kReceived, Interval::k1h);
  const auto begun = (now.value() - schemas::start_of(kReceived, Interval::k4h).value()) /
                     schemas::length(Interval::k1h);
  answer_last(200, fmt::format(R"({{"candles":[{},{},{}]}})", row(Interval::k1h, begun, "0.25"),
                               row(Interval::k1h, begun + 1, "0.5",
                                   R"("low":"8.5","high":"11","open":"11")", "8.75"),
                               row(Interval::k1h, begun + 3, "1.125")));
  EXPECT_THAT(got(Interval::k4h), ElementsAre("-1 10 12 8.5 8.75 1.625", "0 10 12 9 11 0.25"));
}

// The four hours of a bad hour would be others than the venue's.
TEST_F(CoinbaseCandles, FourHoursAreNotMadeOfThreeHours) {
  start({"ABC-USD"});
  ASSERT_TRUE(ask("COINBASE:ABC-USD", Interval::k4h, 3));
  const auto begun = (schemas::start_of(kReceived, Interval::k1h).value() -
                      schemas::start_of(kReceived, Interval::k4h).value()) /
                     schemas::length(Interval::k1h);
  answer_last(200,
              fmt::format(R"({{"candles":[{},{},{},{}]}})", row(Interval::k1h, begun, "1"),
                          row(Interval::k1h, begun + 1, "1"), row(Interval::k1h, begun + 3, "-1"),
                          row(Interval::k1h, begun + 6, "1")));
  EXPECT_THAT(got(Interval::k4h), ElementsAre("0 10 12 9 11 1"));
}

TEST_F(CoinbaseCandles, WithoutAListAreNone) {
  start({"ABC-USD"});
  for (const std::string_view body :
       {R"({})", R"({"candles":null})", R"({"candles":{}})", R"({"error":"NOT_FOUND"})", "[]"}) {
    ASSERT_TRUE(ask("COINBASE:ABC-USD", Interval::k1m, 4));
    answer_last(200, body);
    EXPECT_EQ(events.take().back(), "candles COINBASE:ABC-USD 1m failed") << body;
  }
  ASSERT_TRUE(ask("COINBASE:ABC-USD", Interval::k1m, 4));
  answer_last(200, R"({"candles":[]})");
  EXPECT_EQ(events.take().back(), "candles COINBASE:ABC-USD 1m 0");
}

TEST_F(KrakenCandles, AreAskedForUnderTheNameOfREST) {
  EXPECT_EQ(kraken::rest_name("BTC/USD"), "XBTUSD");
  EXPECT_EQ(kraken::rest_name("ETH/BTC"), "ETHXBT");
  EXPECT_EQ(kraken::rest_name("DOGE/USD"), "XDGUSD");
  EXPECT_EQ(kraken::rest_name("AAPLx/USD"), "AAPLxUSD");
  start({"BTC-USD"});
  EXPECT_FALSE(ask("KRAKEN:BTC-USD", Interval::k1s, 3));
  ASSERT_TRUE(ask("KRAKEN:BTC-USD", Interval::k4h, 3));
  EXPECT_THAT(events.fetched, ElementsAre("https://api.kraken.com/0/public/OHLC?pair=XBTUSD"
                                          "&interval=240&since=1799971199"));
  answer_last(200, body(fmt::format("{},{},{}", row(Interval::k4h, 3), row(Interval::k4h, 1),
                                    row(Interval::k4h, 0, "11.50"))));
  EXPECT_THAT(got(Interval::k4h), ElementsAre("-1 10.0 12.0 9.0 11.0 1.25000000 3",
                                              "0 10.0 12.0 9.0 11.50 1.25000000 3"));
}

TEST_F(KrakenCandles, OfTwoPairsOrWithAnErrorAreNone) {
  start({"BTC-USD"});
  const auto one = row(Interval::k1m, 0);
  for (const std::string& body :
       {std::string(R"({"error":["EQuery:Unknown asset pair"]})"), std::string(R"({"error":[]})"),
        std::string(R"({"error":[],"result":{"last":1}})"), std::string("{}"), std::string("[]"),
        fmt::format(R"({{"error":[],"result":{{"A":[{}],"B":[{}]}}}})", one, one),
        fmt::format(R"({{"error":["EGeneral:x"],"result":{{"A":[{}]}}}})", one),
        fmt::format(R"({{"result":{{"A":[{}],"last":1}},"error":["EGeneral:x"]}})", one),
        std::string(R"({"error":[],"result":{"A":{},"last":1}})")}) {
    ASSERT_TRUE(ask("KRAKEN:BTC-USD", Interval::k1m, 4));
    answer_last(200, body);
    EXPECT_EQ(events.take().back(), "candles KRAKEN:BTC-USD 1m failed") << body;
  }
}

}  // namespace
}  // namespace tickgate::feeds
