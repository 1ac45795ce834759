// SPDX-License-Identifier: Apache-2.0
// What the venue does wrong, or seldom: trades, times, states and depths that are not as
// documented.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/kraken.h"
#include "tests/support/kraken_adapter_test.h"

namespace tickgate::feeds::kraken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(KrakenAdapter, OneBadTradeIsALossOfOneAndDoesNotCostTheNext) {
  open();
  text(R"({"data":[
      {"symbol":"BTC/USD","side":"buy","price":-1.0,"qty":2.0,"trade_id":1},
      {"symbol":"BTC/USD","side":"maker","price":1.0,"qty":2.0,"trade_id":2},
      {"symbol":"BTC/USD","side":"buy","price":1.0,"qty":2.0,"trade_id":"x"},
      7, {"symbol":"BTC/USD","side":[],"price":{"a":[1]},"qty":2.0,"trade_id":4},
      {"symbol":"DOGE/USD","side":"buy","price":1.0,"qty":2.0,"trade_id":3},
      {"symbol":"ETH/USD","side":"buy","price":1e-07,"qty":2.0,"trade_id":4}],
      "type":"update","channel":"trade"})");
  EXPECT_EQ(events.count("anomaly parse_error"), 5U);
  EXPECT_EQ(events.count("anomaly unknown_instrument"), 1U);
  EXPECT_EQ(events.count("lost KRAKEN:BTC-USD 1"), 4U);
  EXPECT_EQ(events.take().back(), "trade KRAKEN:ETH-USD 4 buy 0.0000001x2.0");
  trade(5);
  EXPECT_THAT(events.take(), ElementsAre("trade KRAKEN:BTC-USD 5 buy 1.0x2.0"));
}

TEST_F(KrakenAdapter, WhatCannotBeRightIsToldOf) {
  open_synced();
  text(R"({"channel":"trade","type":"update","data":[
      {"symbol":"BTC/USD","side":"buy","price":0.0,"qty":2.0,"trade_id":1},
      {"symbol":"BTC/USD","side":"buy","price":1.0,"qty":0.00,"trade_id":2}]})");
  text(R"({"channel":"ticker","type":"update","data":[
      {"symbol":"BTC/USD","last":-1,"high":1,"low":1,"volume":1},
      {"symbol":"BTC/USD","last":0.0,"high":1,"low":1,"volume":1},
      {"symbol":"BTC/USD","last":0.0,"high":0.0,"low":0.0,"volume":0.0}]})");
  text(R"({"channel":"book","type":"update","data":[
      {"symbol":"BTC/USD","bids":[{"price":-2,"qty":1}],"asks":[],"checksum":1}]})");
  EXPECT_THAT(
      events.quarantined,
      ElementsAre("KRAKEN:BTC-USD trade bad_price 0.0", "KRAKEN:BTC-USD trade bad_size 0.00",
                  "KRAKEN:BTC-USD ticker bad_price -1", "KRAKEN:BTC-USD ticker bad_price 0",
                  "KRAKEN:BTC-USD book bad_price -2"));
  EXPECT_EQ(events.count("lost KRAKEN:BTC-USD 1"), 2U);
  EXPECT_EQ(events.count("recovering KRAKEN:BTC-USD"), 1U);
  EXPECT_EQ(events.trades.size() + events.tickers.size(), 0U);
}

TEST_F(KrakenAdapter, ATradeWithoutItsSymbolMayHaveBeenTheNewestOfItsFrame) {
  open();
  trade(1);
  text(R"({"channel":"trade","type":"update","data":[7,)"
       R"({"symbol":"BTC/USD","side":"buy","price":1.0,"qty":1.0,"trade_id":2}]})");
  trade(4);
  EXPECT_EQ(events.count("lost KRAKEN:BTC-USD 1"), 1U);
}

TEST_F(KrakenAdapter, WhatIsNeitherSnapshotNorUpdateIsNotGuessedAt) {
  for (const char* type : {R"("type":"partial",)", R"("type":null,)", R"("type":5,)", ""}) {
    events = {};
    open_synced();
    text(fmt::format(R"({{"channel":"trade",{}"data":[{{"symbol":"BTC/USD","side":"buy",)"
                     R"("price":1.0,"qty":1.0,"trade_id":2}}]}})",
                     type));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "lost KRAKEN:BTC-USD 1")) << type;
    text(fmt::format(R"({{"channel":"book",{}"data":[{{"symbol":"BTC/USD","bids":[],"asks":[],)"
                     R"("checksum":1}}]}})",
                     type));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering KRAKEN:BTC-USD",
                                           "resync KRAKEN:BTC-USD"))
        << type;
  }
}

// A checksum would not show a lost change behind the ten best levels.
TEST_F(KrakenAdapter, AFrameThatCannotBeReadCostsTheBooksThatItNames) {
  for (const char* frame :
       {R"({"channel":5,"type":"update","data":[{"symbol":"BTC/USD"}]})",
        R"({"type":"update","data":[{"symbol":"BTC/USD"}]})",
        R"({"channel":"boo\u006b","type":"update","data":[{"symbol":"BTC/USD"}]})",
        R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"pri)",
        R"({"channel":"trade","type":"update","data":[]}{"channel":"book","data":["BTC/USD"]})"}) {
    events = {};
    open_synced();
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering KRAKEN:BTC-USD",
                                           "resync KRAKEN:BTC-USD"))
        << frame;
  }
  open_synced();
  text(R"({"channel":"book","type":"update","data":[{"symbol":"ETH/USD","bids":[{"pri)");
  EXPECT_EQ(events.take().size(), 1U) << "a book that it does not name is whole";
}

TEST_F(KrakenAdapter, AStatusThatIsNoWordChangesNothing) {
  open_synced();
  for (const char* status : {"null", "5", "{}", R"("")"}) {
    text(fmt::format(R"({{"channel":"status","type":"update","data":[{{"system":{}}}]}})", status));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << status;
    text(fmt::format(R"({{"channel":"instrument","type":"update","data":{{"pairs":[)"
                     R"({{"symbol":"BTC/USD","status":{}}}]}}}})",
                     status));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << status;
  }
}

TEST_F(KrakenAdapter, TradesOfAFrameComeInTheOrderOfTheirIds) {
  open();
  text(R"({"channel":"trade","type":"update","data":[
      {"symbol":"BTC/USD","side":"buy","price":3.0,"qty":1.0,"trade_id":3},
      {"symbol":"BTC/USD","side":"buy","price":1.0,"qty":1.0,"trade_id":1},
      {"symbol":"BTC/USD","side":"sell","price":2.0,"qty":1.0,"trade_id":2}]})");
  EXPECT_THAT(events.take(), ElementsAre("trade KRAKEN:BTC-USD 1 buy 1.0x1.0",
                                         "trade KRAKEN:BTC-USD 2 sell 2.0x1.0",
                                         "trade KRAKEN:BTC-USD 3 buy 3.0x1.0"));
}

TEST_F(KrakenAdapter, ALateTradeIsDelivered) {
  open();
  for (const std::uint64_t id : {11, 10, 14, 12, 12}) trade(id);
  EXPECT_EQ(events.trades.size(), 4U);
  EXPECT_EQ(events.count("anomaly duplicate"), 1U);
}

TEST_F(KrakenAdapter, ATradeWhoseSymbolCannotBeReadPutsAJumpInDoubt) {
  open();
  trade(1);
  text(R"({"channel":"trade","type":"update","data":[{"side":"buy","price":1.0,"qty":1.0,)"
       R"("trade_id":2}]})");
  events.take();
  trade(3);
  EXPECT_EQ(events.take().front(), "lost KRAKEN:BTC-USD 1");
}

TEST_F(KrakenAdapter, OfAFrameThatCannotBeWalkedTheTradesAreInDoubt) {
  open();
  trade(1);
  text(R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"b)");
  trade(3);
  EXPECT_THAT(events.take(),
              ElementsAre("trade KRAKEN:BTC-USD 1 buy 1.0x2.0", "anomaly parse_error",
                          "lost KRAKEN:BTC-USD 1", "trade KRAKEN:BTC-USD 3 buy 1.0x2.0"));
}

TEST_F(KrakenAdapter, ATimeThatCannotBeOneIsAbsentAndCostsNothingElse) {
  const struct {
    const char* time;
    std::size_t anomalies;
  } cases[] = {{"yesterday", 1},
               {"0001-01-01T00:00:00Z", 0},
               {"1970-01-01T00:00:00.000000Z", 0},
               {"1999-12-31T00:00:00Z", 1},
               {"2031-01-01T00:00:00Z", 1},
               {"", 0}};
  for (const auto& [time, anomalies] : cases) {
    events = {};
    open();
    const auto with_time = [time](std::string_view before) {
      return std::string(before).append(R"(,"timestamp":")").append(time).append(R"("}]})");
    };
    text(with_time(R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",
        "bids":[{"price":1.0,"qty":2.0}],"asks":[],"checksum":2249310613)"));
    text(with_time(R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",
        "price":1.0,"qty":2.0,"trade_id":1)"));
    text(with_time(R"({"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","last":1.0,
        "volume":1.0,"low":1.0,"high":1.0)"));
    ASSERT_EQ(events.quotes.size() + events.trades.size() + events.tickers.size(), 3U) << time;
    EXPECT_EQ(events.books[0].header.venue_time, schemas::kNoTime) << time;
    EXPECT_EQ(events.trades[0].header.venue_time, schemas::kNoTime) << time;
    EXPECT_EQ(events.tickers[0].header.venue_time, schemas::kNoTime) << time;
    EXPECT_EQ(events.anomalies[Anomaly::kBadTime], 3 * anomalies) << time;
  }
}

TEST_F(KrakenAdapter, WithoutAnAnswerTheDepthIsTheLeastOfferedThatHoldsTheSnapshot) {
  auto settings = testing::settings_of({"BTC-USD"});
  settings.book_depth = 100;
  open(settings);
  text_of("truncate.ndjson");  // a subscription of depth 10
  EXPECT_EQ(events.checksums, 2U);
  EXPECT_EQ(events.anomalies.size(), 0U);
  EXPECT_EQ(events.books.at(1).bid_count, 10);
}

TEST_F(KrakenAdapter, TheStatusOfPairAndVenueIsTold) {
  open();
  const auto pair = [this](const std::string& status) {
    text(
        R"({"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"BTC/USD",
        "qty_increment":1e-08,"status":")" +
        status + R"("}]}})");
    return events.take();
  };
  const auto venue = [this](const std::string& status) {
    text(R"({"channel":"status","type":"update","data":[{"system":")" + status + R"("}]})");
    return events.take();
  };
  text_of("instrument.json");
  EXPECT_THAT(events.take(), ElementsAre("halted KRAKEN:BTC-USD"));
  EXPECT_EQ(events.reasons.back(), "cancel_only");
  EXPECT_THAT(venue("maintenance"), ElementsAre("halted KRAKEN:ETH-USD"));
  EXPECT_THAT(pair("online"), IsEmpty());  // the venue is not
  EXPECT_THAT(pair("delisted"), ElementsAre("closed KRAKEN:BTC-USD"));
  EXPECT_THAT(venue("online"), ElementsAre("trading KRAKEN:ETH-USD"));
  EXPECT_EQ(pair("limit_only").front(), "trading KRAKEN:BTC-USD");
  EXPECT_EQ(events.sent.size(), 10U) << "listed again: each channel is subscribed to anew";
}

TEST_F(KrakenAdapter, AWordForAStatusThatIsNewToUsIsAHaltUntilATradeShowsThatItIsNone) {
  open();
  text(R"({"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"BTC/USD",
      "status":"frozen"}]}})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_message", "halted KRAKEN:BTC-USD"));
  EXPECT_EQ(events.reasons.back(), "frozen");
  trade(1);
  EXPECT_THAT(events.take(),
              ElementsAre("trading KRAKEN:BTC-USD", "trade KRAKEN:BTC-USD 1 buy 1.0x2.0"));
}

TEST_F(KrakenAdapter, APairThatWasRefusedIsAskedForWhenItIsListed) {
  open();
  text(R"({"error":"Currency pair not supported ETH/USD","method":"subscribe","req_id":1,
           "success":false,"symbol":"ETH/USD"})");
  events = {};
  text(R"({"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"ETH/USD",
      "status":"online"},{"symbol":"BTC/USD","status":"online"}]}})");
  EXPECT_EQ(events.awaited.size(), 3U);
  EXPECT_THAT(events.sent.at(1), HasSubstr(R"("channel":"book","symbol":["ETH/USD"])"));
}

TEST_F(KrakenAdapter, TheListOfPairsIsAskedForUntilItComes) {
  open();
  const auto at = [this](std::int64_t seconds) {
    const testing::PaddedText heartbeat(R"({"channel":"heartbeat"})");
    adapter->on_text(heartbeat.view(), schemas::Timestamp{kReceived.value() + seconds * 1'000'000});
    return events.take().size();
  };
  EXPECT_EQ(at(9), 0U);
  EXPECT_EQ(at(10), 1U);
  EXPECT_EQ(at(29), 0U);
  EXPECT_EQ(at(30), 1U) << "longer each time";
  EXPECT_THAT(events.sent.back(), HasSubstr(R"("channel":"instrument")"));
  text(R"({"channel":"instrument","type":"snapshot","data":{"pairs":[{"symbol":"X/USD"}]}})");
  events.take();
  EXPECT_EQ(at(299), 0U);
  EXPECT_EQ(at(300), 2U) << "anew, by an unsubscribe and a subscribe";
  EXPECT_EQ(at(309), 0U);
  EXPECT_EQ(at(310), 1U) << "until it comes";
}

TEST_F(KrakenAdapter, APairThatTheListLeavesOutIsClosedUntilItIsListed) {
  open();
  text(R"({"channel":"instrument","type":"snapshot","data":{"pairs":[{"symbol":"BTC/USD",
      "status":"online"}]}})");
  EXPECT_THAT(events.take(), ElementsAre("closed KRAKEN:ETH-USD"));
  EXPECT_EQ(events.reasons.back(), "not listed");
  text(R"({"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"BTC/USD",
      "status":"online"}]}})");
  EXPECT_THAT(events.take(), IsEmpty());  // no whole list
  events.awaited.clear();
  text(R"({"channel":"instrument","type":"snapshot","data":{"pairs":[{"symbol":"ETH/USD",
      "status":"online"},{"symbol":"BTC/USD","status":"online"}]}})");
  EXPECT_EQ(events.take().front(), "trading KRAKEN:ETH-USD");
  EXPECT_EQ(events.awaited.size(), 3U) << "its channels are subscribed to anew";
}

TEST_F(KrakenAdapter, OneChannelIsAskedForAgainAlone) {
  open();
  for (const auto channel : {schemas::Channel::kTrade, schemas::Channel::kTicker}) {
    adapter->ask_again({btc(), channel});
    const auto name = fmt::format(R"("channel":"{}","symbol":["BTC/USD"])", schemas::name(channel));
    EXPECT_THAT(events.take(), ElementsAre(HasSubstr(name), HasSubstr(name)));
    EXPECT_EQ(events.awaited.back(), (VenueSubscription{btc(), channel}));
  }
  adapter->ask_again({btc(), schemas::Channel::kQuote});
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(KrakenAdapter, AProbeComparesTheTickersBestPricesUnlessSomethingCame) {
  const auto ticker = [](std::string_view type, std::string_view bid) {
    return fmt::format(
        R"({{"channel":"ticker","type":"{}","data":[{{"symbol":"BTC/USD","bid":{},"ask":50000.20,)"
        R"("last":1.0,"volume":1.0,"low":1.0,"high":1.0}}]}})",
        type, bid);
  };
  open();
  EXPECT_FALSE(adapter->probe(btc())) << "nothing to compare";
  text_of("book_snapshot.json");
  for (const auto* bid : {"50000.10", "50000.0"}) {
    EXPECT_TRUE(adapter->probe(btc()));
    text(ticker("snapshot", bid));
  }
  EXPECT_THAT(events.probed, ElementsAre(true, false));
  EXPECT_TRUE(adapter->probe(btc()));
  text_of("book_update.json");
  text(ticker("snapshot", "50000.1"));
  text(ticker("update", "50000.1"));
  EXPECT_EQ(events.probed.size(), 2U);
}

}  // namespace
}  // namespace tickgate::feeds::kraken
