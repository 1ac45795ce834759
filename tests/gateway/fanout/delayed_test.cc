// SPDX-License-Identifier: Apache-2.0
// A delayed lane's fan-out: what it sends is what the live one sends, marked, and never called
// live.
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
using schemas::State;
using testing::book;
using testing::quote;
using testing::status;
using testing::trade;

constexpr std::string_view kMark = R"(,"delayed_s":900)";

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}
std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Two that are told the same, one of them as a delayed lane.
class DelayedTest : public ::testing::Test {
 protected:
  struct Side {
    explicit Side(std::uint32_t delay_s) : fan_out({}, "EPOCH", delay_s) {}
    FanOut fan_out;
    Subscriber client;
  };

  DelayedTest() {
    each([&](Side& side) {
      side.fan_out.on_instrument(btc);
      side.fan_out.on_tick(status(btc, 1, State::kLive));
      for (const auto channel :
           {Channel::kQuote, Channel::kBook, Channel::kTrade, Channel::kTicker, Channel::kStatus}) {
        side.fan_out.subscribe(side.client, "1", {channel, {btc.symbol}, 25, 0, stamps});
      }
      side.fan_out.subscribe(
          side.client, "1",
          {Channel::kBar, {btc.symbol}, 25, 0, stamps, schemas::Interval::k1m, 10});
    });
    sent();  // acknowledgements
  }
  template <typename Visit>
  void each(Visit&& visit) {
    visit(live);
    visit(delayed);
  }
  // What both are sent now: what a delayed one would be by the live one's, and what it is.
  struct Frames {
    std::string expected, delayed;
    std::size_t objects;
  };
  Frames sent() {
    now += 1s;
    std::string frames[2];
    each([&, i = 0](Side& side) mutable {
      side.fan_out.mark_changed(now);
      side.fan_out.compose(side.client, now, frames[i++], schemas::Timestamp{77});
    });
    const auto objects = count(frames[0], R"("seq":)") + count(frames[0], R"("type":"gap")") +
                         count(frames[0], R"("type":"bar_history")");
    return {replaced(frames[0], R"("state":"live")", R"("state":"delayed")"), frames[1], objects};
  }
  void expect_marked(const Frames& frames) {
    EXPECT_GT(frames.objects, 0U) << frames.delayed;
    EXPECT_EQ(count(frames.delayed, kMark), frames.objects) << frames.delayed;
    EXPECT_EQ(replaced(frames.delayed, kMark, ""), frames.expected);
    EXPECT_EQ(frames.delayed.find("\"live\""), std::string::npos) << frames.delayed;
  }

  bool stamps = false;
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  Side live{0}, delayed{900};
  Monotonic now = 1s;
};

TEST_F(DelayedTest, EveryObjectOfEveryChannelIsMarkedOnce) {
  each([&](Side& side) {
    side.fan_out.on_tick(status(btc, 2, State::kStale));
    side.fan_out.on_tick(status(btc, 3, State::kLive));
    side.fan_out.on_tick(quote(btc, 1));
    side.fan_out.on_tick(book(btc, 1, 3));
    side.fan_out.on_tick(trade(btc, 1));
    side.fan_out.on_trade_gap({btc.id, schemas::SequenceNumber{2}, schemas::SequenceNumber{4},
                               schemas::GapReason::kFeedGap});
    side.fan_out.on_tick(trade(btc, 5));
    schemas::Ticker ticker;
    ticker.header = testing::header(btc, Channel::kTicker, 1);
    ticker.last = ticker.high = ticker.low = testing::price("5.5");
    ticker.volume = testing::quantity("1");
    side.fan_out.on_tick(ticker);
  });
  const auto frames = sent();
  EXPECT_GE(frames.objects, 7U) << frames.delayed;
  expect_marked(frames);
}

TEST_F(DelayedTest, WhoLooksForTheFirstTimeIsTheSame) {
  each([&](Side& side) {
    side.fan_out.on_tick(quote(btc, 1));
    side.fan_out.remove(side.client);
    side.fan_out.subscribe(side.client, "2", {Channel::kQuote, {btc.symbol}, 25, 0, true});
  });
  const auto frames = sent();
  EXPECT_NE(frames.delayed.find(R"(,"delayed_s":900,"sent":77})"), std::string::npos)
      << frames.delayed;
  expect_marked(frames);
}

TEST_F(DelayedTest, WhatIsClosedIsMarkedToo) {
  each([&](Side& side) { side.fan_out.on_removed(btc, schemas::Timestamp{5}); });
  const auto frames = sent();
  EXPECT_NE(frames.delayed.find(R"("state":"closed")"), std::string::npos) << frames.delayed;
  expect_marked(frames);
}

// The feed's thread of the lane stands still: what was called delayed is stale.
TEST_F(DelayedTest, WhatStandsStillIsStale) {
  each([&](Side& side) { side.fan_out.stand_still(0, schemas::Timestamp{5}); });
  auto frames = sent();
  EXPECT_NE(frames.delayed.find(R"("state":"stale")"), std::string::npos) << frames.delayed;
  expect_marked(frames);
  each([&](Side& side) { side.fan_out.move_again(0); });
  frames = sent();
  EXPECT_NE(frames.delayed.find(R"("state":"delayed")"), std::string::npos) << frames.delayed;
  expect_marked(frames);
}

}  // namespace
}  // namespace tickgate::gateway
