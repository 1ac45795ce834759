// SPDX-License-Identifier: Apache-2.0
// What a market may do, on purpose and by the clock.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/venues/simulator/activity.h"
#include "feeds/venues/simulator/simulator.h"
#include "feeds/venues/simulator/stage.h"
#include "tests/support/recording_events.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Interval;
using schemas::Timestamp;

constexpr std::int64_t kStart = 1'732'100'000'000'000;
constexpr std::int64_t kSecond = Stage::kSecond;
constexpr std::int64_t kTenth = kSecond / 10;

SourceSettings drama_of(std::string label = "sim") {
  SourceSettings settings;
  settings.symbol_count = 5;
  settings.rate = 200;
  settings.label = std::move(label);
  settings.drama = true;
  return settings;
}

class Play {
 public:
  explicit Play(const SourceSettings& settings) : simulator(settings, registry, events) {
    simulator.start(Timestamp{now});
  }
  // As its io does: it is not called while it does not speak.
  void until(std::int64_t end) {
    for (; now < kStart + end; now += 5'000) {
      if (simulator.speaks(Timestamp{now})) simulator.advance(Timestamp{now});
    }
  }
  schemas::InstrumentId id(std::string_view symbol) const { return registry.find(symbol)->id; }
  // The places in `events.lines` of those that begin so.
  std::vector<std::size_t> places(std::string_view start) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < events.lines.size(); ++i) {
      if (events.lines[i].starts_with(start)) found.push_back(i);
    }
    return found;
  }

  schemas::InstrumentRegistry registry;
  testing::RecordingEvents events;
  Simulator simulator;
  std::int64_t now = kStart;
};

TEST(Stage, VenuesTakeTurnsAndEachHasEveryActInEveryRound) {
  const Stage stages[] = {{42, "sim"}, {42, "sim2"}, {42, "sim3"}};
  for (std::int64_t round = 0; round < 20; ++round) {
    for (std::int64_t venue = 0; venue < 3; ++venue) {
      std::int64_t halted = 0, silent = 0, leans = 0;
      const auto turn = round * Stage::kRound + venue * Stage::kTurn;
      for (auto at = turn; at < turn + Stage::kTurn; at += kTenth) {
        const auto& mine = stages[venue];
        halted += mine.halted(at) ? 1 : 0;
        silent += mine.silent(at) ? 1 : 0;
        leans += mine.leans(at) ? 1 : 0;
        EXPECT_LE(int{mine.halted(at)} + int{mine.silent(at)} + int{mine.leans(at)}, 1);
        for (const auto& other : stages) {
          if (&other == &mine) continue;
          ASSERT_FALSE(other.halted(at) || other.silent(at) || other.leans(at)) << at;
        }
      }
      EXPECT_NEAR(static_cast<double>(halted), 120, 1) << "tenths of a second";
      EXPECT_NEAR(static_cast<double>(silent), 120, 1);
      EXPECT_NEAR(static_cast<double>(leans), 70, 1);
      EXPECT_EQ(stages[venue].losses(turn), round);
      EXPECT_EQ(stages[venue].losses(turn + Stage::kTurn), round + 1);
    }
  }
}

TEST(Stage, IsAFunctionOfSeedLabelAndTime) {
  const Stage stage(42, "sim"), same(42, "sim"), foreign(43, "sim");
  bool differs = false;
  for (auto at = 10 * Stage::kRound; at > -Stage::kTurn; at -= kTenth) {
    ASSERT_EQ(stage.silent(at), same.silent(at));
    ASSERT_EQ(stage.losses(at), same.losses(at));
    differs = differs || stage.silent(at) != foreign.silent(at);
    ASSERT_FALSE(at < 0 && (stage.halted(at) || stage.silent(at) || stage.leans(at)));
  }
  EXPECT_TRUE(differs);
  for (const auto* const label : {"", "nyse", "sim04", "9999999999999999"}) {
    const Stage any(42, label);
    std::int64_t silent = 0;
    for (std::int64_t at = 0; at < 2 * Stage::kRound; at += kTenth)
      silent += any.silent(at) ? 1 : 0;
    EXPECT_GE(silent, 119) << label;
  }
}

// So that four times the longest gap, which is what a feed waits for, is longer than any.
TEST(Stage, TheQuietPairsGapsAreAlikeAndTheSameEverywhere) {
  const Stage stage(42, "sim"), other(42, "sim2");
  std::int64_t last = 0, count = 0, shortest = INT64_MAX, longest = 0;
  for (std::int64_t at = 0; at < 3600 * kSecond; at += kTenth / 10) {
    ASSERT_EQ(stage.quiet_moments(at), other.quiet_moments(at));
    const auto moments = stage.quiet_moments(at);
    if (moments == count) continue;
    ASSERT_EQ(moments, count + 1);
    if (count > 0) {
      shortest = std::min(shortest, at - last);
      longest = std::max(longest, at - last);
    }
    last = at;
    count = moments;
  }
  EXPECT_NEAR(static_cast<double>(count), 3600.0 / 13, 1);
  EXPECT_GE(shortest, 6 * kSecond);
  EXPECT_LE(longest, 20 * kSecond);
}

TEST(SimulatedDrama, TheSameSettingsAndCallsGiveTheSameTicks) {
  Play one(drama_of()), other(drama_of());
  for (auto* const play : {&one, &other}) play->until(60 * kSecond);
  EXPECT_EQ(one.events.lines, other.events.lines);
  EXPECT_TRUE(one.simulator.beats());
}

TEST(SimulatedDrama, AHaltEndsWithAPriceAndHasNoneMeanwhile) {
  Play play(drama_of());
  play.until(24 * kSecond);
  const auto halted = play.places("halted SIM:SOL-USD");
  const auto trading = play.places("trading SIM:SOL-USD");
  ASSERT_EQ(halted.size(), 1U);
  ASSERT_EQ(trading.size(), 1U);
  std::vector<std::string> between;
  for (auto i = halted[0] + 1; i < trading[0]; ++i) {
    const auto& line = play.events.lines[i];
    if (line.find(" SIM:SOL-USD ") != std::string::npos) between.push_back(line);
  }
  ASSERT_EQ(between.size(), 2U);
  EXPECT_TRUE(between[0].starts_with("book "));
  EXPECT_TRUE(between[1].starts_with("quote "));
  EXPECT_GT(trading[0] - halted[0], 1000U) << "the others go on";
}

TEST(SimulatedDrama, WhenItIsSilentItSaysNothingWhoeverCallsIt) {
  Play play(drama_of());
  play.until(24 * kSecond);
  std::int64_t silent = 0;
  for (; play.now < kStart + 45 * kSecond; play.now += kTenth) {
    const auto before = play.events.lines.size();
    const bool speaks = play.simulator.speaks(Timestamp{play.now});
    play.simulator.advance(Timestamp{play.now});
    ASSERT_EQ(play.events.lines.size() > before, speaks);
    silent += speaks ? 0 : kTenth;
  }
  EXPECT_NEAR(static_cast<double>(silent), 12.0 * kSecond, kTenth);
}

TEST(SimulatedDrama, LostTradesAreCountedAndTheirIdsAreSkipped) {
  Play play(drama_of());
  play.until(50 * kSecond);
  const auto lost = play.places("lost ");
  ASSERT_EQ(lost.size(), 1U);
  const auto& line = play.events.lines[lost[0]];
  ASSERT_TRUE(line.starts_with("lost SIM:ETH-USD ")) << line;
  const auto count = std::stoll(line.substr(line.rfind(' ')));
  std::int64_t last = 0, skipped = 0;
  for (const auto& trade : play.events.trades) {
    if (trade.header.instrument != play.id("SIM:ETH-USD")) continue;
    const auto id = std::stoll(std::string(trade.id.view()));
    skipped += id - last - 1;
    last = id;
  }
  EXPECT_EQ(skipped, count);
}

TEST(SimulatedDrama, OnePairIsFastAndOneIsQuiet) {
  Play play(drama_of());
  play.until(24 * kSecond);
  std::map<std::uint32_t, int> quotes;
  for (const auto& quote : play.events.quotes) ++quotes[quote.header.instrument.value()];
  const auto of = [&](std::string_view symbol) { return quotes[play.id(symbol).value()]; };
  EXPECT_GT(of("SIM:BTC-USD"), 2 * of("SIM:ETH-USD"));
  EXPECT_GT(of("SIM:ETH-USD"), 20 * of("SIM:XRP-USD"));
  EXPECT_GE(of("SIM:XRP-USD"), 2);
  EXPECT_LE(of("SIM:XRP-USD"), 5);
}

// A book that stands still beside trades is taken for a dead one.
TEST(SimulatedDrama, ABookFollowsEveryTradeSoon) {
  for (const auto* const label : {"sim", "sim2"}) {
    auto settings = drama_of(label);
    settings.rate = 50;
    Play play(settings);
    play.until(24 * kSecond);
    std::map<std::uint32_t, std::int64_t> books;
    for (const auto& book : play.events.books) {
      const auto at = book.header.receive_time.value();
      auto& last = books[book.header.instrument.value()];
      for (const auto& trade : play.events.trades) {
        if (trade.header.instrument != book.header.instrument) continue;
        const auto then = trade.header.receive_time.value();
        ASSERT_FALSE(then > last && then < at - 5 * kSecond && last != 0) << label;
      }
      last = at;
    }
  }
}

// Two venues' best prices are crossed while one of them leans, and hardly ever else.
TEST(SimulatedDrama, BestPricesAreCrossedWhileAVenueLeans) {
  Play one(drama_of("sim")), other(drama_of("sim2"));
  const Stage stage(42, "sim");
  std::optional<schemas::Quote> mine, theirs;
  int leaning = 0, crossed_then = 0, else_ = 0, crossed_else = 0;
  for (std::int64_t at = 0; at < 60 * kSecond; at += kTenth / 2) {
    for (auto* const play : {&one, &other}) {
      play->until(at);
      auto& newest = play == &one ? mine : theirs;
      const auto id = play->id(play == &one ? "SIM:BTC-USD" : "SIM2:BTC-USD");
      for (const auto& quote : play->events.quotes) {
        if (quote.header.instrument == id) newest = quote;
      }
      play->events.quotes.clear();
    }
    if (!mine || !theirs || stage.silent(at)) continue;
    const bool crossed = mine->bid > theirs->ask || theirs->bid > mine->ask;
    if (stage.leans(at) && stage.leans(at - kSecond)) {
      ++leaning;
      crossed_then += crossed ? 1 : 0;
    } else if (!stage.leans(at) && !stage.leans(at - kSecond)) {
      ++else_;
      crossed_else += crossed ? 1 : 0;
    }
  }
  EXPECT_GT(leaning, 100);
  EXPECT_GT(crossed_then * 10, leaning * 9) << crossed_then << " of " << leaning;
  EXPECT_LT(crossed_else * 10, else_) << crossed_else << " of " << else_;
}

TEST(SimulatedDrama, TheDaysFiguresAreThoseOfThePast) {
  Play play(drama_of());
  const auto id = play.id("SIM:BTC-USD");
  ASSERT_TRUE(play.simulator.ask_candles(
      {id, Interval::k1h,
       Timestamp{schemas::start_of(Timestamp{kStart}, Interval::k1h).value() - 86'400 * kSecond},
       schemas::start_of(Timestamp{kStart}, Interval::k1h)}));
  play.until(2 * kSecond);
  ASSERT_EQ(play.events.candles.size(), 24U);
  const auto& ticker = play.events.tickers.front();
  ASSERT_EQ(ticker.header.instrument, id);
  const auto& first = play.events.candles.front();
  EXPECT_TRUE(ticker.open >= first.low && ticker.open <= first.high) << "the hour it began in";
  double volume = 0;
  for (const auto& candle : play.events.candles) {
    volume += static_cast<double>(candle.volume.value().mantissa);
  }
  EXPECT_NEAR(static_cast<double>(ticker.volume.value().mantissa) / volume, 1, 0.1);
  EXPECT_LT(ticker.low, ticker.high);
}

// The volumes of the past change, and what is traded now goes on as it was last.
TEST(SimulatedDrama, ABusyTimeIsBusyInThePastToo) {
  const Activity activity(42, "BTC-USD");
  std::int64_t busy = 0, idle = 0;
  double sum = 0;
  constexpr int kLooks = 10'000;
  for (std::int64_t i = 0; i < kLooks; ++i) {
    const auto now = activity.at(kStart + i * 10 * kSecond);
    sum += static_cast<double>(now);
    if (now > activity.at(busy) || busy == 0) busy = kStart + i * 10 * kSecond;
    if (now < activity.at(idle) || idle == 0) idle = kStart + i * 10 * kSecond;
  }
  EXPECT_NEAR(sum / kLooks, Activity::kUsual, Activity::kUsual * 0.1);
  EXPECT_GT(activity.at(busy), 8 * activity.at(idle));
  const auto settings = drama_of();
  const auto trades_around = [&](std::int64_t moment) {
    Play play(settings);
    const auto id = play.id("SIM:BTC-USD");
    play.now = moment;
    play.simulator.start(Timestamp{moment});
    play.events.trades.clear();
    for (; play.now < moment + 20 * kSecond; play.now += 5'000)
      play.simulator.advance(Timestamp{play.now});
    double live = 0, past = 0;
    for (const auto& trade : play.events.trades) live += trade.header.instrument == id ? 1 : 0;
    const auto to = schemas::start_of(Timestamp{moment}, Interval::k1s);
    EXPECT_TRUE(
        play.simulator.ask_candles({id, Interval::k1s, Timestamp{to.value() - 20 * kSecond}, to}));
    play.simulator.advance(Timestamp{play.now});
    for (const auto& bar : play.events.candles) past += static_cast<double>(bar.trades);
    EXPECT_GT(past * 2, live) << past << ' ' << live;
    EXPECT_LT(past / 2, live) << past << ' ' << live;
    return live;
  };
  EXPECT_GT(trades_around(busy), 4 * trades_around(idle));
}

TEST(SimulatedDrama, FewerPairsHaveFewerParts) {
  for (std::uint32_t count = 1; count <= 4; ++count) {
    auto settings = drama_of();
    settings.symbol_count = count;
    Play play(settings);
    play.until(60 * kSecond);
    EXPECT_EQ(play.events.count("lost"), count > 1 ? 1U : 0U) << count;
    EXPECT_EQ(play.events.count("halted"), count > 2 ? 1U : 0U) << count;
    EXPECT_GT(play.events.count("quote SIM:BTC-USD"), 1000U) << count;
  }
}

TEST(SimulatedDrama, AClockSetBackBeginsItAnew) {
  Play play(drama_of());
  play.until(10 * kSecond);
  EXPECT_EQ(play.events.count("halted"), 1U);
  play.now = kStart - 3600 * kSecond;
  play.simulator.advance(Timestamp{play.now});
  EXPECT_EQ(play.events.count("trading"), 1U);
  const auto before = play.events.lines.size();
  play.simulator.advance(Timestamp{play.now + kTenth});
  EXPECT_GT(play.events.lines.size(), before);
}

}  // namespace
}  // namespace tickgate::feeds::simulator
