// SPDX-License-Identifier: Apache-2.0
// Says most under the tsan preset; programs/negative_control_test.py shows that it can fail.
#include "gtest/gtest.h"
#include "tests/support/lock_free_race.h"

namespace tickgate::feeds {
namespace {

TEST(RecordRingStress, EveryRecordArrivesOnceWholeAndInOrder) {
  // Small: full and empty often, and the end of the buffer every dozen records.
  constexpr std::uint64_t kCount = 300'000;
  const auto result = test::race_ring<AcquireRelease>(1024, kCount);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.received, kCount);
  EXPECT_EQ(result.damaged, 0U);
}

TEST(RecordRingStress, LargeRingIsDrainedInBatches) {
  constexpr std::uint64_t kCount = 300'000;
  const auto result = test::race_ring<AcquireRelease>(1 << 16, kCount);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.received, kCount);
  EXPECT_EQ(result.damaged, 0U);
}

}  // namespace
}  // namespace tickgate::feeds
