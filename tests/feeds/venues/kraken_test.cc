// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/kraken_adapter_test.h"

namespace tickgate::feeds::kraken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::settings_of;

}  // namespace

TEST_F(KrakenAdapter, TheUrlIsTheVenuesOrTheOneSet) {
  const struct {
    const char *set, *url;
  } cases[] = {{"", "wss://ws.kraken.com/v2"},
               {"ws://127.0.0.1:9001", "ws://127.0.0.1:9001/v2"},
               {"ws://127.0.0.1:9001/", "ws://127.0.0.1:9001/v2"},
               {"wss://proxy.example/kraken/v2", "wss://proxy.example/kraken/v2"}};
  for (const auto& [set, url] : cases) {
    auto settings = settings_of({"BTC-USD"});
    settings.websocket_url = set;
    make(settings);
    EXPECT_EQ(adapter->url(), url);
  }
}

TEST_F(KrakenAdapter, OnOpenSubscribesToEveryChannelAndAwaitsEachSymbol) {
  auto settings = settings_of({"BTC-USD", "ETH-USD"});
  settings.book_depth = 60;  // not offered: the next that is
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_THAT(
      events.take(),
      ElementsAre(
          "instrument KRAKEN:BTC-USD", "instrument KRAKEN:ETH-USD",
          R"(send {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","ETH/USD"],"depth":100,"snapshot":true},"req_id":1})",
          R"(send {"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","ETH/USD"],"snapshot":true},"req_id":2})",
          R"(send {"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD","ETH/USD"],"snapshot":true},"req_id":3})",
          R"(send {"method":"subscribe","params":{"channel":"instrument","snapshot":true},"req_id":4})"));
  EXPECT_EQ(events.awaited.size(), 6U);
  EXPECT_EQ(events.awaited[0], (VenueSubscription{btc(), schemas::Channel::kBook}));
  adapter->on_close();
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("instrument"), 0U);
  EXPECT_EQ(events.count("send"), 4U);
}

TEST_F(KrakenAdapter, AnswersAreTakenPerSymbolAndChannel) {
  open();
  text(ack("book", "BTC/USD"));
  text(ack("trade", "ETH/USD"));
  text(
      R"({"method":"subscribe","result":{"channel":"instrument","snapshot":true},"success":true})");
  text(R"({"method":"unsubscribe","result":{"channel":"book","symbol":"BTC/USD"},"success":true})");
  text(R"({"method":"pong","req_id":9,"time_in":"2023-11-14T22:13:21Z"})");
  EXPECT_THAT(events.take(),
              ElementsAre("acknowledged KRAKEN:BTC-USD book", "acknowledged KRAKEN:ETH-USD trade"));
}

TEST_F(KrakenAdapter, ARefusalFindsItsChannelByTheRequest) {
  open();
  // request 2 is for trades; the order of the keys is not ours to expect
  text(R"({"error":"Currency pair not supported ETH/USD","method":"subscribe","req_id":2,
           "success":false,"symbol":"ETH/USD"})");
  EXPECT_THAT(events.take(), ElementsAre("refused KRAKEN:ETH-USD trade"));
  EXPECT_EQ(events.details.back(), "Currency pair not supported ETH/USD");
  text(R"({"error":"Subscription depth not supported","method":"subscribe","req_id":1,
           "success":false})");
  EXPECT_THAT(events.take(),
              ElementsAre("refused KRAKEN:BTC-USD book", "refused KRAKEN:ETH-USD book"));
  text(R"({"error":"Currency pair not supported ETH/USD","method":"subscribe","success":false,
           "symbol":"ETH/USD"})");
  EXPECT_THAT(events.take(),
              ElementsAre("refused KRAKEN:ETH-USD book", "refused KRAKEN:ETH-USD trade",
                          "refused KRAKEN:ETH-USD ticker"));
  text(
      R"({"error":"Currency pair not supported","method":"subscribe","success":false,"symbol":"X"})");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(KrakenAdapter, ASnapshotIsSyncedAndGivesBookThenQuote) {
  open();
  text_of("book_snapshot.json");
  EXPECT_THAT(
      events.take(),
      ElementsAre("synced KRAKEN:BTC-USD",
                  "book KRAKEN:BTC-USD 50000.1x0.50000000 50000.0x1.25000000 49999.5x0.00005100 | "
                  "50000.2x0.10000000 50001.0x2.00000000",
                  "quote KRAKEN:BTC-USD 50000.1x0.50000000 50000.2x0.10000000"));
  EXPECT_EQ(events.checksums, 0U);  // updates are what it counts
  const auto& book = events.books[0];
  EXPECT_EQ(book.integrity, schemas::Integrity::kChecksum);
  EXPECT_EQ(book.header.venue_time.value(), 1'700'000'000'000'001);
  EXPECT_EQ(events.quotes[0].header.venue_time, book.header.venue_time);
  EXPECT_EQ(book.header.receive_time, kReceived);
  ASSERT_NE(adapter->book(btc()), nullptr);
  EXPECT_EQ(adapter->book(btc())->depth(BookSide::kBid), 3U);
}

TEST_F(KrakenAdapter, AnUpdateIsAppliedInOrderAndVerified) {
  open_synced();
  text_of("book_update.json");  // one price twice, the later counts
  EXPECT_THAT(events.take(),
              ElementsAre("verified",
                          "book KRAKEN:BTC-USD 50000.1x0.75000000 49999.5x0.00005100 | "
                          "50000.2x0.10000000 50001.0x2.00000000",
                          "quote KRAKEN:BTC-USD 50000.1x0.75000000 50000.2x0.10000000"));
  EXPECT_EQ(events.checksums, 1U);
}

TEST_F(KrakenAdapter, WhatFallsOutOfTheSubscribedDepthIsForgotten) {
  open();
  text(ack("book", "BTC/USD", "10"));
  text_of("truncate.ndjson");
  EXPECT_EQ(events.checksums, 2U);
  EXPECT_EQ(events.anomalies.size(), 0U);
  ASSERT_EQ(events.books.size(), 3U);
  EXPECT_EQ(events.books[1].bid_count, 10);
  EXPECT_EQ(events.books[2].bid_count, 9);
}

TEST_F(KrakenAdapter, AWrongChecksumSilencesOneBookUntilItsSnapshot) {
  open_synced();
  const std::string wrong =
      R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":12345,"timestamp":"2023-11-14T22:13:23Z"}]})";
  text(wrong);
  EXPECT_THAT(events.take(), ElementsAre("anomaly checksum_failed", "recovering KRAKEN:BTC-USD",
                                         "resync KRAKEN:BTC-USD"));
  EXPECT_THAT(events.details.back(), HasSubstr("the venue's 12345"));
  EXPECT_EQ(adapter->book(btc()), nullptr);
  text(wrong);  // what the old subscription still sends
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->resync(btc());
  EXPECT_THAT(
      events.take(),
      ElementsAre(
          R"(send {"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25},"req_id":5})",
          R"(send {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25,"snapshot":true},"req_id":6})"));
  EXPECT_EQ(events.awaited.back(), (VenueSubscription{btc(), schemas::Channel::kBook}));
  text_of("book_snapshot.json");
  EXPECT_EQ(events.take().front(), "synced KRAKEN:BTC-USD");
}

TEST_F(KrakenAdapter, ASnapshotWithAWrongChecksumIsNotPublished) {
  open();
  text(R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",
      "bids":[{"price":1.0,"qty":2.0}],"asks":[],"checksum":1}]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly checksum_failed", "resync KRAKEN:BTC-USD"));
  EXPECT_EQ(adapter->book(btc()), nullptr);
}

TEST_F(KrakenAdapter, WithGapsSetToWarnAWrongChecksumIsOnlyCounted) {
  auto settings = settings_of({"BTC-USD"});
  settings.gaps = GapPolicy::kWarn;
  open_synced(settings);
  text(R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],
      "asks":[{"price":50000.2,"qty":0.30000000}],"checksum":1}]})");
  EXPECT_EQ(events.anomalies[Anomaly::kChecksumFailed], 1U);
  EXPECT_EQ(events.count("recovering"), 0U);
  EXPECT_EQ(events.take().back(), "quote KRAKEN:BTC-USD 50000.1x0.50000000 50000.2x0.30000000");
}

TEST_F(KrakenAdapter, ACrossedBookIsNeverPublished) {
  open();
  text(R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",
      "bids":[{"price":5.0,"qty":1.0}],"asks":[{"price":5.0,"qty":1.0}],"checksum":1836159409}]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly crossed_book", "resync KRAKEN:BTC-USD"));
}

TEST_F(KrakenAdapter, ABookMayHaveOneSideAndNoTime) {
  open();
  text(R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",
      "bids":[{"price":1.0,"qty":2.0}],"asks":[],"checksum":2249310613}]})");
  EXPECT_THAT(events.take(), ElementsAre("synced KRAKEN:BTC-USD", "book KRAKEN:BTC-USD 1.0x2.0 |",
                                         "quote KRAKEN:BTC-USD 1.0x2.0 0x0"));
  EXPECT_EQ(events.books[0].header.venue_time, schemas::kNoTime);
}

TEST_F(KrakenAdapter, AnUnreadableBookMessageCostsThatBookOnly) {
  for (const std::string item :
       {R"("bids":[{"price":-1.0,"qty":2.0}],"asks":[],"checksum":1)",
        R"("bids":[{"price":0.0,"qty":2.0}],"asks":[],"checksum":1)",
        R"("bids":[{"price":1.0,"qty":-2.0}],"asks":[],"checksum":1)",
        R"("bids":[{"price":1.0}],"asks":[],"checksum":1)",
        R"("bids":[{"price":"x","qty":2.0}],"asks":[],"checksum":1)", R"("bids":[],"asks":[])",
        R"("bids":7,"asks":[],"checksum":1)", R"("bids":[],"asks":[],"checksum":-1)"}) {
    events = {};
    open_synced();
    text(R"({"channel":"book","type":"snapshot","data":[{"symbol":"ETH/USD",
        "bids":[{"price":2000.00,"qty":1.0}],"asks":[{"price":2000.01,"qty":1.0}],"checksum":1355992261}]})");
    events.take();
    text(R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD",)" + item + "}]}");
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering KRAKEN:BTC-USD",
                                           "resync KRAKEN:BTC-USD"))
        << item;
    EXPECT_NE(adapter->book(id("KRAKEN:ETH-USD")), nullptr) << item;
  }
}

TEST_F(KrakenAdapter, AMessageThatCannotBeWalkedOnIsCounted) {
  open_synced();
  for (const char* frame :
       {"", "pong", "[]", "{", R"({"channel":"book","type":"update")", "\xff\xfe", "1e400",
        R"({"channel":"trade","type":"update","data":7})", R"({"channel":"book","type":"update"})",
        R"({"channel":"instrument","type":"snapshot","data":[]})",
        R"({"channel":"trade","type":"update","data":[7]})",
        R"({"channel":"book","type":"update","data":[{"bids":[],"asks":[]}]})",
        R"({"method":"subscribe","result":{"channel""book"},"success":true})",
        R"({"x":[1,2}],"channel""book":1})", R"({"channel":"book""type":"update","data":[]})",
        R"({"channel":null})"}) {
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << frame;
  }
  for (const char* frame :
       {"{}", R"({"channel":"level3","type":"update","data":[]})", R"({"event":"heartbeat"})"}) {
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_message")) << frame;
  }
  EXPECT_NE(adapter->book(btc()), nullptr);
}

TEST_F(KrakenAdapter, HistoryIsNoTradeAndAJumpOfIdsIsNoLoss) {
  open();
  text_of("trade_snapshot.json");
  EXPECT_THAT(events.take(), IsEmpty());
  text_of("trade_update.json");
  EXPECT_THAT(events.take(), ElementsAre("trade KRAKEN:BTC-USD 7101 buy 50000.2x0.01000000",
                                         "trade KRAKEN:BTC-USD 7105 sell 50000.1x0.50000000"));
  EXPECT_EQ(events.trades[0].header.venue_time.value(), 1'700'000'001'000'001);
  text_of("trade_update.json");
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate", "anomaly duplicate"));
}

TEST_F(KrakenAdapter, AfterAReconnectTheHistoryTellsWhatWasMissed) {
  open();
  trade(10);
  reconnect();
  history({9, 10, 11, 12});
  EXPECT_THAT(events.take(), ElementsAre("lost KRAKEN:BTC-USD 2"));
  trade(15);
  EXPECT_THAT(events.take(), ElementsAre("trade KRAKEN:BTC-USD 15 buy 1.0x2.0"));
  reconnect();
  history({15});
  trade(20);
  EXPECT_EQ(events.count("lost"), 0U);
  reconnect();
  trade(30);  // no history came: one at least is missing, unless it is the very next
  EXPECT_EQ(events.take().front(), "lost KRAKEN:BTC-USD 1");
  reconnect();
  trade(31);
  EXPECT_EQ(events.count("lost"), 0U);
}

TEST_F(KrakenAdapter, AnAbsurdTradeIdSpoilsNothingThatFollows) {
  open();
  trade(500);
  trade(UINT64_MAX);
  trade(501);
  trade(502);
  EXPECT_EQ(events.trades.size(), 4U);
}

TEST_F(KrakenAdapter, AnOpenThatIsNoPriceOfTheDayIsNone) {
  open(settings_of({"BTC-USD"}));
  for (const std::string_view change : {"2000.0", "-2000.0", "\"x\"", "null", "1e80"}) {
    text(fmt::format(R"({{"channel":"ticker","type":"update","data":[{{"symbol":"BTC/USD",)"
                     R"("last":100.5,"volume":1.0,"low":99.0,"high":102.0,"change":{}}}]}})",
                     change));
    EXPECT_FALSE(events.tickers.back().has_open) << change;
  }
  EXPECT_EQ(events.tickers.size(), 5U);
  EXPECT_THAT(events.anomalies, IsEmpty());
}

TEST_F(KrakenAdapter, ATickerCarriesTheRolling24HoursAndTheOpenByItsChange) {
  open();
  text_of("ticker.json");
  ASSERT_EQ(events.tickers.size(), 1U);
  const auto& ticker = events.tickers[0];
  EXPECT_TRUE(ticker.last.value().identical({500002, 1}));
  EXPECT_TRUE(ticker.high.value().identical({510000, 1}));
  EXPECT_TRUE(ticker.low.value().identical({490000, 1}));
  EXPECT_TRUE(ticker.volume.value().identical({123450000000, 8}));
  EXPECT_TRUE(ticker.has_open);
  EXPECT_TRUE(ticker.open.value().identical({501002, 1}));
  EXPECT_EQ(ticker.header.venue_time.value(), 1'700'000'001'500'000);
  // a market where nothing ever traded
  text(R"({"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","last":0.0,"volume":0.0,
      "low":0.0,"high":0.0,"timestamp":"1970-01-01T00:00:00.000000Z"}]})");
  EXPECT_EQ(events.tickers.size(), 1U);
  EXPECT_EQ(events.anomalies.size(), 0U);
}

TEST_F(KrakenAdapter, AConnectionIdBeyondInt64AndAHeartbeatAreNothing) {
  open();
  text_of("status.json");
  text(R"({"channel":"heartbeat"})");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(KrakenAdapter, ASymbolNobodyAskedForMakesNoState) {
  open();
  text(
      R"({"channel":"book","type":"snapshot","data":[{"symbol":"DOGE/USD","bids":[],"asks":[],"checksum":0}]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_instrument"));
  EXPECT_EQ(registry.size(), 2U);
}

TEST_F(KrakenAdapter, DiscoversPairsByTheirSlashAndRefusesOthers) {
  AdapterSettings settings;
  settings.discover = true;
  open(settings);
  EXPECT_THAT(events.sent, IsEmpty());
  const auto snapshot = [this](const std::string& symbol) {
    text(R"({"channel":"book","type":"snapshot","data":[{"symbol":")" + symbol +
         R"(","bids":[],"asks":[],"checksum":0}]})");
    return events.take().front();
  };
  EXPECT_EQ(snapshot("AAPLx/USD"), "instrument KRAKEN:AAPLx-USD");
  EXPECT_EQ(snapshot("XBTUSD"), "anomaly unknown_instrument");
  EXPECT_EQ(snapshot("A/B/C"), "anomaly unknown_instrument");
  EXPECT_EQ(snapshot("币/\u3000USD"), "anomaly unknown_instrument");
  EXPECT_EQ(snapshot("\\u3000/USD"), "anomaly unknown_instrument");
  EXPECT_EQ(snapshot("\\ud800/USD"), "anomaly unknown_instrument");
  EXPECT_EQ(registry.size(), 1U);
  EXPECT_EQ(snapshot("\\u5e01/USD"), "instrument KRAKEN:币-USD");
  EXPECT_EQ(snapshot("币/USD"), "book KRAKEN:币-USD |");
}

TEST_F(KrakenAdapter, OnCloseEveryBookIsForgotten) {
  open_synced();
  adapter->on_close();
  EXPECT_EQ(adapter->book(btc()), nullptr);
  adapter->on_open(kReceived);
  events.take();
  text_of("book_update.json");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(KrakenAdapter, PairsComeAndGoAndTheOthersAreNotAskedForAgain) {
  open_synced();
  events.sent.clear();
  adapter->carry(std::vector<std::string>{"SOL-USD"}, kReceived);
  ASSERT_GE(events.sent.size(), 4U);
  EXPECT_THAT(events.sent[0], HasSubstr(R"("channel":"book","symbol":["SOL/USD"])"));
  EXPECT_THAT(events.sent[1], HasSubstr(R"("channel":"trade","symbol":["SOL/USD"])"));
  EXPECT_THAT(events.sent[2], HasSubstr(R"("channel":"ticker","symbol":["SOL/USD"])"));
  EXPECT_THAT(events.sent.back(), HasSubstr(R"("channel":"instrument")")) << "is it listed?";
  events.take();
  events.sent.clear();
  const schemas::InstrumentId leaving[] = {btc()};
  adapter->release(leaving, kReceived);
  ASSERT_EQ(events.sent.size(), 3U);
  for (const auto& sent : events.sent) {
    EXPECT_THAT(sent, HasSubstr(R"({"method":"unsubscribe",)"));
    EXPECT_THAT(sent, HasSubstr(R"("symbol":["BTC/USD"])"));
  }
  events.take();
  text_of("book_snapshot.json");
  trade(9);
  EXPECT_THAT(events.take(), IsEmpty()) << "what was on its way";
  EXPECT_EQ(adapter->book(btc()), nullptr);
}

}  // namespace tickgate::feeds::kraken
