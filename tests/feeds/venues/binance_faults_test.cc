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

// Beside what follows from it, as in the tests above and below.
TEST_F(BinanceFaults, WhatCannotBeRightIsToldOf) {
  open();
  const auto event = [this](std::string_view fields) {
    text(fmt::format(R"({{"data":{{"s":"BTCUSDT",{}}}}})", fields));
  };
  event(R"("e":"trade","t":7,"p":"0.00","q":"1","m":true)");
  event(R"("e":"trade","t":8,"p":"2","q":"0.0","m":true)");
  event(R"("e":"trade","t":9,"p":"2","q":"-1","m":true)");
  event(R"("e":"trade","t":10,"p":"x","q":"-1","m":true)");  // unreadable first of all
  event(R"("u":1,"b":"3","B":"1","a":"2","A":"1")");
  event(R"("u":2,"b":"-3","B":"1","a":"2","A":"1")");
  event(R"("u":3,"b":"0","B":"1","a":"2","A":"1")");
  event(R"("u":4,"b":"0","B":"0","a":"2","A":"1")");  // an empty side
  event(R"("e":"depthUpdate","U":1,"u":2,"b":[["0","1"]],"a":[])");
  event(R"("e":"24hrTicker","c":"-1","o":"1","h":"1","l":"1","v":"1")");
  event(R"("e":"24hrTicker","c":"0","o":"1","h":"1","l":"1","v":"1")");
  event(R"("e":"24hrTicker","c":"0","o":"0","h":"0","l":"0","v":"0")");  // nothing traded yet
  EXPECT_THAT(
      events.quarantined,
      ElementsAre("BINANCE:BTC-USDT trade bad_price 0.00", "BINANCE:BTC-USDT trade bad_size 0.0",
                  "BINANCE:BTC-USDT trade bad_size -1", "BINANCE:BTC-USDT quote crossed_quote 3",
                  "BINANCE:BTC-USDT quote bad_price -3", "BINANCE:BTC-USDT quote bad_price 0",
                  "BINANCE:BTC-USDT book bad_price 0", "BINANCE:BTC-USDT ticker bad_price -1",
                  "BINANCE:BTC-USDT ticker bad_price 0"));
  EXPECT_EQ(events.count("lost BINANCE:BTC-USDT 1"), 4U);
  EXPECT_EQ(events.count("quote invalid"), 3U);
  EXPECT_EQ(events.quotes.size(), 1U);
  EXPECT_EQ(events.trades.size() + events.tickers.size(), 0U);
}

TEST_F(BinanceFaults, ASecondMessageInAFrameIsNotPassedOverInSilence) {
  open();
  const auto trade = [](int id) {
    return fmt::format(
        R"({{"data":{{"e":"trade","s":"BTCUSDT","t":{},"p":"2","q":"1","m":true}}}})", id);
  };
  text(trade(7));
  text(trade(8) + trade(9));
  text(trade(10));
  EXPECT_THAT(events.take(),
              ElementsAre("trade BINANCE:BTC-USDT 7 sell 2x1", "lost BINANCE:BTC-USDT 1",
                          "anomaly parse_error", "lost BINANCE:BTC-USDT 1",
                          "trade BINANCE:BTC-USDT 10 sell 2x1"));
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

TEST_F(BinanceFaults, AQuoteThatCannotBeReadEndsTheOneItReplaces) {
  for (const char* bid : {"null", R"("x")", R"("-1")"}) {
    events = {};
    open();
    text(fmt::format(R"({{"data":{{"u":5,"s":"BTCUSDT","b":{},"B":"1","a":"3","A":"1"}}}})", bid));
    EXPECT_EQ(events.count("quote invalid BINANCE:BTC-USDT"), 1U) << bid;
    EXPECT_EQ(events.count("anomaly parse_error"), 1U) << bid;
    EXPECT_TRUE(events.quotes.empty()) << bid;
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

// Books of BTCUSDT whose snapshot has 100 levels a side: bids from 1000 down, asks from 1001 up.
class BinanceBooks : public BinanceFaults {
 protected:
  static constexpr std::string_view kTarget =
      "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=";

  static std::string levels(int first, int last, std::string_view size) {
    std::string list;
    const int step = first <= last ? 1 : -1;
    for (int price = first; price != last + step; price += step) {
      list += fmt::format(R"({}["{}","{}"])", list.empty() ? "" : ",", price, size);
    }
    return list;
  }
  void open_with(int levels_a_side) {
    auto settings = settings_of({"BTC-USDT"});
    settings.book_depth = 100;
    AdapterTest::open(settings);
    snapshot(100, levels_a_side);
    events.take();
  }
  void snapshot(int id, int count, int best_bid = 1000) {
    answer(fmt::format(R"({{"lastUpdateId":{},"bids":[{}],"asks":[{}]}})", id,
                       levels(best_bid, best_bid + 1 - count, "1"),
                       levels(best_bid + 1, best_bid + count, "1")));
  }
  void answer(std::string_view body) {
    const testing::PaddedText padded(body);
    adapter->on_http(fmt::format("{}100", kTarget), 200, padded.view(), now());
  }
  void say(std::string_view data) {
    const testing::PaddedText padded(fmt::format(R"({{"data":{}}})", data));
    adapter->on_text(padded.view(), now());
  }
  void diff(int id, std::string_view bids, std::string_view asks) {
    say(fmt::format(
        R"({{"e":"depthUpdate","E":{3},"s":"BTCUSDT","U":{0},"u":{0},"b":[{1}],"a":[{2}]}})", id,
        bids, asks, now().value()));
  }
  void quote(std::string_view id, std::string_view bid, std::string_view ask) {
    say(fmt::format(R"({{"u":{},"s":"BTCUSDT","b":"{}","B":"1","a":"{}","A":"1"}})", id, bid, ask));
  }
  schemas::Timestamp now() const { return schemas::Timestamp{kReceived.value() + ms * 1000}; }
  const schemas::Book& shown() const { return events.books.back(); }
  std::string best_ask() const {
    char text[64];
    return {text, schemas::write_decimal(text, shown().asks[0].price.value())};
  }

  std::int64_t ms = 60'000;
};

TEST_F(BinanceBooks, WhatStandsBeyondTheSnapshotIsNotShown) {
  open_with(100);
  diff(101, R"(["900","7"])", R"(["1101","4"])" + std::string(",") + levels(1001, 1080, "0"));
  EXPECT_EQ(shown().ask_count, 20);
  EXPECT_EQ(shown().bid_count, 25);
  EXPECT_EQ(events.count("recovering"), 0U);
}

TEST_F(BinanceBooks, ABookWhoseBestPriceLeavesTheSnapshotIsMadeAnewOnEitherSide) {
  for (const bool asks : {true, false}) {
    open_with(100);
    diff(101, asks ? "" : R"(["890","4"])", asks ? R"(["1110","4"])" : "");
    events.take();
    diff(102, asks ? "" : levels(1000, 901, "0"), asks ? levels(1001, 1100, "0") : "");
    EXPECT_THAT(events.take(), ElementsAre("anomaly contradiction", "recovering BINANCE:BTC-USDT",
                                           "resync BINANCE:BTC-USDT"));
    snapshot(102, 100);
    EXPECT_EQ(events.count("synced BINANCE:BTC-USDT"), 1U);
  }
}

TEST_F(BinanceBooks, ASnapshotThatReachesFurtherComesBeforeTheMarketIsThere) {
  open_with(100);
  diff(101, "", levels(1001, 1080, "0"));
  EXPECT_EQ(events.count(fmt::format("fetch {}100", kTarget)), 1U);
  diff(102, "", R"(["1081","0"])");
  diff(103, "", R"(["1082","0"])");
  EXPECT_EQ(events.count("fetch"), 1U);  // one question
  events.take();
  snapshot(102, 100, 1081);
  EXPECT_EQ(events.count("recovering") + events.count("synced"), 0U);
  EXPECT_EQ(shown().ask_count, 25);
  EXPECT_EQ(best_ask(), "1083");  // 103 is not forgotten
  events.take();
  diff(104, "", R"(["1083","0"])");
  EXPECT_EQ(best_ask(), "1084");
  EXPECT_EQ(events.count("fetch"), 0U);
}

TEST_F(BinanceBooks, ASnapshotThatFailsWhileTheBookIsWholeCostsNothing) {
  open_with(100);
  diff(101, "", levels(1001, 1080, "0"));
  events.take();
  int id = 102;
  for (const char* body : {"{", R"({"lastUpdateId":7,"bids":[["1","1"]],"asks":[]})"}) {
    answer(body);
    EXPECT_EQ(events.count("recovering") + events.count("resync"), 0U) << body;
    diff(id++, "", "");
    EXPECT_EQ(events.count("fetch"), 0U) << body;
    ms += 11'000;
    diff(id++, "", "");
    EXPECT_EQ(events.count("fetch"), 1U) << body;  // again, paced
    events.take();
  }
}

TEST_F(BinanceBooks, ASnapshotShorterThanAskedForIsTheWholeBook) {
  open_with(3);
  diff(101, "", R"(["1001","0"],["1002","0"],["1003","0"],["1200","4"])");
  EXPECT_EQ(best_ask(), "1200");
  EXPECT_EQ(events.count("recovering"), 0U);
}

TEST_F(BinanceBooks, UnlessBookTickerSaysThatItWasNot) {
  for (const bool asks : {true, false}) {
    open_with(3);
    quote("100", "1000", "1001");
    diff(101, asks ? "" : R"(["990","4"])", asks ? R"(["1010","4"])" : "");
    events.take();
    diff(102, asks ? "" : levels(1000, 998, "0"), asks ? levels(1001, 1003, "0") : "");
    EXPECT_THAT(events.take(), ElementsAre());  // who is right shows at once
    asks ? quote("102", "1000", "1004") : quote("102", "997", "1001");
    EXPECT_EQ(events.count("recovering BINANCE:BTC-USDT"), 1U);
    EXPECT_EQ(events.count("book"), 0U);
  }
}

TEST_F(BinanceBooks, AQuoteThatComesAfterTheDiffVouchesForIt) {
  open_with(3);
  quote("100", "1000", "1001");
  diff(101, "", levels(1001, 1003, "0") + R"(,["1010","4"])");
  quote("101", "1000", "1010");
  EXPECT_EQ(best_ask(), "1010");
  EXPECT_EQ(events.count("recovering"), 0U);
}

TEST_F(BinanceBooks, ABookThatBookTickerContradictsForLongIsMadeAnew) {
  open_with(3);
  int id = 101;
  for (; events.count("recovering") == 0 && id < 200; ++id, ms += 100) {
    quote(std::to_string(id), "1000", "1000.5");
    diff(id, R"(["999","2"])", "");
  }
  EXPECT_GT(id, 111);
  EXPECT_LT(id, 116);
  EXPECT_EQ(events.count("anomaly contradiction"), 1U);
}

TEST_F(BinanceBooks, NoIdOfBookTickerSilencesTheQuote) {
  open_with(3);
  for (const char* id : {"500", "18446744073709551615", "1", "2", "\"x\"", "3"}) {
    events.take();
    quote(id, "1000", "1001");
    EXPECT_EQ(events.count("quote BINANCE:BTC-USDT 1000x1 1001x1"), 1U) << id;
  }
}

TEST_F(BinanceBooks, DiffsThatAreNumberedAnewAreAGap) {
  open_with(3);
  diff(101, R"(["999","2"])", "");
  for (int id = 1; id <= 3; ++id, ms += 100) diff(id, R"(["999","3"])", "");
  EXPECT_EQ(events.count("recovering BINANCE:BTC-USDT"), 1U);
  EXPECT_EQ(events.count("anomaly gap"), 1U);
  snapshot(3, 3);
  EXPECT_EQ(events.count("synced BINANCE:BTC-USDT"), 1U);
}

}  // namespace
}  // namespace tickgate::feeds::binance
