// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/trade_pen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/trade_pen_rig.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::Timestamp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::made;
using testing::of;

class TradePenTest : public testing::TradePenRig {};

TEST_F(TradePenTest, WhoLeadsFirstNumbersFromOne) {
  pen.add(made("a", 1));
  EXPECT_THAT(told_now(), IsEmpty()) << "we do not lead";
  lead();
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
  pen.add(made("c", 3));
  EXPECT_THAT(told_now(), ElementsAre("0 3 c"));
}

TEST_F(TradePenTest, WhatLiesBehindTheLastOneGoesOnWithTheNextNumbers) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c", "0 43 d"));
}

TEST_F(TradePenTest, WhatWasSeenLiveAndIsNotStoredIsNotToldTwice) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  seen(41, made("b", 1));
  seen(42, made("c", 1));
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 43 d"));
}

TEST_F(TradePenTest, WhatIsStoredAndWasNotSeenLiveIsNotToldTwiceEither) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  seen(41, made("b", 1));
  lead({43, made("d", 1)});
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("e", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 44 e"));
}

TEST_F(TradePenTest, OurFeedMayBeBehindAndCatchUp) {
  pen.add(made("a", 1));
  lead({41, made("c", 3)});
  EXPECT_THAT(told_now(), IsEmpty()) << "what was published last may still come";
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("c", 3));
  pen.add(made("d", 4));
  EXPECT_THAT(told_now(), ElementsAre("0 42 d"));
}

TEST_F(TradePenTest, ALastOneThatIsNotAmongOursIsAGapOfOne) {
  pen.add(made("a", 1));
  pen.add(made("c", 3));
  pen.add(made("d", 4));
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 c", "0 44 d"));
}

TEST_F(TradePenTest, AfterARestartNobodyKnowsWhatHappenedMeanwhile) {
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), IsEmpty()) << "no trade, no gap yet";
  pen.add(made("z", 90));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 z"));
  pen.add(made("zz", 91));
  EXPECT_THAT(told_now(), ElementsAre("0 44 zz"));
}

TEST_F(TradePenTest, NothingOlderThanTheLastOneIsToldBehindIt) {
  for (const auto& trade : {made("a", 1), made("x", 5), made("y", 2), made("z", 6)}) pen.add(trade);
  lead({41, made("lost", 4)});
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 x", "0 44 z"));
}

TEST_F(TradePenTest, WithoutIdsTimePriceSizeAndSideTell) {
  for (const auto price : {100, 101, 102}) pen.add(made("", 1, price));
  lead({7, made("", 1, 101)});
  EXPECT_THAT(told_now(), ElementsAre("0 8 at 102"));
}

TEST_F(TradePenTest, AnotherPriceTimeOrSideIsAnotherTrade) {
  EXPECT_TRUE(is_same_trade(made("", 1, 100), made("", 1, 100)));
  EXPECT_FALSE(is_same_trade(made("", 1, 100), made("", 2, 100)));
  EXPECT_FALSE(is_same_trade(made("", 1, 100), made("", 1, 101)));
  auto other = made("", 1);
  other.side = schemas::Side::kSell;
  EXPECT_FALSE(is_same_trade(made("", 1), other));
  EXPECT_TRUE(is_same_trade(made("7", 1, 100), made("7", 2, 101))) << "the id alone";
  EXPECT_FALSE(is_same_trade(made("7", 1), made("8", 1)));
  EXPECT_TRUE(is_same_trade(made("7", 1), made("", 1))) << "only one of them has an id";
}

// Twice the same price at the same time, without ids: told as often as it happened.
TEST_F(TradePenTest, TradesThatLookTheSameAreCounted) {
  for (int i = 0; i < 3; ++i) pen.add(made("", 1, 100));
  pen.add(made("", 1, 101));
  seen(1, made("", 1, 100));
  seen(2, made("", 1, 100));
  lead({2, made("", 1, 100)});
  EXPECT_THAT(told_now(), ElementsAre("0 3 at 100", "0 4 at 101"));
}

TEST_F(TradePenTest, WhereTheLeaderHasMoreThatLookTheSameAllOfOursWereTold) {
  pen.add(made("", 1, 100));
  pen.add(made("", 1, 101));
  for (std::uint64_t i = 1; i < 4; ++i) seen(i, made("", 1, 100));
  lead({3, made("", 1, 100)});
  EXPECT_THAT(told_now(), ElementsAre("0 4 at 101"));
}

TEST_F(TradePenTest, InstrumentsHaveTheirOwn) {
  pen.add(of(0, made("a", 1)));
  pen.add(of(1, made("a", 1)));
  pen.add(of(1, made("b", 1)));
  pen.add(of(2, made("c", 1)));
  pen.begin_to_lead();
  pen.lead(InstrumentId(0), {10, of(0, made("a", 1))});
  pen.lead(InstrumentId(1), {20, of(1, made("a", 1))});
  pen.lead(InstrumentId(2), {});
  for (const auto i : {0U, 1U, 2U}) EXPECT_TRUE(flush(i));
  EXPECT_THAT(told.take(), ElementsAre("1 21 b", "2 1 c"));
}

TEST_F(TradePenTest, WhatIsNotTakenIsOwedStillInItsOrder) {
  lead();
  told.closed = true;
  pen.add(made("a", 1));
  EXPECT_FALSE(flush());
  pen.add(made("b", 2));
  EXPECT_FALSE(flush());
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
}

TEST_F(TradePenTest, WhatIsOwedAndFindsNoRoomIsAGap) {
  pen = TradePen({3, 30'000'000}, false);
  lead();
  pen.add(made("a", 1));
  EXPECT_THAT(told_now(), ElementsAre("0 1 a"));
  told.closed = true;
  for (const auto* id : {"b", "c", "d", "e", "f"}) pen.add(made(id, 2));
  EXPECT_EQ(pen.size(), 3U);
  EXPECT_EQ(pen.lost(), 2U);
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 gap 2-3 feed_gap", "0 4 d", "0 5 e", "0 6 f"));
}

TEST_F(TradePenTest, WhoStandsByLosesNothingWhenOldOnesGo) {
  pen = TradePen({2, 30'000'000}, false);
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  EXPECT_EQ(pen.lost(), 0U);
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c", "0 43 d")) << "b is known to be the one before";
}

TEST_F(TradePenTest, OldOnesAreLetGoOfAndTheLastOfThemIsKnown) {
  pen.add(made("a", 1));
  pen.add(made("b", 2));
  pen.age(Timestamp{40'000'000});
  EXPECT_EQ(pen.size(), 0U);
  pen.add(made("c", 41));
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c")) << "quiet for long, and nothing is missing";
}

TEST_F(TradePenTest, WhatIsOwedIsNotTooOld) {
  lead();
  told.closed = true;
  pen.add(made("a", 1));
  pen.age(Timestamp{100'000'000});
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a"));
  pen.age(Timestamp{200'000'000});
  EXPECT_EQ(pen.size(), 0U);
}

TEST_F(TradePenTest, GapsOfOurFeedTakeTheirNumbers) {
  lead({10, made("a", 1)});
  pen.add(made("a", 1));
  pen.add(schemas::TradeGap{InstrumentId(0), SequenceNumber{2}, SequenceNumber{4},
                            schemas::GapReason::kFeedGap},
          Timestamp{1'000'000});
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 11-13 feed_gap", "0 14 b"));
}

TEST_F(TradePenTest, BehindAGapOfTheLeaderItsLastTradeIsStillTheOne) {
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  seen(41, made("a", 1));
  pen.seen(InstrumentId(0), {50, std::nullopt});
  lead({50, std::nullopt});
  EXPECT_THAT(told_now(), ElementsAre("0 51 b", "0 52 c"));
}

TEST_F(TradePenTest, BehindAGapOfWhichNothingElseIsKnownNothingComesTwice) {
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  lead({50, std::nullopt});
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("d", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 51-51 feed_gap", "0 52 d"));
}

}  // namespace
}  // namespace tickgate::feeds
