// SPDX-License-Identifier: Apache-2.0
// What Binance says of the market.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feeds/venues/binance_fixture.h"

namespace tickgate::feeds::binance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::settings_of;

TEST_F(BinanceTest, ASnapshotAndTheDiffsThatWaitedAreOneBookTick) {
  open();
  diff(95, 100, R"(["39990.00","1.0"])");
  diff(101, 103, R"(["40000.00","9.5"])");
  diff(104, 106, R"(["39999.50","3.0"])", R"(["40001.00","0.00"],["40002.00","2.5"])");
  EXPECT_THAT(events.lines, IsEmpty());
  EXPECT_EQ(adapter->book(btc()), nullptr);
  http(kDepthTarget, 200, file("depth_snapshot.json"));
  EXPECT_THAT(events.take(),
              ElementsAre("synced BINANCE:BTC-USDT",
                          "book BINANCE:BTC-USDT 40000.00x9.5 39999.50x3.0 39998.50x1.20000000 | "
                          "40002.00x2.5"));
  const auto& book = events.books.back();
  EXPECT_EQ(book.header.venue_time.value(), 1'700'000'000'200'000);
  EXPECT_EQ(book.header.receive_time, kReceived);
  EXPECT_EQ(book.integrity, schemas::Integrity::kSequence);
  ASSERT_NE(adapter->book(btc()), nullptr);
  EXPECT_EQ(adapter->book(btc())->depth(BookSide::kBid), 3U);
}

TEST_F(BinanceTest, ASnapshotBeforeAnyDiffIsABookWithoutVenueTime) {
  open_synced();
  EXPECT_EQ(events.books.back().header.venue_time, schemas::kNoTime);
  diff(99, 100, R"(["1.0","1.0"])");  // older than the snapshot, as is usual
  EXPECT_THAT(events.take(), IsEmpty());
  diff(101, 101, R"(["40000.50","2"])");
  EXPECT_THAT(events.take(), ElementsAre("book BINANCE:BTC-USDT 40000.50x2 40000.00x0.50000000 "
                                         "39998.50x1.20000000 | 40001.00x0.25000000"));
}

TEST_F(BinanceTest, AGapMakesTheBookAnewFromTheDiffAfterIt) {
  open_synced();
  diff(103, 104, R"(["39999.00","1"])");
  EXPECT_THAT(events.take(),
              ElementsAre("anomaly gap", "recovering BINANCE:BTC-USDT", "resync BINANCE:BTC-USDT"));
  EXPECT_EQ(events.details.back(), "BINANCE:BTC-USDT: 103 after 100");
  EXPECT_EQ(adapter->book(btc()), nullptr);
  diff(105, 106, R"(["39999.00","2"])");
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->resync(btc());
  EXPECT_THAT(events.take(), ElementsAre("fetch " + std::string(kDepthTarget)));
  http(kDepthTarget, 200, R"({"lastUpdateId":101,"bids":[["39000","1"]],"asks":[]})");
  EXPECT_THAT(events.take(), ElementsAre("resync BINANCE:BTC-USDT"));  // still too old
  adapter->resync(btc());
  http(kDepthTarget, 200, R"({"lastUpdateId":104,"bids":[["39000","1"]],"asks":[["41000","1"]]})");
  EXPECT_THAT(events.take(),
              ElementsAre("fetch " + std::string(kDepthTarget), "synced BINANCE:BTC-USDT",
                          "book BINANCE:BTC-USDT 39999.00x2 39000x1 | 41000x1"));
}

TEST_F(BinanceTest, WithGapsSetToWarnTheDiffsGoOn) {
  auto settings = settings_of({"BTC-USDT"});
  settings.gaps = GapPolicy::kWarn;
  open_synced(settings);
  diff(103, 104, R"(["39999.00","1"])");
  EXPECT_EQ(events.anomalies[Anomaly::kGap], 1U);
  EXPECT_EQ(events.count("book"), 1U);
  EXPECT_EQ(events.count("recovering"), 0U);
}

TEST_F(BinanceTest, ADiffThatComesAgainIsDropped) {
  open_synced();
  diff(101, 102, R"(["39999.00","1"])");
  events.take();
  diff(101, 102, R"(["39999.00","1"])");
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate"));
}

TEST_F(BinanceTest, OneLevelMayAppearTwiceInAMessageAndInSeveralTexts) {
  open_synced();
  diff(101, 101, R"(["40000.000","1"],["40000.0","7"],["12345.00","0.000"])");
  EXPECT_THAT(events.take(), ElementsAre("book BINANCE:BTC-USDT 40000.0x7 39998.50x1.20000000 | "
                                         "40001.00x0.25000000"));
}

TEST_F(BinanceTest, TakesTheLargestSnapshotTheVenueGives) {
  open();
  std::string body = R"({"lastUpdateId":100,"bids":[)";
  for (int i = 0; i < 5000; ++i) {
    body += (i == 0 ? "" : ",") + ("[\"" + std::to_string(60'000 - i) + ".00000000\",\"1.0\"]");
  }
  http(kDepthTarget, 200, body + "],\"asks\":[]}");
  ASSERT_NE(adapter->book(btc()), nullptr);
  EXPECT_EQ(adapter->book(btc())->depth(BookSide::kBid), 5000U);
  EXPECT_EQ(events.books.back().bid_count, schemas::Book::kMaxDepth);
}

TEST_F(BinanceTest, ACrossedBookIsNeverPublished) {
  open_synced();
  diff(101, 101, R"(["40001.00","1"])");
  EXPECT_THAT(events.take(), ElementsAre("anomaly crossed_book", "recovering BINANCE:BTC-USDT",
                                         "resync BINANCE:BTC-USDT"));
}

TEST_F(BinanceTest, AnUnreadableDiffBreaksItsOwnChainOnly) {
  for (const std::string bids : {R"(["-1","1"])", R"(["0.00","1"])", R"(["1.0","-1"])",
                                 R"(["x","1"])", R"(["1.0"])", R"("1.0")", R"([1.0,1.0)"}) {
    events = {};
    open_synced();
    diff(1, 2, R"(["1.0","1.0"])", "", "ETHUSDT");
    diff(101, 101, bids);
    EXPECT_EQ(events.anomalies[Anomaly::kParseError], 1U) << bids;
    EXPECT_EQ(events.count("book"), 0U) << bids;
    diff(102, 102, R"(["39999","1"])");
    EXPECT_EQ(events.count("recovering BINANCE:BTC-USDT"), 1U) << bids;
    EXPECT_EQ(events.count("recovering BINANCE:ETH-USDT"), 0U) << bids;
  }
}

TEST_F(BinanceTest, AQuoteComesFromTheBookTickerAndHasNoVenueTime) {
  open();
  text(file("book_ticker.json"));
  EXPECT_THAT(events.take(), ElementsAre("quote BINANCE:BTC-USDT 40000.00000000x1.00000000 "
                                         "40000.01000000x2.00000000"));
  EXPECT_EQ(events.quotes[0].header.venue_time, schemas::kNoTime);
  EXPECT_EQ(events.quotes[0].header.receive_time, kReceived);
  // raw mode, another order of keys, an empty side
  text(R"({"A":"0.00","a":"0.00","B":"1.5","b":"2.50","s":"BTCUSDT","u":400900218})");
  EXPECT_THAT(events.take(), ElementsAre("quote BINANCE:BTC-USDT 2.50x1.5 0x0"));
}

TEST_F(BinanceTest, TheBuyerAsMakerMeansASell) {
  open();
  text(file("trade.json"));
  EXPECT_THAT(events.take(),
              ElementsAre("trade BINANCE:BTC-USDT 500 sell 40000.01000000x0.01000000"));
  EXPECT_EQ(events.trades[0].header.venue_time.value(), 1'700'000'000'250'000);
  // `data` before `stream`, and m false
  text(R"({"data":{"M":true,"m":false,"T":1700000000250,"q":"0.01","p":"1e-8","t":501,
          "s":"BTCUSDT","e":"trade"},"stream":"btcusdt@trade"})");
  EXPECT_THAT(events.take(), ElementsAre("trade BINANCE:BTC-USDT 501 buy 0.00000001x0.01"));
}

TEST_F(BinanceTest, MissingTradesAreAnnouncedAcrossReconnectsToo) {
  open();
  for (const std::uint64_t id : {500, 501}) trade(id);
  EXPECT_EQ(events.count("lost"), 0U);
  trade(504);
  EXPECT_EQ(events.take()[2], "lost BINANCE:BTC-USDT 2");
  trade(504);
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate"));
  reconnect();
  trade(510);
  EXPECT_EQ(events.take().front(), "lost BINANCE:BTC-USDT 5");
}

TEST_F(BinanceTest, AnAbsurdTradeIdSpoilsNothingThatFollows) {
  open();
  for (const std::uint64_t id : {500UL, UINT64_MAX, 501UL, 502UL}) trade(id);
  EXPECT_EQ(events.trades.size(), 4U);
  EXPECT_EQ(events.count("lost BINANCE:BTC-USDT 1"), 1U);
  EXPECT_EQ(events.count("lost"), 1U);
}

TEST_F(BinanceTest, ATickerCarriesTheRolling24Hours) {
  open();
  text(file("ticker.json"));
  ASSERT_EQ(events.tickers.size(), 1U);
  const auto& ticker = events.tickers[0];
  EXPECT_TRUE(ticker.last.value().identical({4000001000000, 8}));
  EXPECT_TRUE(ticker.open.value().identical({3999000000000, 8}));
  EXPECT_TRUE(ticker.high.value().identical({4050000000000, 8}));
  EXPECT_TRUE(ticker.low.value().identical({3950000000000, 8}));
  EXPECT_TRUE(ticker.volume.value().identical({2000000000, 8}));
  EXPECT_TRUE(ticker.has_open);
  EXPECT_EQ(ticker.header.venue_time.value(), 1'700'000'000'450'000);
}

TEST_F(BinanceTest, WhatIsOfNoUseIsIgnoredAndWhatIsUnknownCounted) {
  open();
  for (const char* frame :
       {R"({"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT","a":1}})",
        R"({"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT","k":{"o":"1"}}})",
        R"({"stream":"btcusdt@referencePrice","data":{"e":"referencePrice","r":null}})",
        R"({"stream":"btcusdt@depth5","data":{"lastUpdateId":1,"bids":[],"asks":[]}})",
        R"({"result":null,"id":1})", R"({"error":{"code":2,"msg":"Invalid request"},"id":1})",
        R"({"code":2,"msg":"Invalid request: no streams","id":1})"}) {
    text(frame);
    EXPECT_THAT(events.take(), IsEmpty()) << frame;
  }
  for (const char* frame : {R"({"stream":"btcusdt@new","data":{"e":"brandNew","s":"BTCUSDT"}})",
                            R"({"stream":"!ticker@arr","data":[{"e":"24hrTicker"}]})", "{}"}) {
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_message")) << frame;
  }
}

TEST_F(BinanceTest, WhatIsNoMessageIsCountedAndHarmsNobody) {
  open_synced();
  for (const char* frame :
       {"", "pong", "[]", "[1,2]", "{", R"({"stream":"x","data":{"e":"trade")", "\xff\xfe", "null",
        R"({"data":{"e":"trade","t":7,"p":"1","q":"1","m":true}})"}) {
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << frame;
  }
  EXPECT_NE(adapter->book(btc()), nullptr);
}

}  // namespace
}  // namespace tickgate::feeds::binance
