// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <gtest/gtest.h>

#include "tests/feeds/derived/bars_fixture.h"

namespace tickgate::feeds {
namespace {

using BarsTest = BarsFixture;

TEST_F(BarsTest, TheOpenIsTheEarliestTradeAndTheCloseTheLatest) {
  start();
  trade(60.5, "10", "1.5");
  trade(60.9, "12", "0.25");
  trade(60.2, "9");
  trade(60.9, "11");
  EXPECT_EQ(held(k1m), Texts{"60: 9 12 9 11 v3.75 n4 incomplete"}) << "of equal times the last";
  EXPECT_EQ(held(k1d), Texts{"0: 9 12 9 11 v3.75 n4 incomplete"});
}

TEST_F(BarsTest, ABarClosesOnceAtTheBoundaryAndTheGrace) {
  start();
  go_to(59);
  trade(59.5, "10");
  go_to(60.9);
  EXPECT_EQ(news(k1m), Texts{"0: 10 10 10 10 v1 n1 incomplete"}) << "its grace is not over";
  go_to(61);
  EXPECT_EQ(news(k1m), Texts{"0: 10 10 10 10 v1 n1 closed incomplete"});
  go_to(62);
  go_to(400);
  EXPECT_EQ(news(k1m), Texts{}) << "and no bar without a trade";
}

TEST_F(BarsTest, StartIsInclusiveAndEndExclusive) {
  start();
  trade(10, "1");
  trade(59.999999, "2");
  trade(60, "3");
  EXPECT_EQ(held(k1m), (Texts{"0: 1 2 1 2 v2 n2 incomplete", "60: 3 3 3 3 v1 n1"}));
}

TEST_F(BarsTest, ALateTradeCorrectsItsBarWithANewNumber) {
  start();
  demand.lower(id, k1m);
  trade(1.5, "5");
  go_to(4);
  const auto closed = told.bars.back();
  EXPECT_EQ(text_of(closed).substr(0, 2), "1:");
  news(k1s);
  trade(1.2, "4");
  go_to(4.1);
  ASSERT_FALSE(told.bars.empty());
  const auto corrected = told.bars.front();
  EXPECT_EQ(text_of(corrected), "1: 4 5 4 5 v2 n2 corrected incomplete");
  EXPECT_GT(corrected.header.sequence, closed.header.sequence);
  EXPECT_EQ(corrected.ordinal, closed.ordinal + 1);
}

TEST_F(BarsTest, ALateTradeOfAnIntervalThatWasLeftOutMakesItsBar) {
  start();
  trade(1, "5");
  trade(5, "6");
  go_to(10);
  news(k1s);
  trade(3, "7");
  go_to(10.1);
  EXPECT_EQ(news(k1s), Texts{"3: 7 7 7 7 v1 n1 closed"});
  EXPECT_EQ(held(k1s), (Texts{"1: 5 5 5 5 v1 n1 closed incomplete", "3: 7 7 7 7 v1 n1 closed",
                              "5: 6 6 6 6 v1 n1 closed"}));
}

TEST_F(BarsTest, ATradeAheadOfOurClockBelongsToItsOwnBar) {
  start();
  go_to(59);
  trade(58, "5");
  trade(60.2, "6");
  trade(59.9, "7");
  EXPECT_EQ(held(k1m), (Texts{"0: 5 7 5 7 v2 n2 incomplete", "60: 6 6 6 6 v1 n1"}));
  news(k1m);
  go_to(61);
  EXPECT_EQ(news(k1m), (Texts{"0: 5 7 5 7 v2 n2 closed incomplete"}));
}

TEST_F(BarsTest, IntervalsWithoutATradeCarryTheLastCloseIfConfigured) {
  start({.carry = true});
  trade(1, "5.0", "0.10");
  go_to(4.5);
  EXPECT_EQ(news(k1s), (Texts{"1: 5.0 5.0 5.0 5.0 v0.10 n1 closed incomplete",
                              "2: 5.0 5.0 5.0 5.0 v0.00 n0 closed"}));
  trade(3.5, "6.0", "0.20");
  go_to(6.5);
  EXPECT_EQ(news(k1s),
            (Texts{"3: 6.0 6.0 6.0 6.0 v0.20 n1 closed", "4: 6.0 6.0 6.0 6.0 v0.00 n0 closed"}));
  trade(2.5, "7.0", "0.30");
  go_to(6.6);
  EXPECT_EQ(news(k1s), Texts{"2: 7.0 7.0 7.0 7.0 v0.30 n1 corrected"});
  trade(3.7, "8.0", "0.40");
  go_to(6.7);
  EXPECT_EQ(news(k1s), (Texts{"3: 6.0 8.0 6.0 8.0 v0.60 n2 corrected",
                              "4: 8.0 8.0 8.0 8.0 v0.00 n0 corrected"}));
  EXPECT_EQ(
      held(k1s),
      (Texts{"1: 5.0 5.0 5.0 5.0 v0.10 n1 closed incomplete", "2: 7.0 7.0 7.0 7.0 v0.30 n1 closed",
             "3: 6.0 8.0 6.0 8.0 v0.60 n2 closed", "4: 8.0 8.0 8.0 8.0 v0.00 n0 closed"}));
}

TEST_F(BarsTest, LostTradesMarkTheBarsIntoWhichTheyFall) {
  start();
  trade(1, "5");
  trade(3.5, "5");
  lose();
  trade(5.5, "5");
  trade(6.5, "5");
  EXPECT_EQ(held(k1s), (Texts{"1: 5 5 5 5 v1 n1 incomplete", "3: 5 5 5 5 v1 n1 incomplete",
                              "5: 5 5 5 5 v1 n1 incomplete", "6: 5 5 5 5 v1 n1"}));
  trade(4.5, "5");
  EXPECT_EQ(held(k1s)[2], "4: 5 5 5 5 v1 n1 incomplete") << "late, from where they were lost";
}

TEST_F(BarsTest, EmptyBarsOfAGapAreIncomplete) {
  start({.carry = true});
  trade(1, "5");
  trade(3, "5");
  lose();
  go_to(6);
  trade(5.5, "6");
  go_to(8);
  EXPECT_EQ(held(k1s),
            (Texts{"1: 5 5 5 5 v1 n1 closed incomplete", "2: 5 5 5 5 v0 n0 closed",
                   "3: 5 5 5 5 v1 n1 closed incomplete", "4: 5 5 5 5 v0 n0 closed incomplete",
                   "5: 6 6 6 6 v1 n1 closed incomplete", "6: 6 6 6 6 v0 n0 closed"}));
}

TEST_F(BarsTest, AnOpenBarIsToldFourTimesASecondAtMost) {
  start();
  for (int i = 0; i < 1000; ++i) {
    wall = 120 + i * 0.001;
    steady += 0.001;
    trade(wall, "5");
    bars->advance(now());
  }
  EXPECT_LE(news(k1m).size(), 5U);
}

TEST_F(BarsTest, ASeriesThatNobodyHoldsIsMadeAndNotTold) {
  start();
  demand.lower(id, k1m);
  trade(30, "5");
  go_to(70);
  EXPECT_EQ(news(k1m), Texts{});
  EXPECT_EQ(held(k1m), Texts{"0: 5 5 5 5 v1 n1 closed incomplete"});
}

}  // namespace

TEST_F(BarsFixture, WhatIsRemovedIsGoneAndItsNumbersGoOn) {
  SequenceMemory memory;
  start();
  bars.emplace(options, told, &demand, &memory);
  bars->attach(venue);
  go_to(0);
  trade(1, "5");
  go_to(3);
  const auto before = told.bars.back().header.sequence.value();
  BarsCopy waiting;
  bars->with_bars(
      id, k1m, [&](BarsCopy copy) { waiting = std::move(copy); }, now());
  EXPECT_EQ(waiting, nullptr) << "the venue is asked first";
  bars->remove(id);
  ASSERT_NE(waiting, nullptr);
  EXPECT_TRUE(waiting->empty());
  EXPECT_EQ(bars->counters().bytes.value(), 0);
  bars->on_candles({venue.asked.back(), true, {}, schemas::Timestamp{at(3)}});
  EXPECT_EQ(bars->counters().bytes.value(), 0) << "the answer comes too late";
  go_to(70);
  told.bars.clear();
  trade(71, "6");
  go_to(73);
  ASSERT_FALSE(told.bars.empty());
  EXPECT_GT(told.bars.back().header.sequence.value(), 0U);
  for (const auto& bar : told.bars) {
    if (bar.interval == k1s) {
      EXPECT_GT(bar.header.sequence.value(), 1U);
    }
  }
  EXPECT_GE(before, 1U);
}

}  // namespace tickgate::feeds
