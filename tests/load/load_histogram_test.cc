// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/load/histogram.h"

namespace tickgate::load {
namespace {

std::uint64_t exact(const std::vector<std::uint64_t>& sorted, double share) {
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

TEST(LoadHistogram, PercentilesAreWithinASixtyFourthOfTheExactOnes) {
  std::mt19937_64 random(1);
  for (const double spread : {2.0, 6.0, 12.0, 25.0}) {
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 5'000; ++i) {
      const double power = std::uniform_real_distribution<double>(0, spread)(random);
      values.push_back(static_cast<std::uint64_t>(std::exp(power)));
      histogram.add(static_cast<std::int64_t>(values.back()));
    }
    std::sort(values.begin(), values.end());
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto want = exact(values, share);
      EXPECT_GE(histogram.percentile(share), want) << share;
      EXPECT_LE(histogram.percentile(share), want + want / 64) << share;
    }
    EXPECT_EQ(histogram.max(), values.back());
  }
}

TEST(LoadHistogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 0; i < 128; ++i) histogram.add(i);
  EXPECT_EQ(histogram.percentile(0.5), 63U);
  EXPECT_EQ(histogram.percentile(1), 127U);
  EXPECT_EQ(histogram.mean(), 63.5);
}

TEST(LoadHistogram, HoldsNothingAndTheExtremes) {
  Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.99), 0U);
  EXPECT_EQ(histogram.mean(), 0.0);
  histogram.add(-5);
  EXPECT_EQ(histogram.percentile(1), 0U);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.max(), static_cast<std::uint64_t>(INT64_MAX));
  EXPECT_EQ(histogram.count(), 2U);
}

TEST(LoadHistogram, WhatCameSinceIsTheDifference) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.add(1'000'000);
  const Histogram earlier = histogram;
  for (int i = 0; i < 10; ++i) histogram.add(50);
  const auto late = histogram.since(earlier);
  EXPECT_EQ(late.count(), 10U);
  EXPECT_EQ(late.percentile(0.99), 50U);
  EXPECT_EQ(late.mean(), 50.0);
}

}  // namespace
}  // namespace tickgate::load
