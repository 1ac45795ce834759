// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fmt/format.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::binance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::settings_of;

constexpr std::string_view kDepthTarget =
    "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000";
constexpr std::string_view kInfoTarget = "https://api.binance.com/api/v3/exchangeInfo?symbols=x";

class BinanceAdapter : public testing::AdapterTest {
 protected:
  BinanceAdapter() : AdapterTest("binance", make_adapter) {}

  void open(const AdapterSettings& settings = settings_of({"BTC-USDT", "ETH-USDT"})) {
    AdapterTest::open(settings);
  }
  // With BTC-USDT's book synced at update 100: one bid at 40000, one ask at 40001.
  void open_synced(const AdapterSettings& settings = settings_of({"BTC-USDT", "ETH-USDT"})) {
    open(settings);
    http(kDepthTarget, 200, file("depth_snapshot.json"));
    events.take();
  }
  void diff(std::uint64_t first, std::uint64_t last, const std::string& bids,
            const std::string& asks = "", const std::string& symbol = "BTCUSDT") {
    text(R"({"stream":"x@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":")" + symbol +
         fmt::format(R"(","U":{},"u":{},"b":[{}],"a":[{}]}}}})", first, last, bids, asks));
  }
  void trade(std::uint64_t id) {
    text(R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000251,"s":"BTCUSDT","t":)" +
         std::to_string(id) +
         R"(,"p":"40000.01000000","q":"0.01000000","T":1700000000250,"m":true,"M":true}})");
  }
  schemas::InstrumentId btc() const { return id("BINANCE:BTC-USDT"); }
};

}  // namespace

TEST_F(BinanceAdapter, NamesItsStreamsInTheUrl) {
  const std::string streams =
      "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade/btcusdt@ticker";
  const struct {
    const char* base;
    std::string url;
  } cases[] = {
      {"", "wss://stream.binance.com:9443" + streams},
      {"wss://data-stream.binance.vision", "wss://data-stream.binance.vision" + streams},
      {"ws://127.0.0.1:9001/", "ws://127.0.0.1:9001" + streams},
      {"ws://127.0.0.1:9001/stream", "ws://127.0.0.1:9001" + streams},
  };
  for (const auto& [base, url] : cases) {
    auto settings = settings_of({"BTC-USDT"});
    settings.websocket_url = base;
    make(settings);
    EXPECT_EQ(adapter->url(), url);
  }
  EXPECT_EQ(adapter->facts().limits.lifetime, std::chrono::hours(24));
}

TEST_F(BinanceAdapter, OnOpenAnnouncesItsInstrumentsAndFetchesListAndSnapshots) {
  auto settings = settings_of({"BTC-USDT", "ETH-USDT"});
  settings.book_depth = 500;
  settings.rest_url = "http://127.0.0.1:9002";
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_THAT(events.take(),
              ElementsAre("instrument BINANCE:BTC-USDT", "instrument BINANCE:ETH-USDT",
                          "fetch http://127.0.0.1:9002/api/v3/exchangeInfo?symbols="
                          "%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D",
                          "fetch http://127.0.0.1:9002/api/v3/depth?symbol=BTCUSDT&limit=500",
                          "fetch http://127.0.0.1:9002/api/v3/depth?symbol=ETHUSDT&limit=500"));
  adapter->on_close();
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("instrument"), 0U);
  EXPECT_EQ(events.count("fetch"), 3U);
}

TEST_F(BinanceAdapter, RefusesWhatOneConnectionCannotCarry) {
  AdapterSettings settings;
  for (int i = 0; i < 257; ++i) settings.pairs.push_back("A" + std::to_string(i) + "-USDT");
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("refused BINANCE:A256-USDT book"), 1U);
  EXPECT_EQ(events.count("fetch"), 257U);  // the list, and 256 books
  EXPECT_EQ(adapter->url().find("a256usdt"), std::string::npos);
}

TEST_F(BinanceAdapter, ASnapshotAndTheDiffsThatWaitedAreOneBookTick) {
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

TEST_F(BinanceAdapter, ASnapshotBeforeAnyDiffIsABookWithoutVenueTime) {
  open_synced();
  EXPECT_EQ(events.books.back().header.venue_time, schemas::kNoTime);
  diff(99, 100, R"(["1.0","1.0"])");  // older than the snapshot, as is usual
  EXPECT_THAT(events.take(), IsEmpty());
  diff(101, 101, R"(["40000.50","2"])");
  EXPECT_THAT(events.take(), ElementsAre("book BINANCE:BTC-USDT 40000.50x2 40000.00x0.50000000 "
                                         "39998.50x1.20000000 | 40001.00x0.25000000"));
}

TEST_F(BinanceAdapter, AGapMakesTheBookAnewFromTheDiffAfterIt) {
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

TEST_F(BinanceAdapter, WithGapsSetToWarnTheDiffsGoOn) {
  auto settings = settings_of({"BTC-USDT"});
  settings.gaps = GapPolicy::kWarn;
  open_synced(settings);
  diff(103, 104, R"(["39999.00","1"])");
  EXPECT_EQ(events.anomalies[Anomaly::kGap], 1U);
  EXPECT_EQ(events.count("book"), 1U);
  EXPECT_EQ(events.count("recovering"), 0U);
}

TEST_F(BinanceAdapter, ADiffThatComesAgainIsDropped) {
  open_synced();
  diff(101, 102, R"(["39999.00","1"])");
  events.take();
  diff(101, 102, R"(["39999.00","1"])");
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate"));
}

TEST_F(BinanceAdapter, OneLevelMayAppearTwiceInAMessageAndInSeveralTexts) {
  open_synced();
  diff(101, 101, R"(["40000.000","1"],["40000.0","7"],["12345.00","0.000"])");
  EXPECT_THAT(events.take(), ElementsAre("book BINANCE:BTC-USDT 40000.0x7 39998.50x1.20000000 | "
                                         "40001.00x0.25000000"));
}

TEST_F(BinanceAdapter, TakesTheLargestSnapshotTheVenueGives) {
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

TEST_F(BinanceAdapter, ACrossedBookIsNeverPublished) {
  open_synced();
  diff(101, 101, R"(["40001.00","1"])");
  EXPECT_THAT(events.take(), ElementsAre("anomaly crossed_book", "recovering BINANCE:BTC-USDT",
                                         "resync BINANCE:BTC-USDT"));
}

TEST_F(BinanceAdapter, AnUnreadableDiffBreaksItsOwnChainOnly) {
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

TEST_F(BinanceAdapter, AQuoteComesFromTheBookTickerAndHasNoVenueTime) {
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

TEST_F(BinanceAdapter, TheBuyerAsMakerMeansASell) {
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

TEST_F(BinanceAdapter, MissingTradesAreAnnouncedAcrossReconnectsToo) {
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

TEST_F(BinanceAdapter, AnAbsurdTradeIdSpoilsNothingThatFollows) {
  open();
  for (const std::uint64_t id : {500UL, UINT64_MAX, 501UL, 502UL}) trade(id);
  EXPECT_EQ(events.trades.size(), 4U);
  EXPECT_EQ(events.count("lost BINANCE:BTC-USDT 1"), 1U);
  EXPECT_EQ(events.count("lost"), 1U);
}

TEST_F(BinanceAdapter, ATickerCarriesTheRolling24Hours) {
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

TEST_F(BinanceAdapter, WhatIsOfNoUseIsIgnoredAndWhatIsUnknownCounted) {
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

TEST_F(BinanceAdapter, WhatIsNoMessageIsCountedAndHarmsNobody) {
  open_synced();
  for (const char* frame :
       {"", "pong", "[]", "[1,2]", "{", R"({"stream":"x","data":{"e":"trade")", "\xff\xfe", "null",
        R"({"data":{"e":"trade","t":7,"p":"1","q":"1","m":true}})",
        R"({"data":{"u":1,"s":"BTCUSDT","b":"1","B":"-2","a":"1","A":"2"}})"}) {
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << frame;
  }
  EXPECT_EQ(events.details.back(), R"(B: "-2")");
  EXPECT_NE(adapter->book(btc()), nullptr);
}

TEST_F(BinanceAdapter, ASymbolNobodyAskedForMakesNoState) {
  open();
  diff(1, 2, "", "", "DOGEUSDT");
  text(R"({"data":{"u":1,"s":"币安人生USDT","b":"1","B":"2","a":"1","A":"2"}})");
  EXPECT_THAT(events.take(),
              ElementsAre("anomaly unknown_instrument", "anomaly unknown_instrument"));
  EXPECT_EQ(registry.size(), 2U);
}

TEST_F(BinanceAdapter, ACaptureMayHoldSnapshotsBeforeTheConnection) {
  AdapterSettings settings;
  settings.discover = true;
  make(settings);
  http(kDepthTarget, 200, file("depth_snapshot.json"));
  adapter->on_open(kReceived);
  diff(101, 101, R"(["39999.00","1"])");
  EXPECT_EQ(events.count("instrument"), 1U);
  EXPECT_EQ(events.count("synced"), 1U);
  EXPECT_EQ(events.count("book"), 2U);
  EXPECT_EQ(events.lines.size(), 4U);
}

TEST_F(BinanceAdapter, DiscoversByTheListElseByTheLongestKnownQuote) {
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
  EXPECT_EQ(quote("币安人生USDT"), "anomaly unknown_instrument");
  EXPECT_EQ(quote("\\u5e01USDT"), "anomaly unknown_instrument");
  EXPECT_EQ(registry.size(), 3U);
}

TEST_F(BinanceAdapter, TheListSaysWhatIsHaltedAndATradeThatItTradesAgain) {
  open();
  const auto info = [&](const char* status) {
    http(kInfoTarget, 200,
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

TEST_F(BinanceAdapter, AFailedSnapshotIsRequestedAgainAnUnlistedSymbolIsClosed) {
  open();
  for (const int status : {0, 429, 503}) {
    http(kDepthTarget, status, "<html>");
    EXPECT_THAT(events.take(), ElementsAre("resync BINANCE:BTC-USDT"));
    adapter->resync(btc());
    EXPECT_THAT(events.take(), ElementsAre("fetch " + std::string(kDepthTarget)));
  }
  http(kDepthTarget, 200, R"({"lastUpdateId":1,"bids":[["x","1"]],"asks":[]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "resync BINANCE:BTC-USDT"));
  // The list refuses all for the sake of one; it is asked again without it.
  http(kInfoTarget, 400, R"({"code":-1121,"msg":"Invalid symbol."})");
  http(kDepthTarget, 400, R"({"code":-1121,"msg":"Invalid symbol."})");
  EXPECT_THAT(
      events.take(),
      ElementsAre("closed BINANCE:BTC-USDT",
                  "fetch https://api.binance.com/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22%5D"));
  EXPECT_EQ(events.reasons.back(), "not listed");
}

TEST_F(BinanceAdapter, AnAnnouncedShutdownRequestsAnotherConnection) {
  open();
  text(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770000000000}})");
  EXPECT_THAT(events.take(), ElementsAre("reconnect"));
}

TEST_F(BinanceAdapter, OnCloseEveryBookIsForgotten) {
  open_synced();
  adapter->on_close();
  EXPECT_EQ(adapter->book(btc()), nullptr);
  http(kDepthTarget, 200, file("depth_snapshot.json"));  // late
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->on_open(kReceived);
  events.take();
  diff(101, 101, R"(["1.0","1.0"])");
  EXPECT_THAT(events.take(), IsEmpty());  // waits for its snapshot
}

}  // namespace tickgate::feeds::binance
