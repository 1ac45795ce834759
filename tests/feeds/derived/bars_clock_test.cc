// SPDX-License-Identifier: Apache-2.0
// What a clock that is set, a machine that sleeps and a small memory do to bars.
#include <gtest/gtest.h>

#include "tests/feeds/derived/bars_fixture.h"

namespace tickgate::feeds {
namespace {

class BarsClock : public BarsFixture {
 protected:
  std::size_t closes(schemas::Interval interval) {
    std::size_t count = 0;
    for (const auto& bar : told.bars) count += bar.interval == interval && bar.closed ? 1 : 0;
    told.bars.clear();
    return count;
  }
};

TEST_F(BarsClock, AClockThatGoesBackNeitherReopensNorClosesTwice) {
  start();
  trade(30, "5");
  go_to(62);
  EXPECT_EQ(closes(k1m), 1U);
  set_clock(20);
  trade(31, "6");
  set_clock(20.5);
  EXPECT_EQ(news(k1m), Texts{"0: 5 6 5 6 v2 n2 corrected incomplete"});
  set_clock(65);
  EXPECT_EQ(closes(k1m), 0U);
}

// As a capture's would be without a clock of its own.
TEST_F(BarsClock, OldTradesCloseTheirBarOnceAndAreNeverShownAsOpen) {
  start();
  go_to(300);
  trade(30, "5");
  EXPECT_EQ(held(k1m), Texts{"0: 5 5 5 5 v1 n1 closed incomplete"})
      << "asked for before the next beat";
  EXPECT_EQ(news(k1m), Texts{"0: 5 5 5 5 v1 n1 closed incomplete"});
  trade(31, "6");
  trade(95, "7");
  go_to(300.1);
  EXPECT_EQ(news(k1m),
            (Texts{"60: 7 7 7 7 v1 n1 closed", "0: 5 6 5 6 v2 n2 corrected incomplete"}));
  EXPECT_EQ(bars->counters().closed.value(), 5U) << "three of a second, two of a minute";
  trade(301, "8");
  go_to(301.5);
  EXPECT_EQ(news(k1m), Texts{"300: 8 8 8 8 v1 n1"}) << "what is of now is open";
}

TEST_F(BarsClock, AfterAMistakenLeapBarsAreOpenAgainWithoutCarry) {
  start();
  trade(30, "5");
  set_clock(86'400);
  set_clock(40);
  told.bars.clear();
  trade(70, "6");
  go_to(70.5);
  EXPECT_EQ(news(k1m), Texts{"60: 6 6 6 6 v1 n1"});
  go_to(121);
  EXPECT_EQ(closes(k1m), 1U);
}

TEST_F(BarsClock, ALeapOfHoursTellsFewEmptyBarsAndTheRestByTheOrdinal) {
  start({.carry = true});
  trade(1, "5");
  go_to(4);
  const auto before = told.bars.back().ordinal;
  told.bars.clear();
  set_clock(4 + 7'200);
  std::size_t count = 0;
  for (const auto& bar : told.bars) count += bar.interval == k1s ? 1 : 0;
  EXPECT_LE(count, static_cast<std::size_t>(BarSeries::kMostEmpty));
  EXPECT_GT(told.bars.back().ordinal, before + 100);
  EXPECT_EQ(bars->copy(id, k1s)->size(), 1'000U);
}

TEST_F(BarsClock, ASuspendedMachineClosesItsBarOnce) {
  start();
  trade(30, "5");
  set_clock(30 + 10 * 3'600);
  EXPECT_EQ(closes(k1m), 1U);
  trade(30 + 10 * 3'600, "6");
  go_to(30 + 10 * 3'600 + 61);
  EXPECT_EQ(closes(k1m), 1U);
}

TEST_F(BarsClock, OfAClockFarBehindTheVenuesTheOpenBarsAreBounded) {
  start();
  for (int i = 0; i < 500; ++i) trade(100 + i, "5");
  std::size_t open = 0;
  const auto copy = bars->copy(id, k1s);
  for (const auto& bar : *copy) open += bar.closed ? 0 : 1;
  EXPECT_EQ(open, BarSeries::kMostOpen);
  EXPECT_EQ(copy->size(), 500U);
}

TEST_F(BarsClock, KeepsAsManyAsConfigured) {
  start({.kept = 3});
  for (int i = 0; i < 300; ++i) {
    go_to(i);
    trade(i, "5");
  }
  go_to(310);
  EXPECT_EQ(held(k1s), (Texts{"297: 5 5 5 5 v1 n1 closed", "298: 5 5 5 5 v1 n1 closed",
                              "299: 5 5 5 5 v1 n1 closed"}));
  trade(296.5, "9");
  EXPECT_EQ(bars->counters().too_late.value(), 1U) << "not held any more";
  trade(297.5, "9");
  EXPECT_EQ(held(k1s)[0], "297: 5 9 5 9 v2 n2 closed");
}

TEST_F(BarsClock, KeepsNoneIfSo) {
  start({.kept = 0});
  trade(0.5, "5");
  EXPECT_EQ(held(k1s).size(), 1U) << "the open one";
  go_to(10);
  EXPECT_EQ(held(k1s), Texts{});
}

TEST_F(BarsClock, BeyondItsMemoryWhatNobodyHoldsGoesFirst) {
  start({.memory = 64 * 1024});
  for (int i = 0; i < 2'000; ++i) {
    go_to(i * 60.0);
    EXPECT_LE(bars->counters().bytes.value(), 64 * 1024);
    trade(i * 60.0, "5");
  }
  EXPECT_GT(bars->counters().dropped.value(), 0U);
  EXPECT_GT(held(k1m).size(), 100U) << "held";
  EXPECT_LT(held(schemas::Interval::k5m).size(), 400U) << "not held";
}

}  // namespace
}  // namespace tickgate::feeds
