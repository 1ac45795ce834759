// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/metric_set.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tickgate::gateway {
namespace {

constexpr std::string_view kScrape = R"(# HELP ticks_total what came
# TYPE ticks_total counter
ticks_total{feed="a",channel="quote"} 5
ticks_total{feed="a",channel="trade"} 2
ticks_total{feed="b",channel="quote"} 1e3
up 1
)";

TEST(MetricSet, SamplesAreAddedUpByALabel) {
  const auto set = MetricSet::read(kScrape);
  EXPECT_EQ(set.sum("ticks_total"), 1007);
  EXPECT_EQ(set.sum("ticks_total", {"feed", "a"}), 7);
  EXPECT_EQ(set.sum("ticks_total", {"channel", "quote"}), 1005);
  EXPECT_EQ(set.sum("up"), 1);
}

TEST(MetricSet, WhatIsNotThereIsNotZero) {
  const auto set = MetricSet::read(kScrape);
  EXPECT_EQ(set.sum("down"), std::nullopt);
  EXPECT_EQ(set.sum("ticks_total", {"feed", "c"}), std::nullopt);
  EXPECT_TRUE(set.of("down").empty());
}

TEST(MetricSet, ASampleMayHaveEscapesBlanksATimeAndAnExemplar) {
  const auto sample =
      read_sample(R"(  a_total { k = "x\"}\\\n," , l="" } 1.5 1700000000 # {t="1"} 2)");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->name, "a_total");
  EXPECT_EQ(sample->label("k"), "x\"}\\\n,");
  EXPECT_EQ(sample->label("l"), "");
  EXPECT_EQ(sample->label("m"), "");
  EXPECT_EQ(sample->value, 1.5);
}

TEST(MetricSet, EveryNumberOfTheFormatIsRead) {
  EXPECT_EQ(read_sample("a +Inf")->value, INFINITY);
  EXPECT_EQ(read_sample("a -Inf")->value, -INFINITY);
  EXPECT_TRUE(std::isnan(read_sample("a NaN")->value));
  EXPECT_EQ(read_sample("a -1.5e-3\r")->value, -0.0015);
}

TEST(MetricSet, WhatIsNoSampleIsPassedOver) {
  for (const auto* const line :
       {"", "# comment", "a", "a ", "a x", "a 1x", "{} 1", "a{ 1", "a{b} 1", "a{b=} 1", "a{b=c} 1",
        "a{b=\"c 1", "a{b=\"c\\", "a{b=\"c\" d=\"e\"} 1", "a{=\"c\"} 1", "<html>"}) {
    EXPECT_FALSE(read_sample(line)) << line;
  }
  EXPECT_EQ(MetricSet::read("nonsense\na 1").sum("a"), 1) << "and what follows is read";
}

Buckets of(std::string_view scrape) { return MetricSet::read(scrape).histogram("h", {"k", "a"}); }

TEST(MetricSet, AHistogramAddsUpItsSeriesByBound) {
  const auto buckets =
      of("h_bucket{k=\"a\",s=\"0\",le=\"+Inf\"} 4\nh_bucket{k=\"a\",s=\"0\",le=\"0.1\"} 1\n"
         "h_bucket{k=\"a\",s=\"1\",le=\"0.1\"} 2\nh_bucket{k=\"b\",le=\"0.1\"} 9\n"
         "h_bucket{k=\"a\",le=\"NaN\"} 9\nh_bucket{k=\"a\"} 9\n");
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].bound, 0.1);
  EXPECT_EQ(buckets[0].count, 3);
  EXPECT_EQ(buckets[1].bound, INFINITY);
  EXPECT_EQ(buckets[1].count, 4);
}

TEST(MetricSet, AQuantileLiesBetweenTwoBounds) {
  const Buckets buckets = {{1, 0}, {2, 50}, {4, 90}, {INFINITY, 100}};
  EXPECT_EQ(quantile(buckets, 0.5), 2);
  EXPECT_EQ(quantile(buckets, 0.25), 1.5);
  EXPECT_EQ(quantile(buckets, 0.7), 3);
  EXPECT_EQ(quantile(buckets, 0.99), 4) << "beyond all bounds: the highest";
  EXPECT_EQ(quantile({}, 0.5), std::nullopt);
  EXPECT_EQ(quantile({{1, 0}, {INFINITY, 0}}, 0.5), std::nullopt);
}

TEST(MetricSet, OfTwoHistogramsTheDifferenceIsWhatCameBetween) {
  const Buckets before = {{1, 10}, {INFINITY, 10}};
  const Buckets now = {{1, 11}, {INFINITY, 14}};
  EXPECT_EQ(less(now, before)[0].count, 1);
  EXPECT_EQ(less(now, before)[1].count, 4);
  EXPECT_EQ(less(before, now)[0].count, 10) << "another process: all of it";
  EXPECT_EQ(less(now, {})[1].count, 14);
}

}  // namespace
}  // namespace tickgate::gateway
