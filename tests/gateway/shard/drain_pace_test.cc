// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/drain_pace.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Monotonic kBegin = seconds(7);

TEST(DrainPace, NoSecondHasMoreThanItsShare) {
  constexpr std::size_t kClients = 1'000;
  const DrainPace pace(kBegin, seconds(4), kClients);
  EXPECT_EQ(pace.due(kBegin), 1U) << "the first at once";
  std::size_t told = 0, most = 0;
  for (int second = 0; second < 4; ++second) {
    const auto due = pace.due(kBegin + seconds(second + 1) - milliseconds(1));
    most = std::max(most, due - told);
    told = due;
  }
  EXPECT_EQ(told, kClients);
  EXPECT_EQ(most, kClients / 4);
}

TEST(DrainPace, AllAreDueAtItsEndAndAtOnceWithoutASpread) {
  EXPECT_EQ(DrainPace(kBegin, milliseconds(0), 50).due(kBegin), 50U);
  EXPECT_EQ(DrainPace(kBegin, seconds(3), 50).due(kBegin + seconds(3)), 50U);
  EXPECT_EQ(DrainPace(kBegin, seconds(3), 50).due(kBegin + seconds(300)), 50U);
}

TEST(DrainPace, NobodyIsDueWhereNobodyIs) {
  EXPECT_EQ(DrainPace(kBegin, seconds(1), 0).due(kBegin), 0U);
  EXPECT_EQ(DrainPace(kBegin, milliseconds(0), 0).due(kBegin), 0U);
}

TEST(DrainPace, GoesOnBehindAPauseWhereItStopped) {
  DrainPace pace(kBegin, seconds(10), 100);
  const auto before = pace.due(kBegin + seconds(2));
  pace.forgive(seconds(5));
  EXPECT_EQ(pace.due(kBegin + seconds(7)), before);
  EXPECT_EQ(pace.due(kBegin), 1U) << "a clock that is behind";
}

}  // namespace
}  // namespace tickgate::gateway
