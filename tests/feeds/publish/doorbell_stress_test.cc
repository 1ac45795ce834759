// SPDX-License-Identifier: Apache-2.0
// Says most under the tsan preset; programs/negative_control_test.py shows that it can fail.
#include "gtest/gtest.h"
#include "tests/support/lock_free_race.h"

namespace tickgate::feeds {
namespace {

TEST(DoorbellStress, NoWakeUpIsLost) {
  constexpr std::uint64_t kEach = 5'000;
  const auto result = test::race_wake_ups<true>(kEach, std::chrono::seconds(5));
  EXPECT_FALSE(result.lost_wake_up);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.received, 2 * kEach);
  EXPECT_EQ(result.damaged, 0U);
}

TEST(DoorbellStress, WhatWasWrittenBeforeTheRingIsVisibleAfterIt) {
  constexpr std::uint64_t kCount = 50'000;
  const auto result = test::race_bell_orders<OrderedBell>(kCount);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.received, kCount);
  EXPECT_EQ(result.damaged, 0U);
}

}  // namespace
}  // namespace tickgate::feeds
