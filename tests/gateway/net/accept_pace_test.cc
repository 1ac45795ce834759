// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/accept_pace.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Monotonic kStart = seconds(100);

// How many are taken in until `end`, by whoever tries again when he is told to.
int taken(AcceptPace& pace, Monotonic begin, Monotonic end) {
  int count = 0;
  for (auto now = begin; now < end;) {
    const auto wait = pace.take(now);
    if (wait == Monotonic{0}) {
      ++count;
    } else {
      now += wait;
    }
  }
  return count;
}

TEST(AcceptPace, WithoutALimitNobodyWaits) {
  AcceptPace pace(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(pace.take(kStart), Monotonic{0});
}

TEST(AcceptPace, TakesInAsManyAsItSaysAndATenthOfASecondsWorthAtOnce) {
  AcceptPace pace(200);
  EXPECT_EQ(taken(pace, kStart, kStart + milliseconds(1)), 20);
  EXPECT_EQ(taken(pace, kStart + milliseconds(1), kStart + seconds(10)), 1999);
  EXPECT_EQ(taken(pace, kStart + seconds(20), kStart + seconds(20) + milliseconds(1)), 20)
      << "what was not used is not saved up";
}

TEST(AcceptPace, OneASecondIsOneASecond) {
  AcceptPace pace(1);
  EXPECT_EQ(pace.take(kStart), Monotonic{0});
  EXPECT_EQ(pace.take(kStart), seconds(1));
  EXPECT_EQ(pace.take(kStart + milliseconds(999)), milliseconds(1));
  EXPECT_EQ(pace.take(kStart + seconds(1)), Monotonic{0});
}

TEST(AcceptPace, WhatNobodyCameForIsGivenBack) {
  AcceptPace pace(1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pace.take(kStart), Monotonic{0});
    pace.give_back();
  }
}

TEST(AcceptPace, AnotherRateIsThatOfWhoeverComesNext) {
  AcceptPace pace(1);
  pace.take(kStart);
  pace.set_rate(0);
  EXPECT_EQ(pace.take(kStart), Monotonic{0});
}

}  // namespace
}  // namespace tickgate::gateway
