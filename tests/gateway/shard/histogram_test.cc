// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tickgate::gateway {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, ADurationIsInTheFirstBucketThatReachesIt) {
  LatencyHistogram histogram;
  histogram.observe(microseconds(10));
  histogram.observe(microseconds(11), 3);
  histogram.observe(microseconds(1'000'001));
  EXPECT_EQ(histogram.bucket(0), 1U);
  EXPECT_EQ(histogram.bucket(1), 3U);
  EXPECT_EQ(histogram.bucket(LatencyHistogram::kBounds.size()), 1U);
  EXPECT_EQ(histogram.sum_microseconds(), 10U + 33U + 1'000'001U);
}

TEST(LatencyHistogram, AClockSetBackCountsAsNoTime) {
  LatencyHistogram histogram;
  histogram.observe(microseconds(-5));
  EXPECT_EQ(histogram.bucket(0), 1U);
  EXPECT_EQ(histogram.sum_microseconds(), 0U);
}

TEST(LatencyHistogram, BoundsAreCloseEnoughToReadAQuantileBetweenThem) {
  const auto& bounds = LatencyHistogram::kBounds;
  EXPECT_EQ(bounds.front(), 10);
  EXPECT_EQ(bounds.back(), 1'000'000);
  EXPECT_NE(std::ranges::find(bounds, 10'000), bounds.end());
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    EXPECT_GT(bounds[i], bounds[i - 1]);
    EXPECT_LE(bounds[i] * 3, bounds[i - 1] * 5) << bounds[i];
  }
}

}  // namespace
}  // namespace tickgate::gateway
