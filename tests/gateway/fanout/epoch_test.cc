// SPDX-License-Identifier: Apache-2.0
// Numbers that begin anew, as an edge hears them of its ingests.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_bars.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using schemas::Interval;
using schemas::State;
using testing::book;
using testing::quote;
using testing::status;
using testing::trade;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class EpochTest : public ::testing::Test {
 protected:
  void appear(std::uint64_t seq) {
    fan_out.on_instrument(btc);
    fan_out.on_tick(status(btc, seq, State::kLive));
  }
  void subscribe(Subscriber& client, Channel channel, std::string symbol = "SIM:BTC-USD") {
    SubscribeRequest request{channel, {std::move(symbol)}, 25, 0};
    request.interval = Interval::k1m;
    fan_out.subscribe(client, "1", request);
  }
  std::string sent(Subscriber& client) {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  FanOut fan_out{
      {.subscriptions_per_connection = 5'000, .min_interval_ms = 0, .frame_bytes = 65'536}, ""};
  Subscriber first, second;
  Monotonic now = 1s;
};

TEST_F(EpochTest, TheFirstNameIsSaidInAcknowledgements) {
  appear(1);
  EXPECT_EQ(fan_out.epoch(), "");
  fan_out.name_epoch("ONE");
  subscribe(first, Channel::kQuote);
  EXPECT_TRUE(has(sent(first), R"("epoch":"ONE")"));
  EXPECT_NE(fan_out.instrument("SIM:BTC-USD"), nullptr);
}

TEST_F(EpochTest, WhatEndsIsSaidToBeDownAndWhatBeginsHasLowerNumbers) {
  fan_out.name_epoch("ONE");
  appear(500);
  for (const auto channel : {Channel::kQuote, Channel::kBook, Channel::kTrade, Channel::kBar}) {
    subscribe(first, channel);
  }
  subscribe(first, Channel::kTicker, "*");
  fan_out.on_tick(quote(btc, 900));
  fan_out.on_tick(book(btc, 700, 2));
  for (std::uint64_t seq = 100'000; seq < 100'010; ++seq) fan_out.on_tick(trade(btc, seq));
  sent(first);
  fan_out.end_epoch(schemas::Timestamp{5}, now);
  const auto last = sent(first);
  EXPECT_TRUE(has(last, R"("seq":501,"state":"down",)")) << last;
  EXPECT_TRUE(has(last, "the prices begin anew")) << last;
  fan_out.remove(first);
  fan_out.begin_epoch("TWO");
  EXPECT_EQ(fan_out.instrument("SIM:BTC-USD"), nullptr);
  EXPECT_EQ(fan_out.cache().quote(btc.id), nullptr);
  EXPECT_EQ(fan_out.in_order().size(), 0U);
  fan_out.on_removed(btc, {});  // what an edge says of the one before changes nothing

  appear(1);
  EXPECT_EQ(sent(first), "") << "its pattern is no more";
  subscribe(second, Channel::kQuote);
  subscribe(second, Channel::kBook);
  subscribe(second, Channel::kTrade);
  fan_out.on_tick(quote(btc, 2));
  fan_out.on_tick(book(btc, 3, 2));
  fan_out.on_tick(trade(btc, 4));
  const auto frame = sent(second);
  EXPECT_TRUE(has(frame, R"("epoch":"TWO")")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"status","symbol":"SIM:BTC-USD","seq":1)")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"quote","symbol":"SIM:BTC-USD","seq":2)")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"book","symbol":"SIM:BTC-USD","seq":3)")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"trade","symbol":"SIM:BTC-USD","seq":4)")) << frame;
  EXPECT_FALSE(has(frame, R"("state":"closed")")) << frame;
}

TEST_F(EpochTest, WhoComesBackWithTheOldNumbersIsToldThatTheyBeganAnew) {
  fan_out.name_epoch("ONE");
  appear(1);
  fan_out.on_tick(trade(btc, 9));
  fan_out.begin_epoch("TWO");
  appear(1);
  fan_out.on_tick(trade(btc, 1));
  SubscribeRequest request{Channel::kTrade, {"SIM:BTC-USD"}, 25, 0};
  request.from = TradesSeen{"ONE", {{"SIM:BTC-USD", 9}}};
  fan_out.subscribe(first, "1", request);
  const auto frame = sent(first);
  EXPECT_TRUE(has(frame, "feed_restart")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"trade","symbol":"SIM:BTC-USD","seq":1)")) << frame;
}

}  // namespace
}  // namespace tickgate::gateway
