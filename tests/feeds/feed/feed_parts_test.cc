// SPDX-License-Identifier: Apache-2.0
// The pure pieces that a feed is made of.
#include <gtest/gtest.h>

#include <random>

#include "feeds/feed/ack_tracker.h"
#include "feeds/feed/backoff.h"
#include "feeds/feed/rate_limiter.h"

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Backoff, StepsDoubleUpToTheCapAndEachDelayIsWithinItsStep) {
  const std::array<milliseconds, 9> steps = {
      milliseconds(500),   milliseconds(1000),  milliseconds(2000),
      milliseconds(4000),  milliseconds(8000),  milliseconds(16000),
      milliseconds(30000), milliseconds(30000), milliseconds(30000)};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    Backoff backoff({});
    for (const Monotonic step : steps) {
      const auto delay = backoff.next(random);
      EXPECT_LE(delay, step);
      EXPECT_GE(delay, step / 16);
    }
  }
}

TEST(Backoff, ManyFeedsCutOffTogetherReturnSpreadOverTheStep) {
  std::array<int, 4> quarters{};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    Backoff backoff({});
    ++quarters.at(std::min<std::size_t>(
        3, static_cast<std::size_t>(backoff.next(random) / Monotonic(125'001))));
  }
  for (const int count : quarters) EXPECT_GT(count, 50);
}

TEST(Backoff, ResetsWhenTheLinkDeliveredOrHeld) {
  struct Case {
    Monotonic up;
    bool delivered, resets;
  };
  for (const auto& c : {Case{seconds(0), false, false}, Case{seconds(59), false, false},
                        Case{seconds(60), false, true}, Case{hours(3), false, true},
                        Case{seconds(2), true, true}, Case{milliseconds(10), true, true}}) {
    std::mt19937_64 random(7);
    Backoff backoff({});
    for (int i = 0; i < 10; ++i) backoff.next(random);
    backoff.lost_after(c.up, c.delivered);
    // The smallest delay of the last step, 30 s / 16, is longer than the whole first step.
    EXPECT_EQ(backoff.next(random) <= milliseconds(500), c.resets) << c.up.count();
  }
}

TEST(Backoff, GrowsForALinkThatDeliversAndDiesAtOnceAgainAndAgain) {
  std::mt19937_64 random(7);
  Backoff backoff({});
  for (int i = 0; i < 12; ++i) {
    backoff.lost_after(milliseconds(50), true);
    const auto delay = backoff.next(random);
    if (i < 3) {
      EXPECT_LE(delay, milliseconds(500)) << i;
    }
    if (i > 9) {
      EXPECT_GE(delay, milliseconds(1000)) << i;
    }
  }
  backoff.lost_after(seconds(1), true);
  EXPECT_LE(backoff.next(random), milliseconds(500));
}

TEST(Backoff, AHundredThousandFailuresDoNotOverflow) {
  std::mt19937_64 random(1);
  Backoff backoff({.base = milliseconds(10), .cap = minutes(10)});
  for (int i = 0; i < 100'000; ++i) {
    const auto delay = backoff.next(random);
    ASSERT_GT(delay.count(), 0);
    ASSERT_LE(delay, minutes(10));
  }
}

TEST(RateLimiter, GrantsTheBurstThenTheRate) {
  RateLimiter limiter(5, 3);
  Monotonic now = seconds(100);
  EXPECT_TRUE(limiter.try_acquire(now));
  EXPECT_TRUE(limiter.try_acquire(now));
  EXPECT_TRUE(limiter.try_acquire(now));
  EXPECT_FALSE(limiter.try_acquire(now));
  int granted = 0;
  for (; now < seconds(110); now += milliseconds(10)) granted += limiter.try_acquire(now) ? 1 : 0;
  EXPECT_NEAR(granted, 50, 1);
}

TEST(RateLimiter, ALongPauseGivesNoMoreThanTheBurst) {
  RateLimiter limiter(100, 2);
  EXPECT_TRUE(limiter.try_acquire(seconds(1)));
  int granted = 0;
  for (int i = 0; i < 100; ++i) granted += limiter.try_acquire(hours(5)) ? 1 : 0;
  EXPECT_EQ(granted, 2);
}

TEST(RateLimiter, TimeThatGoesBackwardsGrantsNothing) {
  RateLimiter limiter(1, 1);
  EXPECT_TRUE(limiter.try_acquire(seconds(10)));
  EXPECT_FALSE(limiter.try_acquire(seconds(5)));
  EXPECT_FALSE(limiter.try_acquire(seconds(10)));
  EXPECT_TRUE(limiter.try_acquire(seconds(11)));
}

VenueSubscription book(std::uint32_t id) {
  return {schemas::InstrumentId(id), schemas::Channel::kBook};
}

TEST(AckTracker, NamesEachOverdueSubscriptionOnce) {
  AckTracker tracker;
  const VenueSubscription sent[] = {
      book(1), book(2), {schemas::InstrumentId(1), schemas::Channel::kTrade}};
  tracker.expect(sent, seconds(10));
  EXPECT_TRUE(tracker.answered(book(2)));
  EXPECT_FALSE(tracker.answered(book(2)));
  EXPECT_FALSE(tracker.answered(book(9)));
  EXPECT_TRUE(tracker.pop_overdue(seconds(9)).empty());
  EXPECT_EQ(tracker.pop_overdue(seconds(10)).size(), 2U);
  EXPECT_TRUE(tracker.pop_overdue(seconds(11)).empty());
}

TEST(AckTracker, SubscribingAgainMovesTheDeadline) {
  AckTracker tracker;
  const VenueSubscription sent[] = {book(1)};
  tracker.expect(sent, seconds(10));
  tracker.expect(sent, seconds(20));
  EXPECT_EQ(tracker.size(), 1U);
  EXPECT_TRUE(tracker.pop_overdue(seconds(15)).empty());
  EXPECT_TRUE(tracker.awaits(schemas::InstrumentId(1)));
  EXPECT_EQ(tracker.pop_overdue(seconds(20)).size(), 1U);
}

}  // namespace
}  // namespace tickgate::feeds
