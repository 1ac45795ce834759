// SPDX-License-Identifier: Apache-2.0
// The made-up past: the same whenever it is asked for, and its longer bars are made of its shorter.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "feeds/adapter/candle_questions.h"
#include "feeds/venues/simulator/simulator.h"
#include "tests/support/recording_events.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Interval;
using schemas::Timestamp;

constexpr std::int64_t kNow = 1'800'000'123'456'789;

// Advances by which everything is answered, for it is made up in pieces.
constexpr int kTurns = 10;

class MadeUpHistory : public ::testing::Test {
 protected:
  void start(std::uint64_t seed = 42, Names names = Names::kMarket) {
    SourceSettings settings;
    settings.seed = seed;
    settings.names = names;
    settings.symbol_count = 3;
    source.emplace(settings, registry, events);
    source->start(Timestamp{kNow});
  }
  CandleRequest request(Interval interval, std::int64_t count, std::int64_t now = kNow) const {
    const auto length = schemas::length(interval);
    const auto to = schemas::start_of(Timestamp{now}, interval).value() + length;
    const auto id = registry.find("SIM:ETH-USD")->id;
    return {id, interval, Timestamp{to - count * length}, Timestamp{to}};
  }
  std::vector<Candle> ask(const CandleRequest& request, std::int64_t now = kNow) {
    EXPECT_TRUE(source->ask_candles(request));
    events.candles.clear();
    for (int i = 0; i < kTurns; ++i) source->advance(Timestamp{now});
    return events.candles;
  }
  static bool same(const Candle& a, const Candle& b) {
    return a.start == b.start && a.open == b.open && a.high == b.high && a.low == b.low &&
           a.close == b.close && a.volume == b.volume && a.trades == b.trades;
  }

  schemas::InstrumentRegistry registry;
  testing::RecordingEvents events;
  std::optional<Simulator> source;
};

TEST_F(MadeUpHistory, IsTheSameWheneverItIsAskedFor) {
  start();
  const auto first = ask(request(Interval::k1m, 100));
  ASSERT_EQ(first.size(), 100U);
  start();
  const auto later = ask(request(Interval::k1m, 100), kNow + 3'000'000);
  // All but the one under way.
  for (std::size_t i = 0; i + 1 < first.size(); ++i) EXPECT_TRUE(same(first[i], later[i])) << i;
  start(43);
  const auto other = ask(request(Interval::k1m, 100));
  EXPECT_FALSE(same(first[0], other[0]));
}

TEST_F(MadeUpHistory, LongerBarsAreMadeOfShorterOnes) {
  start();
  constexpr Interval kAll[] = {Interval::k1s, Interval::k1m, Interval::k5m, Interval::k15m,
                               Interval::k1h, Interval::k4h, Interval::k1d};
  for (std::size_t i = 1; i < std::size(kAll); ++i) {
    const auto longer = ask(request(kAll[i], 3));
    auto wanted = request(kAll[i], 3);
    const auto most = History::kMostBars * schemas::length(kAll[i - 1]);
    wanted.from = std::max(wanted.from, Timestamp{wanted.to.value() - most});
    wanted.interval = kAll[i - 1];
    auto shorter = ask(wanted);
    ASSERT_TRUE(merge_candles(shorter, kAll[i]));
    ASSERT_FALSE(longer.empty());
    ASSERT_EQ(longer.size(), shorter.size());
    for (std::size_t j = 0; j < longer.size(); ++j) EXPECT_TRUE(same(longer[j], shorter[j])) << j;
  }
}

TEST_F(MadeUpHistory, IsAtLeastADayAndJoinsTheMarket) {
  start();
  const auto first_bid = events.quotes.at(1).bid;
  const auto hours = ask(request(Interval::k1h, 100));
  ASSERT_GE(hours.size(), 25U);
  ASSERT_LE(hours.size(), 48U);
  for (std::size_t i = 1; i < hours.size(); ++i) {
    EXPECT_EQ(hours[i].start.value() - hours[i - 1].start.value(), 3'600'000'000);
    EXPECT_EQ(hours[i].open, hours[i - 1].close);
  }
  // The market has moved once since: a step or none.
  const auto seconds = ask(request(Interval::k1s, 2));
  const auto off = seconds.back().close.value().mantissa - first_bid.value().mantissa;
  EXPECT_LE(std::abs(off), first_bid.value().mantissa / 50'000);
}

// As much was traded before as is traded after it, by a fast market as by a slow one.
TEST_F(MadeUpHistory, IsAsBusyAsTheMarket) {
  for (const std::uint32_t rate : {200U, 20U, 2U}) {
    SourceSettings settings;
    settings.symbol_count = 1;
    settings.rate = rate;
    events = {};
    source.emplace(settings, registry, events);
    source->start(Timestamp{kNow});
    events.trades.clear();
    constexpr int kMinutes = 20;
    for (int i = 0; i < kMinutes * 60 * 25; ++i) source->advance(Timestamp{kNow + i * 40'000LL});
    double traded = 0;
    for (const auto& trade : events.trades) {
      traded += static_cast<double>(trade.size.value().mantissa);
    }
    const auto trades = static_cast<double>(events.trades.size());
    const auto id = registry.find("SIM:BTC-USD")->id;
    const auto to = schemas::start_of(Timestamp{kNow}, Interval::k1m);
    const auto past = ask({id, Interval::k1m, Timestamp{to.value() - kMinutes * 60'000'000}, to},
                          kNow + kMinutes * 60'000'000LL);
    ASSERT_EQ(past.size(), std::size_t{kMinutes});
    double volume = 0, count = 0;
    for (const auto& bar : past) {
      volume += static_cast<double>(bar.volume.value().mantissa);
      count += static_cast<double>(bar.trades);
    }
    EXPECT_NEAR(count / trades, 1, 0.15) << rate;
    EXPECT_NEAR(volume / traded, 1, 0.2) << rate;
  }
}

TEST_F(MadeUpHistory, OfASecondWithoutATradeNothingIsKnown) {
  SourceSettings settings;
  settings.symbol_count = 20;
  settings.rate = 50;  // each pair trades every other second
  source.emplace(settings, registry, events);
  source->start(Timestamp{kNow});
  const auto seconds = ask(request(Interval::k1s, 600));
  EXPECT_GT(seconds.size(), 200U);
  EXPECT_LT(seconds.size(), 400U);
  const auto minutes = ask(request(Interval::k1m, 5));
  auto wanted = request(Interval::k1m, 5);
  wanted.interval = Interval::k1s;
  auto merged = ask(wanted);
  ASSERT_TRUE(merge_candles(merged, Interval::k1m));
  ASSERT_EQ(merged.size(), minutes.size());
  for (std::size_t i = 0; i < merged.size(); ++i) EXPECT_TRUE(same(merged[i], minutes[i])) << i;
}

// Two days of seconds are milliseconds of work, during which the market goes on.
TEST_F(MadeUpHistory, IsMadeUpInPiecesAndTicksComeInBetween) {
  start();
  ASSERT_TRUE(source->ask_candles(request(Interval::k1d, 2)));
  ASSERT_TRUE(source->ask_candles(request(Interval::k1s, 5)));
  std::size_t turns = 0;
  for (; events.candles.empty() && turns < 100; ++turns) {
    const auto before = events.lines.size();
    source->advance(Timestamp{kNow + static_cast<std::int64_t>(turns) * 20'000});
    EXPECT_TRUE(turns == 0 || events.lines.size() > before) << "turn " << turns;
  }
  EXPECT_GT(turns, 3U);
  ASSERT_EQ(events.candles.size(), 2U) << "the days, and nothing of the seconds yet";
  EXPECT_EQ(events.candles.back().start, schemas::start_of(Timestamp{kNow}, Interval::k1d));
  events.candles.clear();
  source->advance(Timestamp{kNow + 5'000'000});
  EXPECT_EQ(events.candles.size(), 5U) << "each is answered";
}

TEST_F(MadeUpHistory, WhatIsNoneIsRefused) {
  start();
  EXPECT_FALSE(source->ask_candles(request(Interval::k1s, 50'000)));
  auto odd = request(Interval::k1m, 5);
  odd.to = Timestamp{odd.to.value() - 1};
  EXPECT_FALSE(source->ask_candles(odd));
  odd = request(Interval::k1m, 5);
  odd.instrument = schemas::InstrumentId{999};
  EXPECT_FALSE(source->ask_candles(odd));
  EXPECT_TRUE(ask(request(Interval::k1m, 10, kNow + 86'400'000'000)).empty()) << "not yet";
}

}  // namespace
}  // namespace tickgate::feeds::simulator
