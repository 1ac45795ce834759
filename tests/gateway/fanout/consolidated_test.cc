// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using schemas::State;

// A client that wants a consolidated price, and a venue's, twice a minute.
class ConsolidatedTest : public ::testing::Test {
 protected:
  ConsolidatedTest() {
    for (const auto* instrument : {&best, &btc}) {
      fan_out.on_instrument(*instrument);
      fan_out.on_tick(testing::status(*instrument, 1, State::kLive));
      fan_out.on_tick(testing::quote(*instrument, 1, "100"));
    }
    fan_out.subscribe(client, "1", {Channel::kQuote, {"BEST:BTC-USD", "SIM:BTC-USD"}, 25, 30'000});
    sent();
  }

  std::string sent() {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  // All that comes with the rounds of the next minute.
  std::string sent_by_rounds() {
    std::string all;
    for (int second = 0; second < 60; ++second) {
      fan_out.mark_round(now);
      all += sent();
    }
    return all;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& best = registry.add("best", "BTC-USD", {"sim", "kraken"});
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  FanOut fan_out{{.subscriptions_per_connection = 4, .min_interval_ms = 0, .frame_bytes = 4096},
                 "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
};

}  // namespace

TEST_F(ConsolidatedTest, AVenueThatLeavesIsNotShownUntilTheNextRound) {
  for (const auto* instrument : {&best, &btc}) {
    fan_out.on_tick(testing::quote(*instrument, 2, "99"));
    fan_out.on_tick(testing::status(*instrument, 2, State::kLive));
  }
  const auto frame = sent();
  EXPECT_NE(frame.find(R"("type":"quote","symbol":"BEST:BTC-USD","seq":2,"bid":"99")"),
            std::string::npos)
      << frame;
  EXPECT_EQ(frame.find(R"("type":"quote","symbol":"SIM:BTC-USD")"), std::string::npos) << frame;
  const auto round = sent_by_rounds();
  EXPECT_EQ(round.find("BEST:BTC-USD"), std::string::npos) << "sent before: " << round;
  EXPECT_NE(round.find(R"("symbol":"SIM:BTC-USD","seq":2)"), std::string::npos) << round;
}

TEST_F(ConsolidatedTest, WithoutAChangeOfItsStatusItWaitsForTheRound) {
  fan_out.on_tick(testing::quote(best, 2, "99"));
  EXPECT_EQ(sent(), "");
  EXPECT_NE(sent_by_rounds().find(R"("symbol":"BEST:BTC-USD","seq":2)"), std::string::npos);
}

}  // namespace tickgate::gateway
