// SPDX-License-Identifier: Apache-2.0
// What two lines are put together by: numbers of states, and ids of trades.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "feeds/feed/number_race.h"
#include "feeds/feed/speaker_lag.h"
#include "feeds/feed/trade_merge.h"

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

schemas::Timestamp at(std::int64_t microseconds) { return schemas::Timestamp(microseconds); }

TEST(NumberRace, TheFirstToBringANumberWinsAndOlderOnesAreSeen) {
  NumberRace race;
  EXPECT_TRUE(race.offer(0, 10, at(1)).first);
  EXPECT_FALSE(race.offer(1, 10, at(2)).first);
  EXPECT_TRUE(race.offer(1, 11, at(3)).first);
  EXPECT_FALSE(race.offer(0, 9, at(4)).first);
  EXPECT_FALSE(race.offer(0, 11, at(5)).first);
  EXPECT_TRUE(race.offer(0, 15, at(6)).first) << "states may be skipped";
}

TEST(NumberRace, ALeadIsMeasuredByANumberThatBothHaveBrought) {
  NumberRace race;
  EXPECT_EQ(race.offer(0, 10, at(100)).lead, std::nullopt);
  EXPECT_EQ(race.offer(0, 11, at(110)).lead, std::nullopt);
  EXPECT_EQ(race.offer(1, 10, at(130)).lead, 30);
  EXPECT_EQ(race.offer(1, 11, at(140)).lead, std::nullopt) << "one at a time";
  race.offer(0, 12, at(150));
  EXPECT_EQ(race.offer(1, 13, at(160)).lead, std::nullopt) << "it has lost 12";
  EXPECT_EQ(race.offer(0, 13, at(170)).lead, 10);
  race.offer(0, 14, at(180));
  EXPECT_EQ(race.offer(1, 14, at(170)).lead, std::nullopt) << "our clock was set";
}

TEST(NumberRace, OneAbsurdNumberSilencesNobody) {
  NumberRace race;
  race.offer(0, 10, at(1));
  EXPECT_TRUE(race.offer(0, 9'000'000'000'000, at(2)).first);
  EXPECT_FALSE(race.offer(1, 9'000'000'000'000, at(3)).first) << "once";
  EXPECT_TRUE(race.offer(1, 11, at(4)).first);
  EXPECT_TRUE(race.offer(0, 12, at(5)).first);
}

TEST(NumberRace, WhereTheVenueCountsAnewTheThirdInARowIsBelieved) {
  NumberRace race;
  race.offer(0, 9'000'000'000, at(1));
  EXPECT_FALSE(race.offer(0, 1, at(2)).first);
  EXPECT_FALSE(race.offer(0, 2, at(3)).first);
  EXPECT_TRUE(race.offer(0, 3, at(4)).first);
  EXPECT_TRUE(race.offer(1, 4, at(5)).first);
}

constexpr Monotonic kPatience = milliseconds(800);

TEST(SpeakerLag, CountsFromTheFirstThatTheSpeakerHasNotBrought) {
  SpeakerLag lag;
  lag.on_spare(at(10), seconds(5), kPatience);
  lag.on_spare(at(20), milliseconds(5'700), kPatience);
  EXPECT_FALSE(lag.reaches(kPatience, milliseconds(5'799)));
  EXPECT_TRUE(lag.reaches(kPatience, milliseconds(5'800)));
  lag.on_speaker(at(10));
  EXPECT_FALSE(lag.reaches(kPatience, milliseconds(6'499))) << "20 is lacking since 5.7 s";
  EXPECT_TRUE(lag.reaches(kPatience, milliseconds(6'500)));
  lag.on_speaker(at(20));
  EXPECT_FALSE(lag.any());
}

TEST(SpeakerLag, WhoBringsAllALittleLaterIsNeverBehind) {
  SpeakerLag lag;
  for (int i = 0; i < 2'000; ++i) {
    const auto now = milliseconds(i * 10);
    lag.on_spare(at(i), now, kPatience);
    if (i >= 60) lag.on_speaker(at(i - 60));
    ASSERT_FALSE(lag.reaches(kPatience, now)) << i;
  }
  EXPECT_TRUE(lag.reaches(kPatience, milliseconds(19'400 + 800))) << "silent from here on";
}

TEST(SpeakerLag, WhoIsFurtherBehindThanThePatienceIs) {
  SpeakerLag lag;
  bool reached = false;
  for (int i = 0; i < 300 && !reached; ++i) {
    lag.on_spare(at(i), milliseconds(i * 10), kPatience);
    if (i >= 91) lag.on_speaker(at(i - 91));
    reached = lag.reaches(kPatience, milliseconds(i * 10));
  }
  EXPECT_TRUE(reached);
}

TEST(SpeakerLag, WithoutTimesWhateverTheSpeakerSaysIsTheSame) {
  SpeakerLag lag;
  lag.on_spare(at(10), seconds(1), kPatience);
  lag.on_speaker(schemas::kNoTime);
  EXPECT_FALSE(lag.any());
  lag.on_spare(schemas::kNoTime, seconds(1), kPatience);
  EXPECT_TRUE(lag.reaches(kPatience, seconds(2)));
  lag.on_speaker(at(1));
  EXPECT_FALSE(lag.any());
}

// "3" is a trade, "-2" a loss of two before the one that follows.
class TradeMergeTest : public testing::Test {
 protected:
  bool offer(std::size_t line, std::uint64_t id, std::uint64_t lost = 0) {
    schemas::Trade trade;
    trade.header.sequence = schemas::SequenceNumber(id);
    return merge.offer(line, trade, lost, open, emit());
  }
  void wait(Monotonic time) {
    for (const auto end = now + time; now < end; now += milliseconds(50)) {
      merge.check(open, now, emit());
    }
  }
  std::vector<std::string> take() { return std::exchange(out, {}); }
  std::function<void(const schemas::Trade&, std::uint64_t)> emit() {
    return [this](const schemas::Trade& trade, std::uint64_t lost) {
      if (lost > 0) out.push_back("-" + std::to_string(lost));
      out.push_back(std::to_string(trade.header.sequence.value()));
    };
  }

  TradeMerge merge{true};
  TradeMerge::Open open{true, true};
  Monotonic now = seconds(1'000);
  std::vector<std::string> out;
};

TEST_F(TradeMergeTest, EachComesOnceWhoeverIsFirst) {
  EXPECT_TRUE(offer(0, 1));
  EXPECT_FALSE(offer(1, 1));
  EXPECT_TRUE(offer(1, 2));
  EXPECT_TRUE(offer(1, 3));
  EXPECT_FALSE(offer(0, 2));
  EXPECT_FALSE(offer(0, 3));
  EXPECT_TRUE(offer(0, 4));
  EXPECT_THAT(out, ElementsAre("1", "2", "3", "4"));
}

TEST_F(TradeMergeTest, WhatOneLineMissedComesFromTheOtherInOrder) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  offer(0, 4, 2);
  EXPECT_THAT(out, IsEmpty());
  offer(1, 2);
  EXPECT_THAT(take(), ElementsAre("2"));
  offer(1, 3);
  EXPECT_THAT(take(), ElementsAre("3", "4"));
  EXPECT_FALSE(offer(1, 4));
  EXPECT_THAT(out, IsEmpty());
}

TEST_F(TradeMergeTest, WhatNeitherHasIsLostAsSoonAsBothHavePassedIt) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  offer(0, 4, 2);
  offer(1, 3, 1);
  EXPECT_THAT(take(), ElementsAre("-1", "3", "4"));
}

TEST_F(TradeMergeTest, TheOtherLineIsWaitedForTwoSecondsAndNoLonger) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  offer(0, 3, 1);
  offer(0, 4);
  wait(milliseconds(1'950));
  EXPECT_THAT(out, IsEmpty());
  wait(milliseconds(150));
  EXPECT_THAT(take(), ElementsAre("-1", "3", "4"));
  EXPECT_FALSE(offer(1, 2)) << "it was said to be lost";
  EXPECT_FALSE(offer(1, 3));
  EXPECT_THAT(out, IsEmpty());
}

TEST_F(TradeMergeTest, ALineThatIsClosedIsNotWaitedFor) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  offer(0, 3, 1);
  EXPECT_THAT(out, IsEmpty());
  open[1] = false;
  merge.check(open, std::nullopt, emit());
  EXPECT_THAT(take(), ElementsAre("-1", "3"));
  offer(0, 5, 1);
  EXPECT_THAT(take(), ElementsAre("-1", "5"));
}

TEST_F(TradeMergeTest, WhereTheVenueSkipsIdsALineKnowsThatNothingWasBetween) {
  merge = TradeMerge(false);
  for (const auto line : {0U, 1U}) offer(line, 10);
  offer(0, 20);
  EXPECT_THAT(take(), ElementsAre("10", "20"));
  offer(1, 30, 1);  // it had missed 20, and perhaps more
  EXPECT_THAT(out, IsEmpty());
  offer(0, 30);
  EXPECT_THAT(take(), ElementsAre("30"));
}

TEST_F(TradeMergeTest, ALineThatHasJustBegunProvesNothing) {
  for (const auto id : {1U, 2U, 3U}) offer(0, id);
  offer(1, 7);
  take();
  EXPECT_THAT(out, IsEmpty());
  for (const auto id : {4U, 5U, 6U, 7U}) offer(0, id);
  EXPECT_THAT(take(), ElementsAre("4", "5", "6", "7"));
}

TEST_F(TradeMergeTest, WhatWaitsIsBounded) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  for (std::uint64_t id = 3; id < 3 + TradeMerge::kMostHeld; ++id) offer(0, id, id == 3 ? 1 : 0);
  EXPECT_THAT(out, IsEmpty());
  offer(0, 3 + TradeMerge::kMostHeld);
  EXPECT_EQ(out.size(), TradeMerge::kMostHeld + 2) << "a gap, and all that waited";
}

TEST_F(TradeMergeTest, AnAbsurdIdComesOnceAndChangesNothing) {
  for (const auto line : {0U, 1U}) offer(line, 1);
  take();
  offer(0, 9'000'000'000'000, 1);
  offer(1, 9'000'000'000'000, 1);
  offer(0, 2);
  EXPECT_THAT(take(), ElementsAre("-1", "9000000000000", "2"));
}

TEST_F(TradeMergeTest, WhereTheVenueCountsAnewTheThirdOfALineIsBelieved) {
  for (const auto line : {0U, 1U}) offer(line, 500);
  take();
  for (const auto id : {1U, 2U, 3U, 4U}) offer(0, id);
  EXPECT_THAT(take(), ElementsAre("-2", "3", "4"));
  for (const auto id : {1U, 2U, 3U, 4U, 5U}) offer(1, id);
  EXPECT_THAT(take(), ElementsAre("5"));
}

}  // namespace
}  // namespace tickgate::feeds
