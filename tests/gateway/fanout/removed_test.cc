// SPDX-License-Identifier: Apache-2.0
// Instruments that are served no more, as clients see it.
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
std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

constexpr schemas::Timestamp kRemoved{1'700'000'000'000'000};
constexpr std::string_view kBtcEnded =
    R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
    R"("rejected":[{"symbol":"SIM:BTC-USD","code":"unknown_symbol"}]})";

class RemovedTest : public ::testing::Test {
 protected:
  RemovedTest() {
    appear(btc);
    appear(eth);
  }
  void appear(const schemas::Instrument& instrument) {
    fan_out.on_instrument(instrument);
    fan_out.on_tick(status(instrument, ++statuses, State::kLive));
  }
  void remove(const schemas::Instrument& instrument) { fan_out.on_removed(instrument, kRemoved); }
  void subscribe(Channel channel, std::vector<std::string> symbols) {
    fan_out.subscribe(client, "1", {channel, std::move(symbols), 25, 0});
  }
  // What the client is sent now, in one frame.
  std::string sent() {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{
      {.subscriptions_per_connection = 5'000, .min_interval_ms = 0, .frame_bytes = 2'048}, "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
  std::uint64_t statuses = 0;
};

TEST_F(RemovedTest, ItsClientsAreToldThatItIsClosedAndThatTheirSubscriptionsEnded) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD", "SIM:ETH-USD"});
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  sent();
  fan_out.on_tick(quote(btc, 1));  // nobody is to see it any more
  remove(btc);
  const auto frame = sent();
  EXPECT_EQ(frame.find(R"([{"type":"status","symbol":"SIM:BTC-USD","seq":2,"state":"closed",)"), 0U)
      << frame;
  EXPECT_EQ(count(frame, "\"status\""), 1U) << "once, whatever they follow of it";
  EXPECT_TRUE(has(frame, kBtcEnded)) << frame;
  EXPECT_TRUE(has(frame, R"("id":null,"channel":"trade")"));
  EXPECT_FALSE(has(frame, R"("type":"quote")"));
  EXPECT_EQ(client.outbox.size(), 1U);
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kTrade), 0U);
  EXPECT_EQ(sent(), "");
  fan_out.on_tick(quote(eth, 1));
  EXPECT_TRUE(has(sent(), R"("symbol":"SIM:ETH-USD")")) << "the others go on";
}

TEST_F(RemovedTest, NobodyElseFindsIt) {
  subscribe(Channel::kQuote, {"SIM:ETH-USD"});
  sent();
  fan_out.on_tick(quote(btc, 1));
  remove(btc);
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(fan_out.instrument("SIM:BTC-USD"), nullptr);
  EXPECT_EQ(fan_out.cache().quote(btc.id), nullptr);
  EXPECT_EQ(fan_out.cache().status(btc.id), nullptr);
  EXPECT_EQ(fan_out.in_order().size(), 1U);
  EXPECT_TRUE(fan_out.near_symbols("btc-usd").empty());
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  EXPECT_TRUE(has(sent(), R"("rejected":[{"symbol":"SIM:BTC-USD","code":"unknown_symbol"}])"));
  remove(btc);  // twice is once
  EXPECT_EQ(sent(), "");
}

TEST_F(RemovedTest, OneThatReturnsBeginsWithItsStatusForPatternsOnly) {
  subscribe(Channel::kQuote, {"SIM:*"});
  subscribe(Channel::kTicker, {"SIM:BTC-USD"});
  sent();
  remove(btc);
  appear(btc);
  fan_out.on_tick(quote(btc, 7));
  const auto frame = sent();  // it was away while the client did not read
  const auto closed = frame.find(R"("state":"closed")"), ended = frame.find(kBtcEnded),
             live = frame.find(R"("state":"live")");
  EXPECT_NE(ended, frame.npos) << frame;
  EXPECT_LT(closed, ended) << "who shows it is to grey it, though it is back";
  EXPECT_LT(ended, live);
  EXPECT_LT(live, frame.find(R"("type":"quote","symbol":"SIM:BTC-USD","seq":7)"));
  EXPECT_TRUE(has(frame, R"("id":null,"channel":"ticker")"));
  EXPECT_EQ(client.outbox.size(), 2U);
  subscribe(Channel::kTicker, {"SIM:BTC-USD"});
  EXPECT_TRUE(has(sent(), R"("accepted":["SIM:BTC-USD"])"));
  EXPECT_EQ(fan_out.near_symbols("btc-usd").size(), 1U);
}

// Behind what it was told before, and in front of what it asks for then.
TEST_F(RemovedTest, OneThatReturnsBeforeItsClientHasReadIsClosedFirst) {
  subscribe(Channel::kQuote, {"SIM:*"});
  sent();
  remove(btc);
  fan_out.on_instrument(btc);
  const auto unsaid = sent();
  EXPECT_EQ(unsaid.find(R"([{"type":"status","symbol":"SIM:BTC-USD","seq":2,"state":"closed",)"),
            0U)
      << "though nothing is known of its return yet: " << unsaid;
  statuses = 10;
  appear(btc);
  sent();
  remove(btc);
  appear(btc);
  const auto frame = sent();
  const auto closed = frame.find(R"("state":"closed")"), ended = frame.find(kBtcEnded),
             live = frame.find(R"("state":"live")");
  EXPECT_LT(closed, ended) << frame;
  EXPECT_LT(ended, live) << frame;
  EXPECT_NE(live, frame.npos) << frame;
}

TEST_F(RemovedTest, WhoSubscribesAnewBeforeItHasReadIsToldInThatOrder) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  sent();
  remove(btc);
  appear(btc);
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  remove(btc);
  const auto frame = sent();
  const auto first = frame.find(kBtcEnded), granted = frame.find(R"("type":"subscribed")");
  const auto second = frame.find(kBtcEnded, first + 1);
  EXPECT_LT(first, granted) << frame;
  EXPECT_LT(granted, second);
  EXPECT_NE(second, frame.npos);
}

TEST_F(RemovedTest, OneThatIsRemovedWhileARequestIsHalfDoneIsRejected) {
  for (int i = 0; i < 3'000; ++i) {
    appear(registry.add("sim", "X" + std::to_string(i) + "-USD"));
  }
  ASSERT_FALSE(fan_out.subscribe(client, "1", {Channel::kQuote, {"*"}, 25, 0}));
  remove(btc);
  appear(registry.add("sim", "LATE-USD"));  // as many as when it began
  while (!fan_out.go_on(client)) {
  }
  EXPECT_EQ(client.outbox.size(), 3'002U);
  const auto frame = sent();
  EXPECT_TRUE(has(frame, "SIM:LATE-USD"));
  const auto acknowledged = frame.find(R"("type":"subscribed")");
  EXPECT_LT(frame.find(kBtcEnded), acknowledged) << "for the slot that it had by then";
  const auto answer = frame.substr(acknowledged);
  EXPECT_FALSE(has(answer.substr(0, answer.find("rejected")), "SIM:BTC-USD"));
  EXPECT_TRUE(has(frame, R"({"symbol":"SIM:BTC-USD","code":"unknown_symbol"}],"interval_ms")"));
}

TEST_F(RemovedTest, ManyAreToldInFramesOfTheirSizeBeforeAnythingElse) {
  std::vector<const schemas::Instrument*> more;
  for (int i = 0; i < 100; ++i) {
    more.push_back(&registry.add("sim", "X" + std::to_string(i) + "-USD"));
    appear(*more.back());
  }
  subscribe(Channel::kQuote, {"SIM:*"});
  while (sent() != "") {
  }
  for (const auto* const one : more) remove(*one);
  fan_out.on_tick(quote(eth, 1));
  int frames = 0;
  std::size_t closed = 0;
  for (auto frame = sent(); !frame.empty(); frame = sent()) {
    ++frames;
    EXPECT_LT(frame.size(), 4'096U);
    closed += count(frame, R"("state":"closed")");
    if (has(frame, R"("type":"quote")")) {
      EXPECT_EQ(closed, 100U);
    }
    if (closed < 100) {
      EXPECT_EQ(client.due(), Monotonic{0});
    }
  }
  EXPECT_GT(frames, 5);
  EXPECT_EQ(closed, 100U);
}

TEST_F(RemovedTest, BarsAndTradesAreLetGoOf) {
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  fan_out.subscribe(
      client, "2",
      {.channel = Channel::kBar, .symbols = {"SIM:BTC-USD"}, .interval = Interval::k1m});
  fan_out.on_tick(trade(btc, 1));
  sent();
  remove(btc);
  EXPECT_TRUE(has(sent(), R"("channel":"bar","accepted":[],"rejected":[{"symbol":"SIM:BTC-USD",)"
                          R"("code":"unknown_symbol"}],"interval":"1m"})"));
  EXPECT_EQ(fan_out.counters().bar_series.value(), 0);
  appear(btc);
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  EXPECT_FALSE(has(sent(), "gap"));
  fan_out.on_tick(trade(btc, 2));
  const auto frame = sent();
  EXPECT_TRUE(has(frame, R"("type":"trade","symbol":"SIM:BTC-USD","seq":2)"));
  EXPECT_FALSE(has(frame, R"("type":"gap")"));
}

// A thread that stood still has nothing to say of it when it moves again.
TEST_F(RemovedTest, WhileItsFeedStandsStill) {
  fan_out.stand_still(0, kRemoved);
  remove(btc);
  fan_out.move_again(0);
  fan_out.stand_still(0, kRemoved);
  EXPECT_EQ(fan_out.cache().status(btc.id), nullptr);
  EXPECT_NE(fan_out.cache().status(eth.id), nullptr);
  fan_out.move_again(0);
}

// Of a client that never reads, too.
TEST_F(RemovedTest, HundredsOfRoundsLeaveNothingBehind) {
  subscribe(Channel::kQuote, {"SIM:*"});
  sent();
  Subscriber reader;
  fan_out.subscribe(reader, "1", {Channel::kBook, {"SIM:*"}, 10, 0});
  for (std::uint64_t round = 1; round <= 500; ++round) {
    remove(btc);
    appear(btc);
    fan_out.on_tick(quote(btc, round));
    fan_out.on_tick(book(btc, round, 5));
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(reader, now += 1s, frame);
    ASSERT_TRUE(has(frame, R"("id":null,"channel":"book")")) << round;
    ASSERT_TRUE(has(frame, R"("type":"book")")) << round;
  }
  EXPECT_EQ(client.outbox.size(), 2U);
  EXPECT_EQ(fan_out.subscriptions().members(btc.id, Channel::kQuote), 1U);
  EXPECT_EQ(fan_out.near_symbols("btc-usd").size(), 1U);
  EXPECT_EQ(count(sent(), "unsubscribed"), 1U) << "once, however often it left";
  fan_out.remove(client);
  fan_out.remove(reader);
}

}  // namespace
}  // namespace tickgate::gateway
