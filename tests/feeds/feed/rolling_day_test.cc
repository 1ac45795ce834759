// SPDX-License-Identifier: Apache-2.0
// A rolling day against a plain recomputation of the same trades.
#include "feeds/feed/rolling_day.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace tickgate::feeds {
namespace {

using schemas::Timestamp;

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr std::int64_t kBegan = 1'800'000'123 * kSecond;

schemas::Trade trade(std::int64_t time, std::int64_t price, std::int64_t size) {
  schemas::Trade out;
  out.header.venue_time = Timestamp{time};
  out.price = schemas::Price{{price, 2}};
  out.size = schemas::Quantity{{size, 3}};
  return out;
}

struct Plain {
  std::int64_t time, price, size;
};

// In the order in which they came; `since`: what the window covers.
std::optional<RollingDay::Day> plain(std::vector<Plain> all, std::int64_t since) {
  std::erase_if(all,
                [&](const Plain& one) { return one.time / (5 * kMinute) < since / (5 * kMinute); });
  if (all.empty()) return std::nullopt;
  std::ranges::stable_sort(all, {}, &Plain::time);
  auto high = all[0].price, low = high, volume = std::int64_t{0};
  for (const auto& one : all) {
    high = std::max(high, one.price);
    low = std::min(low, one.price);
    volume += one.size;
  }
  const auto price = [](std::int64_t value) { return schemas::Price{{value, 2}}; };
  return RollingDay::Day{
      price(all.front().price),       price(high),     price(low), price(all.back().price),
      schemas::Quantity{{volume, 3}}, Timestamp{since}};
}

void expect_same(const std::optional<RollingDay::Day>& ours,
                 const std::optional<RollingDay::Day>& wanted) {
  ASSERT_EQ(ours.has_value(), wanted.has_value());
  if (!ours) return;
  EXPECT_EQ(ours->open, wanted->open);
  EXPECT_EQ(ours->high, wanted->high);
  EXPECT_EQ(ours->low, wanted->low);
  EXPECT_EQ(ours->last, wanted->last);
  EXPECT_EQ(ours->volume, wanted->volume);
  EXPECT_EQ(ours->since, wanted->since);
}

TEST(RollingDay, IsWhatAPlainRecomputationSays) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    RollingDay day{Timestamp{kBegan}};
    std::vector<Plain> all;
    std::int64_t now = kBegan, price = 10'000;
    // Nearly two days, with quiet hours in between.
    while (now < kBegan + 47 * kHour) {
      now += random() % 50 == 0 ? random() % (3 * kHour) : random() % (4 * kMinute);
      price += static_cast<std::int64_t>(random() % 21) - 10;
      const auto late = random() % 5 == 0 ? random() % (12 * kMinute) : 0;
      const Plain one{std::max<std::int64_t>(now - static_cast<std::int64_t>(late), kBegan), price,
                      1 + static_cast<std::int64_t>(random() % 500)};
      day.add(trade(one.time, one.price, one.size), Timestamp{now});
      all.push_back(one);
      const auto since = std::max(RollingDay::begin(Timestamp{now}).value(), kBegan);
      expect_same(day.at(Timestamp{now}), plain(all, since));
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << " at " << now;
    }
  }
}

TEST(RollingDay, TheVenuesCandlesTakeThePlaceOfWhatWasSeenAndReachFurtherBack) {
  RollingDay day{Timestamp{kBegan}};
  EXPECT_FALSE(day.at(Timestamp{kBegan}));
  day.add(trade(kBegan, 500, 7), Timestamp{kBegan});
  EXPECT_EQ(day.at(Timestamp{kBegan})->since.value(), kBegan);
  const auto from = RollingDay::begin(Timestamp{kBegan});
  const auto open = schemas::start_of(Timestamp{kBegan}, RollingDay::kStep);
  const auto price = [](std::int64_t value) { return schemas::Price{{value, 2}}; };
  const Candle candles[] = {
      {from, price(300), price(320), price(290), price(310), schemas::Quantity{{4, 3}}, 2},
      {open, price(310), price(510), price(300), price(500), schemas::Quantity{{20, 3}}, 5}};
  day.replace(from, Timestamp{open.value() + 5 * kMinute}, candles);
  day.add(trade(kBegan + kSecond, 600, 1), Timestamp{kBegan + kSecond});
  const auto all = day.at(Timestamp{kBegan + kSecond});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->open, price(300));
  EXPECT_EQ(all->high, price(600));
  EXPECT_EQ(all->low, price(290));
  EXPECT_EQ(all->last, price(600));
  EXPECT_EQ(all->volume, (schemas::Quantity{{25, 3}}));
  EXPECT_EQ(all->since, from);
  // Five minutes on, the first step is out of the window.
  const auto later = day.at(Timestamp{kBegan + 5 * kMinute});
  EXPECT_EQ(later->open, price(310));
  EXPECT_EQ(later->since.value(), from.value() + 5 * kMinute);
  EXPECT_FALSE(day.at(Timestamp{kBegan + 30 * kHour}));
}

static_assert(sizeof(RollingDay) < 31'000);

TEST(RollingDay, WhatIsOlderThanADayOrAheadOfUsBreaksNothing) {
  RollingDay day{Timestamp{kBegan - 30 * kHour}};
  day.add(trade(kBegan - 25 * kHour, 1, 1), Timestamp{kBegan});
  EXPECT_FALSE(day.at(Timestamp{kBegan}));
  day.add(trade(kBegan + 9 * kHour, 77, 1), Timestamp{kBegan});
  ASSERT_TRUE(day.at(Timestamp{kBegan}));
  EXPECT_EQ(day.at(Timestamp{kBegan})->last, (schemas::Price{{77, 2}}));
}

}  // namespace
}  // namespace tickgate::feeds
