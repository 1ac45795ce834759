// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage_peaks.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tickgate::gateway {
namespace {

const UsageKey kAcme{"acme", "gold", "KRAKEN", 0};
const Day kToday{20'000};
const Day kTomorrow{20'001};

TEST(UsagePeaks, OneThatGoesFromShardToShardIsInThePeakOnce) {
  UsagePeaks peaks;
  peaks.enter(kAcme, kToday);
  peaks.leave(kAcme, kToday);
  peaks.enter(kAcme, kToday);
  const auto changes = peaks.take(kToday);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].key, kAcme);
  EXPECT_EQ(changes[0].open, 1);
  EXPECT_EQ(changes[0].peak, 1U);
}

TEST(UsagePeaks, AShortOneIsInThePeakAndWhatIsToldOnceIsNotToldAgain) {
  UsagePeaks peaks;
  for (int i = 0; i < 3; ++i) peaks.enter(kAcme, kToday);
  for (int i = 0; i < 3; ++i) peaks.leave(kAcme, kToday);
  const auto changes = peaks.take(kToday);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].open, 0);
  EXPECT_EQ(changes[0].peak, 3U);
  EXPECT_TRUE(peaks.take(kToday).empty());
  peaks.leave(kAcme, kToday);  // of whom nothing is known
  EXPECT_TRUE(peaks.take(kToday).empty());
}

TEST(UsagePeaks, ADayBeginsWithWhoIsThere) {
  UsagePeaks peaks;
  peaks.enter(kAcme, kToday);
  peaks.enter(kAcme, kToday);
  peaks.take(kToday);
  peaks.leave(kAcme, kToday);
  peaks.enter({"late", "", "KRAKEN", 0}, kTomorrow);
  peaks.leave(kAcme, kToday);  // of a shard that has not seen midnight yet
  const auto changes = peaks.take(kTomorrow);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].day, kToday);
  EXPECT_EQ(changes[0].open, -1);
  EXPECT_EQ(changes[0].peak, 2U);
  for (const auto& change : changes) {
    if (change.day == kToday) continue;
    EXPECT_EQ(change.day, kTomorrow);
    EXPECT_EQ(change.peak, 1U);
    EXPECT_EQ(change.open, change.key == kAcme ? 0 : 1);
  }
}

TEST(UsagePeaks, WhoIsOpenIsToldOfADayOnWhichNothingChanged) {
  UsagePeaks peaks;
  peaks.enter(kAcme, kToday);
  peaks.take(kToday);
  const auto changes = peaks.take(kTomorrow);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].day, kTomorrow);
  EXPECT_EQ(changes[0].open, 1);
  EXPECT_EQ(changes[0].peak, 1U);
}

TEST(UsagePeaks, ThreadsCountTogether) {
  UsagePeaks peaks;
  std::vector<std::thread> shards;
  shards.reserve(4);
  for (int i = 0; i < 4; ++i) {
    shards.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        peaks.enter(kAcme, kToday);
        peaks.leave(kAcme, kToday);
      }
      peaks.enter(kAcme, kToday);
    });
  }
  for (auto& shard : shards) shard.join();
  const auto changes = peaks.take(kToday);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].open, 4);
  EXPECT_EQ(changes[0].peak, 4U);
}

}  // namespace
}  // namespace tickgate::gateway
