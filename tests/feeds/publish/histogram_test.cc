// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tickgate::feeds {
namespace {

using std::chrono::microseconds;

// Of one value, the only bucket that is not empty.
std::size_t bucket_of(std::int64_t value) {
  StageHistogram histogram;
  histogram.observe(microseconds(value));
  for (std::size_t i = 0; i <= kStageBounds.size(); ++i) {
    if (histogram.bucket(i) == 1) return i;
  }
  return SIZE_MAX;
}

TEST(Histogram, EachValueIsInTheFirstBucketThatReachesIt) {
  const auto expected = [](std::int64_t value) {
    return static_cast<std::size_t>(std::ranges::lower_bound(kStageBounds, value) -
                                    kStageBounds.begin());
  };
  for (const auto bound : kStageBounds) {
    for (const auto value : {bound - 1, bound, bound + 1}) {
      EXPECT_EQ(bucket_of(value), expected(value)) << value;
    }
  }
  for (std::int64_t value = 1; value > 0 && value < (std::int64_t{1} << 61); value *= 2) {
    for (const auto near : {value - 1, value, value + 1}) {
      EXPECT_EQ(bucket_of(near), expected(near)) << near;
    }
  }
  EXPECT_EQ(bucket_of(std::numeric_limits<std::int64_t>::max()), kStageBounds.size());
}

TEST(Histogram, LessThanNothingIsNothing) {
  StageHistogram histogram;
  histogram.observe(microseconds(-5), 2);
  EXPECT_EQ(histogram.bucket(0), 2U);
  EXPECT_EQ(histogram.sum_microseconds(), 0U);
}

TEST(Histogram, StagesHaveTheBoundsThatAlertsName) {
  EXPECT_TRUE(std::ranges::is_sorted(kStageBounds));
  for (const auto bound : {10'000, 500'000, 1'000'000}) {
    EXPECT_NE(std::ranges::find(kStageBounds, bound), kStageBounds.end()) << bound;
  }
}

}  // namespace
}  // namespace tickgate::feeds
