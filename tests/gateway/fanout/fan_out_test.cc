// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/fan_out.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class FanOutTest : public ::testing::Test {
 protected:
  FanOutTest() {
    fan_out.on_instrument(btc);
    fan_out.on_instrument(eth);
    set_state(btc, State::kLive);
    set_state(eth, State::kLive);
    fan_out.mark_changed(now);
  }

  void set_state(const schemas::Instrument& instrument, State state) {
    fan_out.on_tick(status(instrument, ++status_sequence, state));
  }

  void subscribe(Channel channel, std::vector<std::string> symbols, std::uint8_t depth = 25,
                 std::uint32_t interval_ms = 0) {
    fan_out.subscribe(client, "1", {channel, std::move(symbols), depth, interval_ms});
  }

  int pop_flushes() {
    int count = 0;
    for (auto* queue :
         {&fan_out.flush_now(), &fan_out.flush_in_quick_round(), &fan_out.flush_in_slow_round()}) {
      queue->pop(
          SIZE_MAX, [&](Subscriber&) { ++count; }, [](const Subscriber&) {},
          [](const Subscriber&) {});
    }
    return count;
  }

  // Everything the client is sent now.
  std::string sent() {
    fan_out.mark_changed(now);
    pop_flushes();
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{{.subscriptions_per_connection = 4, .min_interval_ms = 0, .frame_bytes = 2048},
                 "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
  std::uint64_t status_sequence = 0;
};

}  // namespace

TEST_F(FanOutTest, AcknowledgementThenStatusThenValueInOneFrame) {
  fan_out.on_tick(quote(btc, 5));
  subscribe(Channel::kQuote, {"SIM:BTC-USD", "SIM:NOPE-USD"});
  const auto frame = sent();
  const auto ack = frame.find(R"([{"type":"subscribed","id":1,"channel":"quote",)"
                              R"("accepted":["SIM:BTC-USD"],"rejected":[{"symbol":"SIM:NOPE-USD",)"
                              R"("code":"unknown_symbol"}],"interval_ms":0,"epoch":"EPOCH"},)");
  const auto state = frame.find(R"("type":"status","symbol":"SIM:BTC-USD")");
  const auto value = frame.find(R"("type":"quote","symbol":"SIM:BTC-USD","seq":5)");
  EXPECT_EQ(ack, 0U);
  EXPECT_LT(ack, state);
  EXPECT_LT(state, value);
  EXPECT_NE(value, std::string::npos);
  EXPECT_EQ(sent(), "") << "nothing changed since";
}

TEST_F(FanOutTest, SlowClientGetsTheNewestValueOnly) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  sent();
  fan_out.on_tick(quote(btc, 1, "1.0"));
  fan_out.mark_changed(now);
  fan_out.on_tick(quote(btc, 2, "2.0"));
  fan_out.on_tick(quote(btc, 3, "3.0"));
  const auto frame = sent();
  EXPECT_TRUE(has(frame, R"("seq":3)"));
  EXPECT_FALSE(has(frame, R"("seq":2)"));
  EXPECT_EQ(fan_out.counters().conflated[0].value(), 2U);
}

TEST_F(FanOutTest, NoQuoteOrBookWhileRecoveringAndTheNewestAfterwards) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  subscribe(Channel::kBook, {"SIM:BTC-USD"});
  sent();
  fan_out.on_tick(quote(btc, 1));
  fan_out.on_tick(book(btc, 1, 3));
  set_state(btc, State::kRecovering);
  const auto recovering = sent();
  EXPECT_TRUE(has(recovering, R"("state":"recovering")"));
  EXPECT_FALSE(has(recovering, R"("type":"quote")"));
  EXPECT_FALSE(has(recovering, R"("type":"book")"));
  set_state(btc, State::kLive);
  const auto whole = sent();
  EXPECT_LT(whole.find(R"("state":"live")"), whole.find(R"("type":"quote")"));
  EXPECT_TRUE(has(whole, R"("type":"book")"));
}

TEST_F(FanOutTest, StatusOfOneSymbolIsSentOnceHoweverManyChannelsItHas) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  subscribe(Channel::kTicker, {"SIM:BTC-USD"});
  subscribe(Channel::kStatus, {"SIM:BTC-USD"});
  sent();
  set_state(btc, State::kStale);
  const auto frame = sent();
  EXPECT_EQ(frame.find("status"), frame.rfind("status"));
}

TEST_F(FanOutTest, PatternCoversAnInstrumentThatAppearsLater) {
  subscribe(Channel::kQuote, {"SIM:*"});
  EXPECT_TRUE(has(sent(), R"("accepted":["SIM:BTC-USD","SIM:ETH-USD"])"));
  const auto& later = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(later);
  set_state(later, State::kLive);
  fan_out.on_tick(quote(later, 1));
  const auto frame = sent();
  EXPECT_TRUE(has(frame, R"("type":"status","symbol":"SIM:SOL-USD")"));
  EXPECT_TRUE(has(frame, R"("type":"quote","symbol":"SIM:SOL-USD")"));
}

TEST_F(FanOutTest, WhatIsNotHeldCannotBeEndedAndThatIsSaid) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  sent();
  fan_out.unsubscribe(client, "2", {Channel::kQuote, {"SIM:ETH-USD", "SIM:BTC-USD", "SIM:*"}});
  EXPECT_EQ(sent(),
            R"([{"type":"unsubscribed","id":2,"channel":"quote","accepted":["SIM:BTC-USD"],)"
            R"("rejected":[{"symbol":"SIM:ETH-USD","code":"not_subscribed"}]}])");
}

TEST_F(FanOutTest, NothingComesAfterUnsubscribed) {
  subscribe(Channel::kQuote, {"*"});
  sent();
  fan_out.on_tick(quote(btc, 1));
  fan_out.mark_changed(now);
  fan_out.unsubscribe(client, "2", {Channel::kQuote, {"*"}});
  const auto frame = sent();
  EXPECT_EQ(frame, R"([{"type":"unsubscribed","id":2,"channel":"quote",)"
                   R"("accepted":["SIM:BTC-USD","SIM:ETH-USD"],"rejected":[]}])");
  fan_out.on_tick(quote(btc, 2));
  const auto& later = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(later);
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), 0U);
}

TEST_F(FanOutTest, SubscribingTwiceGivesOneStreamWithTheNewDepth) {
  fan_out.on_tick(book(btc, 1, 5));
  subscribe(Channel::kBook, {"SIM:BTC-USD"}, 5);
  subscribe(Channel::kBook, {"SIM:BTC-USD"}, 2);
  const auto frame = sent();
  EXPECT_TRUE(has(frame, R"("depth":2)"));
  EXPECT_EQ(frame.find(R"("type":"book")"), frame.rfind(R"("type":"book")"));
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kBook), 1U);
}

TEST_F(FanOutTest, LimitIsNamedForEachSymbolBeyondIt) {
  for (int i = 0; i < 3; ++i) {
    const auto& more = registry.add("sim", "X" + std::to_string(i) + "-USD");
    fan_out.on_instrument(more);
  }
  subscribe(Channel::kQuote,
            {"SIM:BTC-USD", "SIM:ETH-USD", "SIM:X0-USD", "SIM:X1-USD", "SIM:X2-USD"});
  EXPECT_TRUE(has(client.replies.text(),
                  R"("rejected":[{"symbol":"SIM:X2-USD","code":"too_many_symbols"}])"));
}

// Each pattern is held against every instrument, while all other clients wait.
TEST_F(FanOutTest, PatternsInOneRequestAreCounted) {
  const std::vector<std::string> patterns(SymbolPattern::kMaxInRequest, "OTHER:*");
  auto one_more = patterns;
  one_more.emplace_back("*");
  subscribe(Channel::kQuote, one_more);
  EXPECT_TRUE(has(client.replies.text(), R"("accepted":[],"rejected":[{"symbol":"*",)"
                                         R"("code":"too_many_symbols"}])"));
  one_more.back() = "SIM:BTC-USD";
  subscribe(Channel::kQuote, one_more);
  EXPECT_TRUE(has(client.replies.text(), R"("accepted":["SIM:BTC-USD"],"rejected":[])"));
  client.replies = {};
  one_more.back() = "*";
  fan_out.unsubscribe(client, "2", {Channel::kQuote, one_more});
  EXPECT_TRUE(
      has(client.replies.text(), R"("rejected":[{"symbol":"*","code":"too_many_symbols"}])"));
}

TEST_F(FanOutTest, TradesComeAllAndInOrder) {
  fan_out.on_tick(trade(btc, 1));
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  EXPECT_FALSE(has(sent(), R"("type":"trade")")) << "an old trade is not news";
  for (std::uint64_t i = 2; i <= 4; ++i) fan_out.on_tick(trade(btc, i));
  const auto frame = sent();
  const auto second = frame.find(R"("seq":2)");
  const auto third = frame.find(R"("seq":3)");
  const auto fourth = frame.find(R"("seq":4)");
  EXPECT_LT(second, third);
  EXPECT_LT(third, fourth);
  EXPECT_NE(fourth, std::string::npos);
}

TEST_F(FanOutTest, TradesThatASlowClientLostAreAnnounced) {
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  sent();
  const auto last = std::uint64_t{256} + 10;
  for (std::uint64_t i = 1; i <= last; ++i) {
    fan_out.on_tick(trade(btc, i));
    fan_out.mark_changed(now);
  }
  const auto frame = sent();
  EXPECT_TRUE(has(frame,
                  R"("type":"gap","channel":"trade","symbol":"SIM:BTC-USD","from":1,"to":10,)"
                  R"("reason":"slow_consumer")"));
  EXPECT_TRUE(has(frame, R"("seq":11)"));
  EXPECT_EQ(fan_out.counters().trades_lost.value(), 10U);
}

TEST_F(FanOutTest, GapOfTheFeedIsAnnouncedBeforeTheNextTradeWithItsReason) {
  subscribe(Channel::kTrade, {"SIM:BTC-USD"});
  fan_out.on_tick(trade(btc, 1));
  sent();
  fan_out.on_trade_gap(schemas::TradeGap{btc.id, schemas::SequenceNumber{2},
                                         schemas::SequenceNumber{5}, schemas::GapReason::kFeedGap});
  EXPECT_EQ(sent(), "") << "said before the next trade";
  fan_out.on_tick(trade(btc, 6));
  EXPECT_TRUE(has(sent(), R"("from":2,"to":5,"reason":"feed_gap"},{"type":"trade")"));
}

TEST_F(FanOutTest, FrameEndsWithTheObjectThatReachesItsLimitAndTheRestFollows) {
  for (int i = 0; i < 2; ++i) {
    const auto& more = registry.add("sim", "X" + std::to_string(i) + "-USD");
    fan_out.on_instrument(more);
  }
  subscribe(Channel::kBook, {"*"});
  for (const auto* instrument : fan_out.instruments()) fan_out.on_tick(book(*instrument, 1, 25));
  std::string all;
  int frames = 0;
  for (auto frame = sent(); !frame.empty(); frame = sent()) {
    EXPECT_LT(frame.size(), 2048U + 3000U);
    all += frame;
    ++frames;
  }
  EXPECT_GT(frames, 1);
  for (const auto* instrument : fan_out.instruments()) {
    EXPECT_TRUE(has(all, R"("type":"book","symbol":")" + instrument->symbol));
  }
}

// The point of rounds: however often a value changes, its group is marked once an interval.
TEST_F(FanOutTest, ThoseWithAnIntervalAreMarkedTogetherAtItsNextRound) {
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 100);
  sent();
  now = 9'000ms;
  fan_out.on_tick(quote(btc, 1));
  EXPECT_NE(sent(), "") << "a quiet instrument does not wait";
  for (now = 9'950ms; now < 9'990ms; now += 10ms) {
    fan_out.on_tick(quote(btc, static_cast<std::uint64_t>(now / 1ms)));
    fan_out.mark_changed(now);
    EXPECT_EQ(pop_flushes(), 0) << "it waits for the round";
  }
  ASSERT_EQ(fan_out.next_round(), 10'000ms);
  fan_out.mark_round(10'000ms);
  EXPECT_EQ(pop_flushes(), 1);
  std::string frame;
  ASSERT_TRUE(fan_out.compose(client, 10'100ms, frame));
  EXPECT_TRUE(has(frame, R"("seq":9980)"));
  EXPECT_EQ(fan_out.counters().conflated[0].value(), 3U);
  EXPECT_FALSE(fan_out.next_round().has_value());
}

// Found by the churn test: who came while its group waited got one value twice.
TEST_F(FanOutTest, NobodyGetsAValueTwiceThoughTheRoundIsStillToCome) {
  Subscriber early;
  fan_out.subscribe(early, "0", {Channel::kQuote, {"SIM:BTC-USD"}, 25, 100});
  for (std::uint64_t sequence : {1, 2}) {
    fan_out.on_tick(quote(btc, sequence));
    fan_out.mark_changed(now);
  }
  ASSERT_TRUE(fan_out.next_round().has_value()) << "the second change waits";
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 100);
  EXPECT_TRUE(has(sent(), R"("seq":2)"));
  fan_out.mark_round(*fan_out.next_round());
  EXPECT_EQ(sent(), "");
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 100);
  EXPECT_TRUE(has(sent(), R"("type":"quote")")) << "who subscribes again is given it again";
  fan_out.remove(early);
}

TEST_F(FanOutTest, SubscribingAgainWithAnotherIntervalMovesToItsRounds) {
  fan_out.on_tick(quote(btc, 1));
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 60'000);
  sent();
  fan_out.on_tick(quote(btc, 2));
  fan_out.mark_changed(now);
  ASSERT_TRUE(fan_out.next_round().has_value());
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 0);
  EXPECT_TRUE(has(sent(), R"("seq":2)"));
  fan_out.on_tick(quote(btc, 3));
  EXPECT_TRUE(has(sent(), R"("seq":3)")) << "it waits for no round any more";
  fan_out.mark_round(*fan_out.next_round());
  EXPECT_EQ(pop_flushes(), 0) << "nobody is left at the old interval";
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), 1U);
}

TEST_F(FanOutTest, ClientThatLeavesBeforeItsRoundIsReferredToNoMore) {
  subscribe(Channel::kQuote, {"*"}, 25, 1000);
  sent();
  for (std::uint64_t sequence : {1, 2}) {
    fan_out.on_tick(quote(btc, sequence));
    fan_out.mark_changed(now);
  }
  fan_out.remove(client);
  pop_flushes();
  while (fan_out.next_round().has_value()) fan_out.mark_round(*fan_out.next_round());
  EXPECT_EQ(pop_flushes(), 0);
  EXPECT_TRUE(fan_out.subscriptions().of(btc.id, Channel::kQuote).empty()) << "its list is freed";
}

TEST_F(FanOutTest, RingsAreLookedAtWhenARoundIsDueUnlessSomebodyWantsEverything) {
  EXPECT_FALSE(fan_out.has_immediate());
  EXPECT_EQ(fan_out.next_look(1'020ms), 1'050ms) << "so often with nobody there";
  subscribe(Channel::kQuote, {"SIM:BTC-USD"}, 25, 30);
  EXPECT_EQ(fan_out.next_look(1'020ms), 1'050ms) << "never later than with nobody";
  EXPECT_EQ(fan_out.next_look(1'050ms), 1'080ms);
  subscribe(Channel::kTicker, {"SIM:BTC-USD"}, 25, 7);
  EXPECT_EQ(fan_out.next_look(1'050ms), 1'057ms);
  subscribe(Channel::kTicker, {"SIM:ETH-USD"}, 25, 5'000);
  EXPECT_EQ(fan_out.next_look(1'057ms), 1'064ms);
  EXPECT_FALSE(fan_out.has_immediate());
  subscribe(Channel::kQuote, {"SIM:ETH-USD"});
  EXPECT_TRUE(fan_out.has_immediate());
  fan_out.remove(client);
  EXPECT_FALSE(fan_out.has_immediate());
  EXPECT_EQ(fan_out.next_look(1'020ms), 1'050ms);
}

TEST_F(FanOutTest, ListNamesWhatIsHeld) {
  subscribe(Channel::kBook, {"SIM:BTC-USD"}, 7);
  subscribe(Channel::kQuote, {"*:ETH-USD"});
  sent();
  fan_out.list(client, "9");
  EXPECT_EQ(client.replies.text(),
            R"({"type":"list","id":9,"subscriptions":[)"
            R"({"channel":"quote","interval_ms":0,"symbols":["SIM:ETH-USD"]},)"
            R"({"channel":"book","interval_ms":0,"depth":7,"symbols":["SIM:BTC-USD"]}],)"
            R"("patterns":[{"channel":"quote","pattern":"*:ETH-USD"}]})");
}

TEST_F(FanOutTest, ClientThatIsGoneIsReferredToNoMore) {
  subscribe(Channel::kQuote, {"*"});
  subscribe(Channel::kTrade, {"*"});
  fan_out.on_tick(quote(btc, 1));
  fan_out.mark_changed(now);
  fan_out.remove(client);
  EXPECT_EQ(pop_flushes(), 0) << "queued after it was removed";
  fan_out.on_tick(quote(btc, 2));
  fan_out.on_tick(trade(btc, 1));
  const auto& later = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(later);
  fan_out.mark_changed(now);
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), 0U);
}

// Told to operators of each client.
TEST_F(FanOutTest, WhatAClientWasSentAndWhatWasFoldedForItIsCounted) {
  fan_out.on_tick(quote(btc, 1));
  fan_out.mark_changed(now);
  subscribe(Channel::kQuote, {"SIM:BTC-USD"});
  sent();
  EXPECT_EQ(client.objects_sent, 2U) << "a status and a quote";
  EXPECT_EQ(client.folded, 0U);
  for (int i = 2; i < 5; ++i) {
    fan_out.on_tick(quote(btc, i));
    fan_out.mark_changed(now);
  }
  sent();
  EXPECT_EQ(client.objects_sent, 3U);
  EXPECT_EQ(client.folded, 2U);
}

}  // namespace tickgate::gateway
