// SPDX-License-Identifier: Apache-2.0
// What all series of a shard hold together, and how much of a copy is made.
#include "gateway/fanout/held_bars.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_bars.h"

namespace tickgate::gateway {
namespace {

using schemas::Bar;
using schemas::Interval;
using testing::bar;
using testing::closed;

struct SilentSource final : BarSource {
  void ask(schemas::InstrumentId, Interval) override { ++asked; }
  int asked = 0;
};

class HeldBarsTest : public ::testing::Test {
 protected:
  HeldBarsTest() {
    bars.connect(source, nullptr);
    for (int i = 0; i < 1'000; ++i) copy.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
    copy.push_back(bar(1'000, 1'001));
  }
  const schemas::Instrument& follow(std::size_t number) {
    const auto& instrument = registry.add("sim", "X" + std::to_string(number) + "-USD");
    bars.follow(instrument, Interval::k1m);
    followed.push_back(instrument.id);
    return instrument;
  }
  void load(schemas::InstrumentId id, std::size_t wanted) {
    bars.want(id, Interval::k1m, wanted);
    bars.sweep(Monotonic{1});
    bars.answer(id, Interval::k1m, copy);
  }
  std::size_t rows(schemas::InstrumentId id) { return bars.find(id, Interval::k1m)->rows(); }
  std::size_t all_rows() {
    std::size_t all = 0;
    for (const auto id : followed) all += rows(id);
    return all;
  }

  schemas::InstrumentRegistry registry;
  SilentSource source;
  FanOutCounters counters;
  HeldBars bars{counters};
  std::vector<Bar> copy;
  std::vector<schemas::InstrumentId> followed;
};

TEST_F(HeldBarsTest, AsMuchIsMadeOfACopyAsSomebodyWants) {
  const auto id = follow(0).id;
  load(id, 0);
  EXPECT_EQ(rows(id), BarSeries::kKept);
  load(id, 300);
  EXPECT_EQ(rows(id), 300U);
  load(id, 0);
  EXPECT_EQ(rows(id), 300U) << "what is held stays";
  load(id, 1'000);
  EXPECT_EQ(rows(id), 1'000U);
}

// Somebody wants more while it is under way.
TEST_F(HeldBarsTest, TheMostThatIsWantedIsMade) {
  const auto id = follow(0).id;
  bars.want(id, Interval::k1m);
  bars.want(id, Interval::k1m, 500);
  bars.want(id, Interval::k1m, 100);
  EXPECT_EQ(source.asked, 1);
  bars.answer(id, Interval::k1m, copy);
  EXPECT_EQ(rows(id), 500U);
}

TEST_F(HeldBarsTest, BeyondTheMostThoseLoadedLongestAgoKeepTheNewest) {
  constexpr std::size_t kFull = HeldBars::kMostRows / 1'000;
  for (std::size_t i = 0; i < kFull; ++i) load(follow(i).id, 1'000);
  EXPECT_EQ(all_rows(), HeldBars::kMostRows);
  load(followed[0], 1'000);  // again: it is not the oldest any more
  load(follow(kFull).id, 1'000);
  EXPECT_EQ(rows(followed[0]), 1'000U);
  EXPECT_EQ(rows(followed[1]), BarSeries::kKept);
  EXPECT_EQ(rows(followed[3]), 1'000U) << "no more are let go of than need be";
  EXPECT_LE(all_rows(), HeldBars::kMostRows);
  // Those that only go on growing count as well.
  for (int i = 1'000; i < 2'500; ++i) {
    Bar one = closed(i, static_cast<std::uint64_t>(i) + 2, static_cast<std::uint64_t>(i) - 1'000);
    one.header.instrument = followed[1];
    one.interval = Interval::k1m;
    bars.apply(one);
  }
  EXPECT_EQ(rows(followed[1]), 1'000U);
  EXPECT_LE(all_rows(), HeldBars::kMostRows);
}

}  // namespace
}  // namespace tickgate::gateway
