// SPDX-License-Identifier: Apache-2.0
// Says most under the tsan preset; programs/negative_control_test.py shows that it can fail.
#include "gtest/gtest.h"
#include "tests/support/member_race.h"

namespace tickgate::feeds {
namespace {

TEST(MembersStress, FeedsOnThreadsOfTheirOwnAreConsolidatedRight) {
  const auto result = test::race_members<true>(30'000);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.damaged, 0U);
  EXPECT_GT(result.quotes, 5U);
  EXPECT_FALSE(result.wrong_at_last);
}

}  // namespace
}  // namespace tickgate::feeds
