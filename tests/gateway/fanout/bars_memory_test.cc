// SPDX-License-Identifier: Apache-2.0
// What a shard's bars take, held to the bounds that `tickgate check` reckons with.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/fanout/bar_series.h"
#include "gateway/fanout/held_bars.h"
#include "tests/support/test_bars.h"

namespace tickgate::gateway {
namespace {

using testing::closed;
using testing::corrected;

// With digits as an expensive pair of small amounts has them.
schemas::Bar long_one(schemas::Bar bar) {
  bar.open = bar.high = bar.low = bar.close = testing::price("1234567.12345678");
  bar.volume = testing::quantity("12345678.1234567890");
  bar.trades = 123'456'789;
  return bar;
}

// Of the heap; always 0 where a sanitizer has replaced it.
std::size_t in_use() { return mallinfo2().uordblks; }

TEST(BarsMemory, ASeriesAndItsRowsTakeNoMoreThanIsSaid) {
  std::vector<schemas::Bar> past;
  for (int minute = 0; minute < 1'000; ++minute) {
    past.push_back(long_one(closed(minute, static_cast<std::uint64_t>(minute) + 1)));
  }
  const auto fill = [&past](BarSeries& series) {
    series.load(past);
    std::uint64_t sequence = 1'000;
    for (int i = 0; i < 100; ++i) series.apply(long_one(corrected(900 + i, ++sequence)));
    series.apply(long_one(testing::bar(1'000, ++sequence)));
    std::string out;
    series.append_open(out, {});
  };
  {  // What malloc keeps of what was freed counts as in use: it has it from here on.
    BarSeries before("KRAKEN:BTC-USD", schemas::Interval::k1m);
    fill(before);
    before.trim();
  }
  const auto before = in_use();
  BarSeries series("KRAKEN:BTC-USD", schemas::Interval::k1m);
  fill(series);
  ASSERT_EQ(series.rows(), BarSeries::kClosed);
  EXPECT_LE(in_use() - before + sizeof(BarSeries),
            BarSeries::kSeriesBytes + BarSeries::kClosed * BarSeries::kRowBytes);
  series.trim();
  ASSERT_EQ(series.rows(), BarSeries::kKept);
  EXPECT_LE(in_use() - before + sizeof(BarSeries), BarSeries::kSeriesBytes);
}

TEST(BarsMemory, OfAShardItIsBoundedByRowsAndByCopiesUnderWay) {
  constexpr std::uint64_t kCopy = 1'001 * sizeof(schemas::Bar);
  EXPECT_EQ(HeldBars::most_bytes(0, 1'000), 0U);
  EXPECT_EQ(HeldBars::most_bytes(1, 1'000), 16'384 + 1'000 * 256 + kCopy);
  EXPECT_EQ(HeldBars::most_bytes(1, 0), 16'384 + 1'000 * 256 + sizeof(schemas::Bar));
  EXPECT_EQ(HeldBars::most_bytes(350'000, 1'000),
            350'000ULL * 16'384 + 500'000 * 256 + 2'000 * kCopy);
}

}  // namespace
}  // namespace tickgate::gateway
