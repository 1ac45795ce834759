// SPDX-License-Identifier: Apache-2.0
// What Coinbase sends in error, and what is right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/coinbase.h"
#include "fmt/format.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::coinbase {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::settings_of;

class CoinbaseFaults : public testing::AdapterTest {
 protected:
  CoinbaseFaults() : AdapterTest("coinbase", make_adapter) {}

  void open() { AdapterTest::open(settings_of({"ABC-USD", "XYZ-USD"})); }
};

constexpr std::string_view kTime = "2026-11-20T10:00:00Z";

std::string message(std::string_view channel, int sequence, std::string_view events) {
  return fmt::format(R"({{"channel":"{}","timestamp":"{}","sequence_num":{},"events":[{}]}})",
                     channel, kTime, sequence, events);
}
std::string levels(std::string_view product, std::string_view type, std::string_view size) {
  return fmt::format(R"({{"type":"{1}","product_id":"{0}","updates":[{{"side":"bid",)"
                     R"("price_level":"5","new_quantity":"{2}"}}]}})",
                     product, type, size);
}
std::string trade(std::string_view id, std::string_view price) {
  return fmt::format(R"({{"product_id":"ABC-USD","trade_id":"{}","price":"{}","size":"1",)"
                     R"("time":"{}","side":"BUY"}})",
                     id, price, kTime);
}

TEST_F(CoinbaseFaults, OneBadItemSpoilsNothingBesideIt) {
  open();
  text(message("l2_data", 0,
               levels("ABC-USD", "snapshot", "1") + "," + levels("XYZ-USD", "snapshot", "1")));
  events.take();
  text(message("l2_data", 1,
               levels("ABC-USD", "update", "-2") + "," + levels("XYZ-USD", "update", "2")));
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering COINBASE:ABC-USD",
                                         "resync COINBASE:ABC-USD", "book COINBASE:XYZ-USD 5x2 |",
                                         "quote COINBASE:XYZ-USD 5x2 0x0"));
  text(message("market_trades", 2,
               R"({"type":"update","trades":[)" + trade("4", "3") + "," + trade("3", "x") + "," +
                   trade("2", "3") + "]}"));
  EXPECT_THAT(events.take(),
              ElementsAre("anomaly parse_error", "trade COINBASE:ABC-USD 2 sell 3x1",
                          "lost COINBASE:ABC-USD 1", "trade COINBASE:ABC-USD 4 sell 3x1"));
}

TEST_F(CoinbaseFaults, WhatCannotBeRightIsToldOf) {
  open();
  text(message("l2_data", 0, levels("ABC-USD", "snapshot", "1")));
  text(message("l2_data", 1, levels("ABC-USD", "update", "-2")));
  text(message("l2_data", 2, levels("ABC-USD", "snapshot", "1")));
  text(message("l2_data", 3,
               R"({"type":"update","product_id":"ABC-USD","updates":[{"side":"offer",)"
               R"("price_level":"4","new_quantity":"1"}]})"));
  text(message("market_trades", 4,
               R"({"type":"update","trades":[)" + trade("3", "x") + "," + trade("2", "0") + "]}"));
  const auto ticker = [](std::string_view price, std::string_view volume) {
    return fmt::format(R"({{"type":"update","tickers":[{{"product_id":"ABC-USD","price":"{0}",)"
                       R"("high_24_h":"{1}","low_24_h":"0","volume_24_h":"{1}"}}]}})",
                       price, volume);
  };
  text(message("ticker", 5, ticker("-5", "1")));
  text(message("ticker", 6, ticker("0", "1")));
  text(message("ticker", 7, ticker("0", "0")));  // nothing traded yet
  EXPECT_THAT(
      events.quarantined,
      ElementsAre("COINBASE:ABC-USD book bad_size -2", "COINBASE:ABC-USD book crossed_book 5",
                  "COINBASE:ABC-USD trade bad_price 0", "COINBASE:ABC-USD ticker bad_price -5",
                  "COINBASE:ABC-USD ticker bad_price 0"));
  EXPECT_EQ(events.count("recovering COINBASE:ABC-USD"), 2U);
  EXPECT_EQ(events.trades.size() + events.tickers.size(), 0U);
}

TEST_F(CoinbaseFaults, AnUpdateWhoseProductCannotBeToldCostsEveryBook) {
  for (const char* update :
       {R"({"type":"update","product_id":5,"updates":[]})", R"({"type":"update","updates":[]})",
        R"({"type":"update","product_id":"","updates":[]})", R"({"type":"update"})", "7"}) {
    events = {};
    open();
    text(message("l2_data", 0, levels("ABC-USD", "snapshot", "1")));
    events.take();
    text(message("l2_data", 1, update));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering COINBASE:ABC-USD",
                                           "resync COINBASE:ABC-USD"))
        << update;
  }
}

TEST_F(CoinbaseFaults, AnUpdateThatLacksWhatItMustHaveCostsItsOwnBook) {
  const auto named = levels("ABC-USD", "update", "2");
  const std::string twice =
      R"({"type":"update","product_id":"ABC-USD","updates":[{"side":"bid","price_level":"x",)"
      R"("new_quantity":"1"}],"updates":[]})";
  for (const auto& frame :
       {message("l2_data", 1, R"({"type":"update","product_id":"ABC-USD"})"),
        message("l2_data", 1, twice),
        fmt::format(R"({{"channel":"l2_data","sequence_num":null,"events":[{}]}})", named),
        fmt::format(R"({{"channel":"l2_data","events":[{}]}})", named),
        fmt::format(R"({{"sequence_num":1,"events":[{}]}})", named),
        message("l2_data", 1, named) + "{}"}) {
    events = {};
    open();
    text(message("l2_data", 0,
                 levels("ABC-USD", "snapshot", "1") + "," + levels("XYZ-USD", "snapshot", "1")));
    events.take();
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering COINBASE:ABC-USD",
                                           "resync COINBASE:ABC-USD"))
        << frame;
  }
}

TEST_F(CoinbaseFaults, ANumberThatCannotBeReadIsNoHole) {
  open();
  text(message("l2_data", 0, levels("XYZ-USD", "snapshot", "1")));
  text(fmt::format(R"({{"channel":"l2_data","sequence_num":"x","events":[{}]}})",
                   levels("ABC-USD", "update", "2")));
  events.take();
  text(message("l2_data", 2, levels("XYZ-USD", "update", "2")));
  EXPECT_THAT(events.take(),
              ElementsAre("book COINBASE:XYZ-USD 5x2 |", "quote COINBASE:XYZ-USD 5x2 0x0"));
}

TEST_F(CoinbaseFaults, AMessageWithoutEventsOrAChannelThatIsEscapedIsLost) {
  for (const char* frame : {R"({"channel":"l2_data","sequence_num":1})",
                            R"({"channel":"l2_data","sequence_num":1,"events":null})",
                            R"({"channel":"l2\u005fdata","sequence_num":1,"events":[]})"}) {
    events = {};
    open();
    text(message("l2_data", 0, levels("ABC-USD", "snapshot", "1")));
    events.take();
    text(frame);
    EXPECT_EQ(events.count("anomaly"), 1U) << frame;
    EXPECT_EQ(events.count("recovering COINBASE:ABC-USD"), 1U) << frame;
  }
}

TEST_F(CoinbaseFaults, ATradeWhoseProductCannotBeToldPutsAllInDoubt) {
  for (const char* bad : {R"({"trade_id":"3","price":"1","size":"1","side":"BUY"})",
                          R"({"product_id":5,"trade_id":"3"})", "7"}) {
    events = {};
    open();
    text(message("market_trades", 0, R"({"type":"update","trades":[)" + trade("1", "3") + "]}"));
    text(message("market_trades", 1,
                 fmt::format(R"({{"type":"update","trades":[{},{}]}})", bad, trade("2", "3"))));
    text(message("market_trades", 2, R"({"type":"update","trades":[)" + trade("4", "3") + "]}"));
    EXPECT_EQ(events.count("lost COINBASE:ABC-USD 1"), 1U) << bad;
    EXPECT_EQ(events.trades.size(), 3U) << bad;
    EXPECT_EQ(events.count("anomaly"), 1U) << bad;
  }
}

TEST_F(CoinbaseFaults, AnIdThatIsNotCarriedWholeIsNone) {
  open();
  const auto zeros = std::string(60, '0') + "5";
  text(message("market_trades", 0, R"({"type":"update","trades":[)" + trade(zeros, "3") + "]}"));
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "lost COINBASE:ABC-USD 1"));
}

TEST_F(CoinbaseFaults, AnAnswerOrAStatusOfAnotherTypeChangesNothing) {
  open();
  text(message("l2_data", 0, levels("ABC-USD", "snapshot", "1")));
  events.take();
  int sequence = 1;
  for (const char* event : {R"({"subscriptions":null})", R"({"subscriptions":{"level2":5}})",
                            R"({"type":"snapshot","products":[{"id":"ABC-USD","status":null}]})",
                            R"({"type":"snapshot","products":[{"id":"ABC-USD"}]})",
                            R"({"type":"snapshot","products":[{"id":5,"status":"offline"}]})"}) {
    const bool answer = std::string_view(event).find("subscriptions") != std::string_view::npos;
    text(message(answer ? "subscriptions" : "status", sequence++, event));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << event;
  }
  text(message("l2_data", sequence, levels("ABC-USD", "update", "2")));
  EXPECT_EQ(events.count("book COINBASE:ABC-USD 5x2 |"), 1U) << "no number was lost";
}

TEST_F(CoinbaseFaults, ALateTradeIsDeliveredAndARepeatedOneIsNot) {
  open();
  int sequence = 0;
  for (const char* id : {"11", "10", "11", "10"}) {
    text(message("market_trades", sequence++,
                 R"({"type":"update","trades":[)" + trade(id, "3") + "]}"));
  }
  EXPECT_THAT(events.take(), ElementsAre("trade COINBASE:ABC-USD 11 sell 3x1",
                                         "trade COINBASE:ABC-USD 10 sell 3x1", "anomaly duplicate",
                                         "anomaly duplicate"));
}

TEST_F(CoinbaseFaults, ProductsThatOnlyLookLikeAnAliasAreTheirOwn) {
  AdapterTest::open(settings_of({"USDT-USDC", "USDT-USD", "ABC-USDC"}));
  text(message("l2_data", 0, levels("USDT-USDC", "snapshot", "1")));
  EXPECT_THAT(events.take(),
              ElementsAre("synced COINBASE:USDT-USDC", "book COINBASE:USDT-USDC 5x1 |",
                          "quote COINBASE:USDT-USDC 5x1 0x0"));
  text(message("l2_data", 1, levels("ABC-USD", "snapshot", "1")));
  EXPECT_THAT(events.take(), ElementsAre("synced COINBASE:ABC-USDC", "book COINBASE:ABC-USDC 5x1 |",
                                         "quote COINBASE:ABC-USDC 5x1 0x0"));
}

TEST_F(CoinbaseFaults, ARecordingIsReadUnderTheNameThatWasAskedFor) {
  AdapterSettings settings;
  settings.discover = true;
  AdapterTest::open(settings);
  adapter->on_sent(
      R"({"type":"subscribe","product_ids":["ABC-USDC","USDT-USDC"],"channel":"level2"})");
  adapter->on_sent("no request");
  text(message("l2_data", 0, levels("ABC-USD", "snapshot", "1")));
  EXPECT_THAT(events.take(),
              ElementsAre("instrument COINBASE:ABC-USDC", "instrument COINBASE:USDT-USDC",
                          "synced COINBASE:ABC-USDC", "book COINBASE:ABC-USDC 5x1 |",
                          "quote COINBASE:ABC-USDC 5x1 0x0"));
}

TEST_F(CoinbaseFaults, FuturesHaveANameOfOurs) {
  AdapterTest::open(settings_of({"BTC_PERP-INTX", "BIT_28AUG26-CDE"}));
  text(message("l2_data", 0, levels("BTC-PERP-INTX", "snapshot", "1")));
  EXPECT_EQ(events.take().front(), "synced COINBASE:BTC_PERP-INTX");
  text(message("l2_data", 1, levels("BIT-28AUG26-CDE", "snapshot", "1")));
  EXPECT_EQ(events.take().front(), "synced COINBASE:BIT_28AUG26-CDE");
  EXPECT_THAT(events.take(), IsEmpty());
}

}  // namespace
}  // namespace tickgate::feeds::coinbase
