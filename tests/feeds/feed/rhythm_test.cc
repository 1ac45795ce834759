// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/rhythm.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using Lesson = Rhythm::Lesson;

constexpr Rhythm::Settings kSettings{};

// So many updates, so far apart.
Monotonic beat(Rhythm& rhythm, Monotonic now, int updates, Monotonic gap) {
  for (int i = 0; i < updates; ++i) rhythm.update(now += gap, kSettings);
  return now;
}

struct Case {
  const char* what;
  Monotonic gap;
  int updates;
  bool known;
  Monotonic patience;
};

TEST(Rhythm, ItsPatienceIsOfItsLongestGapAndOfHowMuchWasSeen) {
  const Case cases[] = {
      {"never seen", 1s, 0, false, 60s},
      {"once", 1s, 1, false, 60s},
      {"busy, for nine seconds", 100ms, 90, false, 60s},
      {"busy", 100ms, 600, true, 3s},
      {"once a second, for ten", 1s, 11, false, 60s},
      {"once a second", 1s, 101, true, 4s + 400ms},
      {"each ten seconds, five times", 10s, 5, false, 140s},
      {"each ten seconds, twenty times", 10s, 21, true, 60s},
      {"once a minute: capped", 60s, 21, true, 6min},
      {"once an hour: that teaches nothing", 1h, 2, false, 60s},
      {"many in one burst: nothing learned", 1ms, 50, false, 60s},
      {"so many that there is no gap", 1ms, 30'000, true, 3s},
  };
  for (const auto& c : cases) {
    Rhythm rhythm;
    rhythm.resume(1000s);
    beat(rhythm, 1000s, c.updates, c.gap);
    EXPECT_EQ(rhythm.known(), c.known) << c.what;
    EXPECT_EQ(rhythm.patience(kSettings), c.patience) << c.what;
  }
}

TEST(Rhythm, NoPatienceIsBelowTheFloorNorUnknownBelowIt) {
  constexpr Rhythm::Settings kSlow{.floor = 100s};
  Rhythm rhythm;
  EXPECT_EQ(rhythm.patience(kSlow), 100s);
  beat(rhythm, 1s, 600, 100ms);
  EXPECT_EQ(rhythm.patience(kSlow), 100s);
}

TEST(Rhythm, AGapBeyondItsPatienceTeachesNothingUnlessItComesThrice) {
  Rhythm rhythm;
  auto now = beat(rhythm, 1s, 600, 100ms);
  for (const auto outage : {12s, 60s}) {
    rhythm.update(now += outage, kSettings);
    EXPECT_EQ(rhythm.patience(kSettings), 3s);
  }
  rhythm.update(now += 15s, kSettings);
  EXPECT_GE(rhythm.patience(kSettings), 48s) << "the least of three within an hour";
  EXPECT_LT(rhythm.patience(kSettings), 50s);
}

TEST(Rhythm, ThreeThatAreHoursApartAreThreeOutages) {
  Rhythm rhythm;
  auto now = beat(rhythm, 1s, 600, 100ms);
  for (int i = 0; i < 6; ++i) {
    rhythm.update(now += 10s, kSettings);
    now = beat(rhythm, now, 21 * 600, 100ms);
  }
  EXPECT_LT(rhythm.patience(kSettings), 4s);
}

TEST(Rhythm, AConfirmedGapIsItsOwnHoweverLong) {
  Rhythm rhythm;
  auto now = beat(rhythm, 1s, 600, 100ms);
  rhythm.update(now += 10s, kSettings, Lesson::kConfirmed);
  EXPECT_GT(rhythm.patience(kSettings), 40s);
}

TEST(Rhythm, WhatIsOursOrTheLinksTeachesNothing) {
  Rhythm rhythm;
  auto now = beat(rhythm, 1s, 600, 200ms);
  rhythm.update(now += 2s, kSettings, Lesson::kNone);
  rhythm.resume(now += 2h);
  rhythm.update(now += 2500ms, kSettings);
  EXPECT_EQ(rhythm.patience(kSettings), 3s);
  EXPECT_EQ(rhythm.last(), now);
}

TEST(Rhythm, ALongGapIsForgottenAfterTwoWindows) {
  Rhythm rhythm;
  auto now = beat(rhythm, 1s, 100, 10s);
  EXPECT_GT(rhythm.patience(kSettings), 40s);
  now = beat(rhythm, now, 31 * 60 * 10, 100ms);
  EXPECT_GT(rhythm.patience(kSettings), 40s) << "the window before counts too";
  beat(rhythm, now, 31 * 60 * 10, 100ms);
  EXPECT_EQ(rhythm.patience(kSettings), 3s);
}

TEST(Rhythm, WhatIsConfirmedWhileUnknownDoublesUpToTheCap) {
  Rhythm rhythm;
  for (const auto patience : {120s, 240s, 480s, 900s, 900s}) {
    rhythm.confirm();
    EXPECT_EQ(rhythm.patience(kSettings), patience);
  }
}

TEST(Rhythm, TheFirstMomentAfterAResumptionMayBeHistory) {
  Rhythm rhythm;
  rhythm.resume(1s);
  EXPECT_TRUE(rhythm.history(2s));
  rhythm.update(2s, kSettings);
  EXPECT_TRUE(rhythm.history(2s));
  EXPECT_FALSE(rhythm.history(3s));
  rhythm.update(3s, kSettings);
  rhythm.expect_history();
  EXPECT_EQ(rhythm.last(), 3s);
  EXPECT_TRUE(rhythm.history(4s));
}

}  // namespace
}  // namespace tickgate::feeds
