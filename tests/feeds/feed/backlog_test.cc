// SPDX-License-Identifier: Apache-2.0
// How old the venue's data is, and whether what waits to be read is old.
#include "feeds/feed/backlog.h"

#include <gtest/gtest.h>

#include "feeds/feed/venue_age.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using Change = Backlog::Change;

// Both clocks, ours and the venue's, which differ, and may be set.
class BacklogTest : public testing::Test {
 protected:
  BacklogTest() {
    age.open(now());
    backlog.open(now());
  }
  Moment now() const { return {schemas::Timestamp((steady + wall).count()), steady}; }
  // What the venue stamped so long ago.
  schemas::Timestamp stamp(Monotonic ago) const {
    return schemas::Timestamp((steady + venue - ago).count());
  }
  Monotonic aged(Monotonic ago) {
    age.pass(now());
    return age.on_stamp(stamp(ago), now());
  }
  // Passes each 50 ms, and a stamp at each, as old as that.
  Change run(Monotonic time, Monotonic ago) {
    Change last = Change::kNone;
    for (const auto end = steady + time; steady < end;) {
      steady += 50ms;
      const auto passed = backlog.pass(now());
      const auto stamped = backlog.on_stamp(stamp(ago), now());
      if (stamped != Change::kNone) last = stamped;
      if (passed != Change::kNone) last = passed;
    }
    return last;
  }

  Monotonic steady = 1000s, wall = 1'700'000'000s, venue = 1'700'000'700s;
  VenueAge age;
  Backlog backlog;
};

TEST_F(BacklogTest, AgeIsWhatIsBeyondTheLeastThatEverWas) {
  EXPECT_EQ(age.age(), VenueAge::kUnknown);
  EXPECT_EQ(aged(30ms), 0ms) << "clocks that differ and a long way are no age";
  EXPECT_EQ(aged(2030ms), 2s);
  EXPECT_EQ(aged(10ms), 0ms);
  EXPECT_EQ(aged(30ms), 20ms);
}

TEST_F(BacklogTest, ABacklogOfHoursIsNotForgottenAndADriftIsNoAge) {
  aged(0ms);
  for (int i = 0; i < 7200; ++i) {
    steady += 1s;
    ASSERT_GT(aged(5s), 4s) << i;
  }
  for (int i = 0; i < 7200; ++i) {
    steady += 1s;
    wall += 50us;
    ASSERT_LT(aged(0ms), 500ms) << i;
  }
}

TEST_F(BacklogTest, OneStampAnHourAheadChangesNothing) {
  aged(0ms);
  EXPECT_EQ(aged(-1h), 0ms);
  EXPECT_LT(aged(0ms), 1ms);
  EXPECT_LT(aged(20ms), 21ms);
}

TEST_F(BacklogTest, AFallThatStaysIsLearned) {
  aged(0ms);
  for (int i = 0; i < 4; ++i) {
    steady += 600ms;
    EXPECT_EQ(aged(-10s), 0ms);
  }
  EXPECT_GT(aged(-5s), 4s);
}

TEST_F(BacklogTest, OurOwnClockMayBeSetAsFarAsItLikes) {
  aged(0ms);
  for (const Monotonic step : {1s, -1s, 3600s, -3600s}) {
    wall += step;
    steady += 50ms;
    EXPECT_TRUE(age.pass(now()));
    EXPECT_LT(age.on_stamp(stamp(10ms), now()), 20ms) << step.count();
    EXPECT_FALSE(age.pass(now()));
  }
}

TEST_F(BacklogTest, HalfASecondsPauseIsNothingAndTwoSecondsAre) {
  run(1s, 0ms);
  steady += 900ms;
  EXPECT_EQ(run(50ms, 0ms), Change::kNone);
  steady += 2s;
  EXPECT_EQ(backlog.pass(now()), Change::kBehind);
  EXPECT_TRUE(backlog.paused());
  EXPECT_EQ(backlog.reason(), "paused 2 s, catching up");
}

TEST_F(BacklogTest, APauseEndsWithTheFirstFreshStampNotWithTheFirstMessage) {
  run(1s, 0ms);
  steady += 30s;
  backlog.pass(now());
  for (auto ago = 30s; ago >= 1s; ago -= 1s) {
    EXPECT_EQ(backlog.on_stamp(stamp(ago), now()), Change::kNone);
    EXPECT_TRUE(backlog.behind());
  }
  EXPECT_EQ(backlog.on_stamp(stamp(300ms), now()), Change::kCaughtUp);
  EXPECT_FALSE(backlog.behind());
}

TEST_F(BacklogTest, WhatWaitsAfterAPauseIsNotTheMeasureOfItself) {
  steady += 7s;
  backlog.pass(now());
  EXPECT_EQ(backlog.on_stamp(stamp(7s), now()), Change::kNone);
  EXPECT_TRUE(backlog.behind());
  EXPECT_TRUE(backlog.hopeless(steady + 5s));
}

TEST_F(BacklogTest, AfterAPauseWithoutStampsOnlyAnotherConnectionHelps) {
  steady += 3s;
  backlog.pass(now());
  EXPECT_FALSE(backlog.hopeless(steady + 4s));
  EXPECT_TRUE(backlog.hopeless(steady + 5s));
}

TEST_F(BacklogTest, OldDataIsStaleAboveTwoSecondsAndFreshBelowAHalf) {
  run(1s, 0ms);
  EXPECT_EQ(run(50ms, 1900ms), Change::kNone);
  EXPECT_EQ(run(50ms, 12s), Change::kBehind);
  EXPECT_EQ(backlog.reason(), "the venue's data is 12 s old");
  EXPECT_EQ(run(50ms, 600ms), Change::kNone);
  EXPECT_TRUE(backlog.behind());
  EXPECT_EQ(run(50ms, 400ms), Change::kCaughtUp);
}

TEST_F(BacklogTest, ABacklogThatShrinksIsWaitedForAndAnotherIsNot) {
  run(1s, 0ms);
  auto ago = Monotonic(20s);
  run(50ms, ago);
  for (; ago > 1s; ago -= 600ms) {
    run(1s, ago);
    EXPECT_FALSE(backlog.hopeless(steady));
  }
  run(1s, 0ms);
  run(50ms, 10s);
  run(4s, 10s);
  EXPECT_FALSE(backlog.hopeless(steady));
  run(1s, 10s);
  EXPECT_TRUE(backlog.hopeless(steady));
}

}  // namespace
}  // namespace tickgate::feeds
