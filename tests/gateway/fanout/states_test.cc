// SPDX-License-Identifier: Apache-2.0
// Which state a client is told: that of what it follows, and of a feed whose thread stands still.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

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

class States : public ::testing::Test {
 protected:
  States() {
    fan_out.on_instrument(btc, 0);
    fan_out.on_instrument(eth, 1);
    say(btc, State::kLive, State::kLive);
    say(eth, State::kLive, State::kLive);
    fan_out.on_tick(quote(btc, 1));
    fan_out.on_tick(book(btc, 1, 2));
    fan_out.mark_changed(now);
  }
  void say(const schemas::Instrument& instrument, State whole, State of_quote) {
    auto made = status(instrument, ++said[instrument.id.value()], whole);
    made.quote_state = of_quote;
    fan_out.on_tick(made);
  }
  void subscribe(Channel channel) {
    fan_out.subscribe(client, "1", {channel, {"SIM:BTC-USD"}, 25, 0});
  }
  std::string sent() {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{{.subscriptions_per_connection = 9, .min_interval_ms = 0, .frame_bytes = 9999},
                 "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
  std::map<std::uint32_t, std::uint64_t> said;
};

TEST_F(States, WhoFollowsNoBookIsToldOfTheQuoteAlone) {
  subscribe(Channel::kQuote);
  sent();
  say(btc, State::kRecovering, State::kLive);
  fan_out.on_tick(quote(btc, 2));
  auto frame = sent();
  EXPECT_TRUE(has(frame, R"("state":"live")")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"quote")")) << frame;

  subscribe(Channel::kBook);  // now the book counts as well, and it is not shown
  frame = sent();
  EXPECT_TRUE(has(frame, R"("state":"recovering")")) << frame;
  EXPECT_FALSE(has(frame, R"("state":"live")")) << frame;
  EXPECT_FALSE(has(frame, R"("type":"book")")) << frame;

  fan_out.unsubscribe(client, "2", {Channel::kBook, {"SIM:BTC-USD"}});
  EXPECT_TRUE(has(sent(), R"("state":"live")")) << "the better one again";
}

TEST_F(States, WhoFollowsTheBookTooWaitsForTheWorse) {
  subscribe(Channel::kQuote);
  subscribe(Channel::kBook);
  sent();
  say(btc, State::kRecovering, State::kRecovering);
  fan_out.on_tick(quote(btc, 2));
  fan_out.on_tick(book(btc, 2, 1));
  EXPECT_FALSE(has(sent(), R"("seq":2,"bid)"));
  say(btc, State::kRecovering, State::kLive);
  auto frame = sent();
  EXPECT_FALSE(has(frame, R"("type":"quote")"))
      << "it is told that the whole is recovering" << frame;
  say(btc, State::kLive, State::kLive);
  frame = sent();
  EXPECT_TRUE(has(frame, R"("type":"quote")")) << frame;
  EXPECT_TRUE(has(frame, R"("type":"book")")) << frame;
}

TEST_F(States, OfAThreadThatStandsStillNothingIsLive) {
  subscribe(Channel::kQuote);
  sent();
  fan_out.stand_still(1, schemas::Timestamp{77});
  EXPECT_EQ(sent(), "") << "another thread's";
  fan_out.stand_still(0, schemas::Timestamp{77});
  auto frame = sent();
  EXPECT_TRUE(
      has(frame, R"("seq":2,"state":"stale","since":77,"reason":"the feed's thread stands)"))
      << frame;
  EXPECT_TRUE(fan_out.stands_still(btc.id));

  Subscriber late;
  fan_out.subscribe(late, "1", {Channel::kBook, {"SIM:BTC-USD"}, 25, 0});
  std::string its;
  fan_out.compose(late, now, its);
  EXPECT_TRUE(has(its, R"("state":"stale")")) << its;

  // What its feed says of itself meanwhile is shown once it moves again, and never with an older
  // number.
  say(btc, State::kLive, State::kLive);
  frame = sent();
  EXPECT_TRUE(has(frame, R"("seq":3,"state":"stale")")) << frame;
  say(btc, State::kDown, State::kDown);
  EXPECT_TRUE(has(sent(), R"("seq":4,"state":"down")")) << "worse than stale";
  say(btc, State::kLive, State::kLive);
  sent();
  fan_out.move_again(0);
  frame = sent();
  EXPECT_TRUE(has(frame, R"("seq":6,"state":"live")")) << frame;
  EXPECT_FALSE(fan_out.stands_still(btc.id));
  say(btc, State::kStale, State::kStale);
  EXPECT_TRUE(has(sent(), R"("seq":7,"state":"stale")"));
}

}  // namespace
}  // namespace tickgate::gateway
