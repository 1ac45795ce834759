// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/late_trades.h"

#include <gmock/gmock.h>

#include "tests/feeds/derived/bars_fixture.h"

namespace tickgate::feeds {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// The moments at which they got late trades; 0: none.
std::vector<std::int64_t> moments(const std::vector<schemas::Bar>& bars) {
  std::vector<std::int64_t> out;
  for (const auto& bar : bars) out.push_back(bar.header.receive_time.value());
  return out;
}

std::vector<schemas::Bar> bars_at(const std::vector<std::int64_t>& starts) {
  std::vector<schemas::Bar> bars(starts.size());
  for (std::size_t i = 0; i < starts.size(); ++i) bars[i].start = schemas::Timestamp{starts[i]};
  return bars;
}

TEST(LateTrades, TheNewestOfABarCounts) {
  LateTrades late;
  late.note(10, 100, 0);
  late.note(20, 110, 0);
  late.note(10, 120, 0);
  auto bars = bars_at({0, 10, 20, 30});
  late.mark(bars);
  EXPECT_THAT(moments(bars), ElementsAre(0, 120, 110, 0));
}

TEST(LateTrades, WhatIsTooOldToMatterIsForgotten) {
  LateTrades late;
  late.note(10, 100, 0);
  late.note(20, 200, 101);
  auto bars = bars_at({10, 20});
  late.mark(bars);
  EXPECT_THAT(moments(bars), ElementsAre(0, 200));
}

TEST(LateTrades, OfTooManyNoneIsSaidToBeOlderThanItIs) {
  LateTrades late;
  constexpr auto kMany = 100;
  for (std::int64_t i = 0; i < kMany; ++i) late.note(10 * i, 1'000 + i, 0);
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < kMany; ++i) starts.push_back(10 * i);
  auto bars = bars_at(starts);
  late.mark(bars);
  for (std::int64_t i = 0; i < kMany; ++i) {
    EXPECT_GE(bars[static_cast<std::size_t>(i)].header.receive_time.value(), 1'000 + i);
  }
  EXPECT_EQ(bars.back().header.receive_time.value(), 1'000 + kMany - 1);
}

using LateTradesOfBars = BarsFixture;

TEST_F(LateTradesOfBars, ACopySaysWhenABarThatHadEndedGotOne) {
  BarsOptions given;
  given.longest_delay = std::chrono::minutes(15);
  start(given);
  trade(1, "1");
  go_to(3);
  go_to(61);
  trade(61, "2");
  go_to(64);
  go_to(125);
  trade(125, "3");
  go_to(130);
  EXPECT_THAT(moments(*bars->copy(id, k1m)), Each(0)) << "each came within its own minute";
  go_to(400);
  trade(2, "4");
  go_to(401);
  EXPECT_THAT(moments(*bars->copy(id, k1m)), ElementsAre(at(400), 0, 0));
  EXPECT_EQ(held(k1m)[0], "0: 1 4 1 4 v2 n2 closed incomplete");
  go_to(1302);
  trade(1301, "5");
  go_to(1400);
  trade(1299.5, "6");
  EXPECT_THAT(moments(*bars->copy(id, k1m)), ElementsAre(0, 0, 0, at(1400)))
      << "that of long ago is forgotten";
}

// Whoever has it delayed is told a bar ten seconds and the delay behind its end; the grace may be
// longer, and the bar is open meanwhile.
TEST_F(LateTradesOfBars, ATradeWithinALongGraceIsLateToo) {
  BarsOptions given;
  given.longest_delay = std::chrono::minutes(15);
  given.grace = std::chrono::seconds(60);
  start(given);
  trade(1, "1");
  go_to(69);
  trade(59, "2");
  go_to(69.5);
  go_to(125);
  EXPECT_THAT(moments(*bars->copy(id, k1m)), ElementsAre(0)) << "within ten seconds of the end";
  trade(61, "3");
  go_to(165);
  trade(62, "4");
  go_to(167);
  EXPECT_THAT(moments(*bars->copy(id, k1m)), ElementsAre(0, at(165)));
  go_to(185);
  EXPECT_EQ(held(k1m)[1], "60: 3 4 3 4 v2 n2 closed");
  EXPECT_THAT(moments(*bars->copy(id, k1m)), ElementsAre(0, at(165)));
}

// Each second's trades come when it has ended, of a bar of a second always.
TEST_F(LateTradesOfBars, BarsOfASecondAreNotLateByThemselves) {
  BarsOptions given;
  given.longest_delay = std::chrono::minutes(15);
  start(given);
  for (int i = 0; i < 40; ++i) {
    trade(i, "1");
    go_to(i + 1);
  }
  go_to(60);
  EXPECT_THAT(moments(*bars->copy(id, k1s)), Each(0));
}

TEST_F(LateTradesOfBars, WhereNobodyIsDelayedNothingIsSaid) {
  start();
  trade(1, "1");
  go_to(200);
  trade(2, "4");
  go_to(201);
  EXPECT_THAT(moments(*bars->copy(id, k1m)), Each(0));
}

}  // namespace
}  // namespace tickgate::feeds
