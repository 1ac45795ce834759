// SPDX-License-Identifier: Apache-2.0
// What Kraken sends in error, and what is right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/kraken.h"
#include "fmt/format.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::kraken {
namespace {

using ::testing::ElementsAre;
using testing::settings_of;

class KrakenFaults : public testing::AdapterTest {
 protected:
  KrakenFaults() : AdapterTest("kraken", make_adapter) {}

  void open() { AdapterTest::open(settings_of({"BTC-USD", "ETH-USD"})); }
};

TEST_F(KrakenFaults, TheTradesOfAFrameComeInTheirOrderAndALateOneIsDelivered) {
  open();
  const auto trade = [](std::string_view symbol, int id) {
    return fmt::format(R"({{"symbol":"{}","side":"buy","price":1.0,"qty":2.0,"trade_id":{}}})",
                       symbol, id);
  };
  text(fmt::format(R"({{"channel":"trade","type":"update","data":[{},{},{}]}})",
                   trade("BTC/USD", 12), trade("ETH/USD", 3), trade("BTC/USD", 11)));
  text(fmt::format(R"({{"channel":"trade","type":"update","data":[{},{}]}})", trade("BTC/USD", 10),
                   trade("BTC/USD", 12)));
  EXPECT_THAT(
      events.take(),
      ElementsAre("trade KRAKEN:ETH-USD 3 buy 1.0x2.0", "trade KRAKEN:BTC-USD 11 buy 1.0x2.0",
                  "trade KRAKEN:BTC-USD 12 buy 1.0x2.0", "trade KRAKEN:BTC-USD 10 buy 1.0x2.0",
                  "anomaly duplicate"));
}

TEST_F(KrakenFaults, OfAFrameThatCannotBeWalkedTheTradesAreInDoubt) {
  open();
  const auto trade = [this](int id) {
    text(fmt::format(R"({{"channel":"trade","type":"update","data":[{{"symbol":"BTC/USD",)"
                     R"("side":"buy","price":1.0,"qty":2.0,"trade_id":{}}}]}})",
                     id));
  };
  trade(1);
  text(R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"b)");
  trade(3);
  EXPECT_THAT(events.take(),
              ElementsAre("trade KRAKEN:BTC-USD 1 buy 1.0x2.0", "anomaly parse_error",
                          "lost KRAKEN:BTC-USD 1", "trade KRAKEN:BTC-USD 3 buy 1.0x2.0"));
}

TEST_F(KrakenFaults, ATimeThatCannotBeOneIsLeftOut) {
  open();
  for (const char* time :
       {"1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday", ""}) {
    text(fmt::format(R"({{"channel":"trade","type":"update","data":[{{"symbol":"BTC/USD",)"
                     R"("side":"buy","price":1.0,"qty":2.0,"trade_id":{},"timestamp":"{}"}}]}})",
                     events.trades.size() + 1, time));
    EXPECT_EQ(events.trades.back().header.venue_time, schemas::kNoTime) << time;
  }
  EXPECT_EQ(events.trades.size(), 5U);
  EXPECT_EQ(events.count("anomaly bad_time"), 2U) << "what the venue writes for none is no mistake";
}

}  // namespace
}  // namespace tickgate::feeds::kraken
