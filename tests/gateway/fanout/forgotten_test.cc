// SPDX-License-Identifier: Apache-2.0
// What an edge no longer hears of, as clients see it, and how it learns what they follow.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "feeds/publish/demand.h"
#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using schemas::State;
using testing::book;
using testing::quote;
using testing::status;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class ForgottenTest : public ::testing::Test {
 protected:
  ForgottenTest() {
    fan_out.report_to(demand);
    fan_out.on_instrument(btc);
    fan_out.on_tick(status(btc, 1, State::kLive));
  }
  void subscribe(Subscriber& client, Channel channel) {
    fan_out.subscribe(client, "1", {channel, {"SIM:BTC-USD"}, 25, 0});
  }
  std::string sent(Subscriber& client) {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  feeds::Demand demand;
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  FanOut fan_out{
      {.subscriptions_per_connection = 5'000, .min_interval_ms = 0, .frame_bytes = 2'048}, "EPOCH"};
  Subscriber first, second;
  Monotonic now = 1s;
};

TEST_F(ForgottenTest, WhoComesLaterIsNotShownWhatItWas) {
  subscribe(first, Channel::kQuote);
  subscribe(first, Channel::kBook);
  fan_out.on_tick(quote(btc, 1));
  fan_out.on_tick(book(btc, 1, 2));
  EXPECT_TRUE(has(sent(first), R"("type":"quote")"));
  fan_out.on_forgotten({btc.id, Channel::kQuote});
  EXPECT_EQ(sent(first), "");
  subscribe(second, Channel::kQuote);
  auto frame = sent(second);
  EXPECT_TRUE(has(frame, R"("state":"live")")) << frame;
  EXPECT_FALSE(has(frame, R"("type":"quote")")) << frame;
  subscribe(second, Channel::kBook);
  EXPECT_TRUE(has(sent(second), R"("type":"book")")) << "that was not forgotten";
  fan_out.on_tick(quote(btc, 2));
  for (auto* const client : {&first, &second}) {
    EXPECT_TRUE(has(sent(*client), R"("type":"quote","symbol":"SIM:BTC-USD","seq":2)"));
  }
}

TEST_F(ForgottenTest, AValueThatComesAgainIsSentToWhoDidNotHaveIt) {
  subscribe(first, Channel::kBook);
  fan_out.on_tick(book(btc, 7, 2));
  EXPECT_TRUE(has(sent(first), R"("seq":7)"));
  fan_out.on_forgotten({btc.id, Channel::kBook});
  subscribe(second, Channel::kBook);
  EXPECT_FALSE(has(sent(second), R"("type":"book")"));
  fan_out.on_tick(book(btc, 7, 2));
  EXPECT_TRUE(has(sent(second), R"("seq":7)"));
  EXPECT_EQ(sent(first), "");
}

TEST_F(ForgottenTest, WhatIsUnknownIsForgottenToo) {
  const auto& eth = registry.add("sim", "ETH-USD");
  fan_out.on_forgotten({eth.id, Channel::kBook});
  fan_out.on_forgotten({btc.id, Channel::kTicker});
  EXPECT_EQ(fan_out.cache().ticker(btc.id), nullptr);
}

TEST_F(ForgottenTest, WhatIsFollowedIsCountedByChannel) {
  subscribe(first, Channel::kQuote);
  subscribe(second, Channel::kQuote);
  subscribe(second, Channel::kBook);
  EXPECT_EQ(demand.of(btc.id, Channel::kQuote), 2U);
  EXPECT_EQ(demand.of(btc.id, Channel::kBook), 1U);
  EXPECT_EQ(demand.of(btc.id, Channel::kTicker), 0U);
  EXPECT_EQ(demand.of(btc.id), 3U);
  fan_out.unsubscribe(first, "2", {Channel::kQuote, {"SIM:BTC-USD"}});
  EXPECT_EQ(demand.of(btc.id, Channel::kQuote), 1U);
  fan_out.remove(second);
  EXPECT_EQ(demand.of(btc.id), 0U);
  fan_out.remove(first);
}

}  // namespace
}  // namespace tickgate::gateway
