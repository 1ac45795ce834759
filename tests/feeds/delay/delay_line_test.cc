// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_line.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::State;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr schemas::Timestamp kWall{1'700'000'000'000'000};

// A feed in front of a line with two delays, and what their one shard each reads, at times that
// the test makes up.
class DelayLineTest : public testing::Test {
 protected:
  explicit DelayLineTest(std::size_t bytes = DelayLog::kLeastBytes,
                         std::size_t ring_bytes = std::size_t{1} << 20U) {
    auto made = DelayLine::make({{3, 10}, bytes, ""});
    line = *std::move(made);
    std::vector<std::vector<ShardLink>> lanes;
    for (std::size_t i = 0; i < 2; ++i) {
      rings.push_back(std::make_unique<TickRing>(ring_bytes));
      lanes.push_back({{rings.back().get(), &bell}});
    }
    fan = std::make_unique<RingFan>(std::vector<ShardLink>{line->add_source(lanes)});
    line->watch(feed_beat);
    publisher = std::make_unique<Publisher>(*fan);
    fan->attach(publisher->cache());
  }

  // A turn of all at this time, and the feed beats.
  void turn(microseconds at) {
    feed_beat.strike(at);
    turn_of_the_line(at);
  }
  void turn_of_the_line(microseconds at) {
    now = at;
    fan->flush();
    while (line->turn([this] { return now; }, kWall)) {
    }
  }
  std::vector<std::string> take(std::size_t lane) {
    rings[lane]->drain(sinks[lane]);
    return sinks[lane].take();
  }

  void announce(std::uint32_t id) {
    publisher->announce(registry.add("toy", fmt::format("A{}-USD", id)));
  }
  void state(std::uint32_t id, State state) {
    publisher->set_state(InstrumentId(id), state, "", {});
  }
  void trade(std::uint32_t id, std::int64_t price) {
    schemas::Trade trade;
    trade.header.instrument = InstrumentId(id);
    trade.price = schemas::Price({price, 0});
    publisher->publish(trade);
  }
  void quote(std::uint32_t id, std::int64_t bid) {
    schemas::Quote quote;
    quote.header.instrument = InstrumentId(id);
    quote.bid = schemas::Price({bid, 0});
    publisher->publish(quote);
  }

  schemas::InstrumentRegistry registry;
  Beat feed_beat;
  Doorbell bell;
  std::vector<std::unique_ptr<TickRing>> rings;
  LineSink sinks[2];
  std::unique_ptr<DelayLine> line;
  std::unique_ptr<RingFan> fan;
  std::unique_ptr<Publisher> publisher;
  microseconds now{};
};

TEST_F(DelayLineTest, AnInstrumentIsToldAtOnceAndAllElseAtItsTime) {
  announce(0);
  state(0, State::kLive);
  quote(0, 5);
  trade(0, 6);
  turn(seconds(100));
  EXPECT_THAT(take(0), ElementsAre("instrument 0", "status 0 down"));
  EXPECT_EQ(sinks[0].reasons[0], "delayed by 3 s: begins at 22:13:23 UTC");
  EXPECT_THAT(take(1), ElementsAre("instrument 0", "status 0 down"));
  turn(seconds(103) - microseconds(1));
  EXPECT_THAT(take(0), IsEmpty());
  turn(seconds(103));
  EXPECT_THAT(take(0), ElementsAre("status 0 live", "quote 0 1 5", "trade 0 1 6"));
  turn(seconds(110) - microseconds(1));
  EXPECT_THAT(take(1), IsEmpty());
  turn(seconds(110));
  EXPECT_THAT(take(1), ElementsAre("status 0 live", "quote 0 1 5", "trade 0 1 6"));
  EXPECT_THAT(take(0), IsEmpty());
}

// Whatever comes, and whenever it does: both lanes get all of it, in its order, and no record a
// microsecond before its time, nor later than a turn behind it.
TEST_F(DelayLineTest, NothingIsEarlyNothingIsLostAndTheOrderStays) {
  std::mt19937 random(11);
  announce(0);
  state(0, State::kLive);
  turn(seconds(1));
  std::map<std::string, microseconds> pushed;
  std::vector<std::string> said, got[2];
  microseconds at = seconds(1);
  microseconds longest{};
  const auto look = [&](microseconds since) {
    turn(at);
    for (const std::size_t lane : {0U, 1U}) {
      for (auto& one : take(lane)) {
        if (one.starts_with("status") || one.starts_with("instrument")) continue;
        const auto age = at - pushed.at(one);
        EXPECT_GE(age, seconds(lane == 0 ? 3 : 10)) << one;
        EXPECT_LE(age, seconds(lane == 0 ? 3 : 10) + since) << one;
        got[lane].push_back(std::move(one));
      }
    }
  };
  for (std::int64_t i = 1; i < 2'000; ++i) {
    const microseconds step(random() % 20'000);
    at += step;
    longest = std::max(longest, step);
    trade(0, i);
    said.push_back(fmt::format("trade 0 {} {}", i, i));
    pushed[said.back()] = at;
    look(longest);
  }
  for (int i = 0; i < 11; ++i) look((at += seconds(1), seconds(1)));
  EXPECT_EQ(got[0], said);
  EXPECT_EQ(got[1], said);
  EXPECT_EQ(line->used_bytes(), 0);
}

TEST_F(DelayLineTest, ARemovalComesAtItsTimeAndWhatReturnedMeanwhileBeginsAnew) {
  announce(0);
  state(0, State::kLive);
  turn(seconds(100));
  turn(seconds(104));
  take(0);
  quote(0, 5);
  publisher->remove(registry.at(InstrumentId(0)), {});
  turn(seconds(105));
  EXPECT_THAT(take(0), IsEmpty());
  publisher->announce(registry.at(InstrumentId(0)));
  state(0, State::kLive);
  turn(seconds(106));
  EXPECT_THAT(take(0), IsEmpty()) << "it is known still";
  turn(seconds(108));
  EXPECT_THAT(take(0), ElementsAre("quote 0 1 5", "removed 0", "instrument 0", "status 0 down"));
  turn(seconds(109));
  EXPECT_THAT(take(0), ElementsAre("status 0 live"));
}

TEST_F(DelayLineTest, WhatIsForgottenIsForgottenAtItsTime) {
  announce(0);
  state(0, State::kLive);
  quote(0, 5);
  turn(seconds(100));
  fan->on_forgotten({InstrumentId(0), schemas::Channel::kQuote});
  turn(seconds(102));
  turn(seconds(103));
  take(0);
  turn(seconds(105) - microseconds(1));
  EXPECT_THAT(take(0), IsEmpty());
  turn(seconds(105));
  EXPECT_THAT(take(0), ElementsAre("forgotten 0 quote"));
}

TEST_F(DelayLineTest, TheFirstEpochIsNamedAtOnceAndEachOtherAtItsTime) {
  announce(0);
  fan->on_epoch({std::string_view("ONE")});
  turn(seconds(100));
  EXPECT_THAT(take(0), ElementsAre("instrument 0", "status 0 down", "epoch ONE"));
  turn(seconds(103));
  EXPECT_THAT(take(0), IsEmpty()) << "it is known";
  state(0, State::kLive);
  quote(0, 5);
  turn(seconds(104));
  fan->on_epoch({std::string_view("TWO")});
  publisher->remove(registry.at(InstrumentId(0)), {});
  publisher->announce(registry.at(InstrumentId(0)));
  quote(0, 6);
  turn(seconds(105));
  turn(seconds(107));
  EXPECT_THAT(take(0), ElementsAre("status 0 live", "quote 0 1 5"));
  turn(seconds(108));
  EXPECT_THAT(take(0), ElementsAre("epoch TWO", "removed 0", "instrument 0"));
}

// The numbers of statuses, as a shard sees them.
struct Numbers {
  std::vector<std::uint64_t> seen;
  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {
    seen.push_back(seen.back() + 1);  // as Market::remove does
  }
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}
  void on_tick(const schemas::InstrumentStatus& status) {
    seen.push_back(status.header.sequence.value());
  }
  template <typename Tick>
  void on_tick(const Tick&) {}
};

// Statuses of a shard never go back, though the lane says some of its own.
TEST_F(DelayLineTest, StatusesAreNumberedOn) {
  Numbers numbers;
  for (int i = 0; i < 3; ++i) {
    i == 0 ? announce(0) : publisher->announce(registry.at(InstrumentId(0)));
    state(0, State::kRecovering);
    state(0, State::kLive);
    publisher->remove(registry.at(InstrumentId(0)), {});
    turn(seconds(100 + i));
  }
  turn(seconds(110));
  rings[0]->drain(numbers);
  EXPECT_EQ(numbers.seen.size(), 12U);
  EXPECT_TRUE(std::is_sorted(numbers.seen.begin(), numbers.seen.end(), std::less_equal<>{}))
      << testing::PrintToString(numbers.seen);
}

TEST_F(DelayLineTest, AThreadThatStoodStillIsSaidToHaveLater) {
  announce(0);
  for (int i = 0; i < 40; ++i) turn(seconds(100) + i * milliseconds(50));
  // Silent for two seconds, from 102 on.
  for (int i = 0; i < 40; ++i) turn_of_the_line(seconds(102) + i * milliseconds(50));
  EXPECT_LE(line->beat(0).age(now), Beat::kEach) << "not yet";
  microseconds stale_from{}, until{};
  for (int i = 0; i < 200; ++i) {
    turn(seconds(104) + i * milliseconds(50));
    const bool still = line->beat(0).age(now) > Beat::kLimit;
    if (still && stale_from.count() == 0) stale_from = now;
    if (still) until = now;
  }
  EXPECT_GE(stale_from, seconds(105));
  EXPECT_LE(stale_from, seconds(107) + milliseconds(200));
  EXPECT_GE(until, seconds(107) - milliseconds(100));
  EXPECT_LE(until, seconds(107) + milliseconds(200));
  EXPECT_EQ(line->beat(0).pauses(), 1U);
}

// What a shard gets of one instrument's trades, in which there is no hole.
struct TradesAndGaps {
  std::uint64_t next_trade = 1, gaps = 0;
  std::int64_t newest_quote = 0;
  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap& gap) {
    EXPECT_EQ(gap.from.value(), next_trade);
    next_trade = gap.to.value() + 1;
    ++gaps;
  }
  void on_tick(const schemas::Trade& trade) {
    EXPECT_EQ(trade.header.sequence.value(), next_trade);
    next_trade = trade.header.sequence.value() + 1;
  }
  void on_tick(const schemas::Quote& quote) { newest_quote = quote.bid.value().mantissa; }
  template <typename Tick>
  void on_tick(const Tick&) {}
};

// The log is full: nothing of it is given out sooner, and what finds no room is lost as it is where
// a shard is too slow.
class FullDelayLineTest : public DelayLineTest {
 protected:
  FullDelayLineTest() {
    announce(0);
    announce(1);
    state(0, State::kLive);
    state(1, State::kLive);
    turn(seconds(100));
    for (; line->trades_lost() == 0; ++trades) {
      trade(0, trades);
      quote(1, trades);
      fan->flush();
      if (trades % 1'000 == 0) turn(seconds(101));
    }
    turn(seconds(101));
  }
  std::int64_t trades = 1;
};

TEST_F(FullDelayLineTest, NothingComesSoonerAndWhatWasLostIsSaid) {
  EXPECT_GE(line->used_bytes(), static_cast<std::int64_t>(line->capacity() * 9 / 10));
  turn(seconds(104) - microseconds(1));
  TradesAndGaps sink;
  rings[1]->drain(sink);
  EXPECT_EQ(sink.next_trade, 1U) << "the longer delay has its time to come";
  for (int i = 0; i < 6'000; ++i) {
    turn(seconds(111) + i * milliseconds(10));
    rings[0]->drain(LineSink());
    rings[1]->drain(sink);
  }
  trade(0, trades);
  turn(seconds(175));
  for (int i = 0; i < 1'000; ++i) {
    turn(seconds(186) + i * milliseconds(10));
    rings[1]->drain(sink);
  }
  EXPECT_EQ(sink.next_trade,
            publisher->last_sequence(InstrumentId(0), schemas::Channel::kTrade) + 1);
  EXPECT_EQ(sink.newest_quote, trades - 1);
  EXPECT_GE(sink.gaps, 1U);
  EXPECT_GT(line->postponed(), 0U);
}

}  // namespace
}  // namespace tickgate::feeds
