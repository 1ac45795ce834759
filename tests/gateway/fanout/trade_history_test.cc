// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/trade_history.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/fanout/trade_histories.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::GapReason;
using schemas::SequenceNumber;
using testing::trade;

constexpr std::size_t kRoom = 1U << 20U;

schemas::InstrumentRegistry& registry() {
  static schemas::InstrumentRegistry made;
  return made;
}
const schemas::Instrument& instrument(int number = 0) {
  return registry().add("sim", "X" + std::to_string(number) + "-USD");
}

// What an append says, in short: "1-10 slow_consumer,11,12".
std::string shortened(const std::string& objects) {
  std::string out;
  const auto value = [&](std::size_t at, std::string_view key) {
    const auto begin = objects.find(key, at) + key.size();
    return objects.substr(begin, objects.find_first_of(",\"}", begin) - begin);
  };
  for (auto at = objects.find(R"({"type":)"); at != std::string::npos;
       at = objects.find(R"({"type":)", at + 1)) {
    if (!out.empty()) out += ',';
    if (objects.compare(at, 14, R"({"type":"trade)") == 0) {
      out += value(at, R"("seq":)");
    } else {
      out +=
          value(at, R"("from":)") + '-' + value(at, R"("to":)") + ' ' + value(at, R"("reason":")");
    }
  }
  return out;
}

class TradeHistoryTest : public ::testing::Test {
 protected:
  TradeHistoryTest() {
    history.grow(4);
    history.follow();
  }
  void add(std::uint64_t first, std::uint64_t last) {
    for (auto sequence = first; sequence <= last; ++sequence) {
      history.add(trade(instrument(), sequence));
    }
  }
  void add_gap(std::uint64_t from, std::uint64_t to, GapReason reason = GapReason::kFeedGap) {
    history.add_gap({instrument().id, SequenceNumber{from}, SequenceNumber{to}, reason});
  }
  std::string since(std::uint64_t from, Standing standing = Standing::kResumes,
                    std::size_t room = kRoom) {
    std::string out;
    appended =
        history.append_since(out, SequenceNumber{from}, instrument().symbol, room, {}, standing);
    return shortened(out);
  }

  std::size_t used = 0;
  TradeHistory history{SequenceNumber{1}, used};
  TradeHistory::Appended appended;
};

TEST_F(TradeHistoryTest, WhoResumesIsSentWhatIsHeldBehindWhatItSaw) {
  add(1, 4);
  EXPECT_EQ(since(3), "3,4");
  EXPECT_EQ(since(1), "1,2,3,4");
  EXPECT_EQ(since(5), "") << "it has seen all";
  EXPECT_EQ(appended.next.value(), 5U);
}

TEST_F(TradeHistoryTest, WhatFellOutIsTooOldForWhoResumesAndItsOwnFaultForWhoFollows) {
  add(1, 10);
  EXPECT_EQ(since(3), "3-6 too_old,7,8,9,10");
  EXPECT_EQ(appended.lost, 0U);
  EXPECT_EQ(since(3, Standing::kFollows), "3-6 slow_consumer,7,8,9,10");
  EXPECT_EQ(appended.lost, 4U);
  EXPECT_EQ(since(7), "7,8,9,10") << "exactly the oldest";
}

TEST_F(TradeHistoryTest, AHoleWithinIsTheFeedsForBoth) {
  add(1, 2);
  add_gap(3, 5);
  add(6, 7);
  EXPECT_EQ(since(2), "2,3-5 feed_gap,6,7");
  EXPECT_EQ(since(4), "4-5 feed_gap,6,7") << "it saw a part of it announced";
  EXPECT_EQ(since(2, Standing::kFollows), "2,3-5 feed_gap,6,7");
}

TEST_F(TradeHistoryTest, AHoleAtTheEndIsSaidAtOnceToWhoResumesOnly) {
  add(1, 2);
  add_gap(3, 5);
  EXPECT_EQ(since(3, Standing::kFollows), "");
  EXPECT_EQ(appended.next.value(), 3U);
  EXPECT_EQ(since(3), "3-5 feed_gap");
  EXPECT_EQ(appended.next.value(), 6U);
}

TEST_F(TradeHistoryTest, AHoleBeforeTheOldestThatWasNotDroppedStaysTheFeeds) {
  add(1, 2);
  add_gap(3, 5);
  add(6, 9);  // 1 and 2 are gone
  EXPECT_EQ(since(3, Standing::kFollows), "3-5 feed_gap,6,7,8,9") << "it kept pace";
  EXPECT_EQ(since(2, Standing::kFollows), "2-5 slow_consumer,6,7,8,9");
}

TEST_F(TradeHistoryTest, OfAnotherRunAllIsSentBehindAGapThatSaysSo) {
  EXPECT_EQ(since(77, Standing::kRestarted), "1-0 feed_restart") << "nothing has come yet";
  add(1, 2);
  EXPECT_EQ(since(77, Standing::kRestarted), "1-0 feed_restart,1,2");
  add(3, 6);
  EXPECT_EQ(since(1, Standing::kRestarted), "1-2 feed_restart,3,4,5,6");
  EXPECT_EQ(appended.next.value(), 7U);
}

TEST_F(TradeHistoryTest, AFrameThatIsFullIsGoneOnWith) {
  add(1, 4);
  EXPECT_EQ(since(1, Standing::kResumes, 1), "1") << "one object at least";
  EXPECT_EQ(since(appended.next.value(), Standing::kResumes, 1), "2");
  EXPECT_EQ(since(9, Standing::kRestarted, 1), "1-0 feed_restart");
  EXPECT_EQ(appended.next.value(), 1U);
}

TEST_F(TradeHistoryTest, NothingIsHeldOfWhatCameBeforeIt) {
  TradeHistory late(SequenceNumber{50}, used);
  late.grow(4);
  late.follow();
  std::string out;
  late.append_since(out, SequenceNumber{42}, "SIM:X-USD", kRoom, {}, Standing::kResumes);
  EXPECT_EQ(shortened(out), "42-49 too_old");
}

TEST_F(TradeHistoryTest, ItGrowsWithoutLosingOrMixingAny) {
  add(1, 6);  // the ring has turned
  EXPECT_EQ(since(1), "1-2 too_old,3,4,5,6");
  history.grow(6);
  add(7, 9);
  EXPECT_EQ(since(3), "3-3 too_old,4,5,6,7,8,9");
}

TEST_F(TradeHistoryTest, ANumberIsWholeAgainAroundTheWrapOfItsLowHalf) {
  constexpr std::uint64_t kWrap = std::uint64_t{1} << 32U;
  TradeHistory high(SequenceNumber{kWrap + 2}, used);
  for (const auto wanted : {kWrap - 3, kWrap, kWrap + 2, kWrap + 9}) {
    EXPECT_EQ(high.near(static_cast<std::uint32_t>(wanted)).value(), wanted);
  }
}

TEST_F(TradeHistoryTest, ItsBytesAreCountedAndGivenBack) {
  add(1, 4);
  since(1);
  const auto followed = used;
  history.leave();
  EXPECT_LT(used + 4 * 100, followed) << "no texts while nobody follows";
  history.follow();
  EXPECT_EQ(since(2), "2,3,4");
  {
    std::size_t other = 0;
    {
      TradeHistory gone(SequenceNumber{1}, other);
      gone.grow(100);
      EXPECT_GE(other, 100 * sizeof(schemas::Trade));
    }
    EXPECT_EQ(other, 0U);
  }
}

class TradeHistoriesTest : public ::testing::Test {
 protected:
  static void add(TradeHistories& to, int number, std::uint64_t last) {
    for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
      to.add(trade(instrument(number), sequence));
    }
  }
  static std::string held(TradeHistories& of, int number) {
    std::string out;
    of.follow(instrument(number).id)
        .append_since(out, SequenceNumber{1}, "SIM:X-USD", kRoom, {}, Standing::kResumes);
    of.leave(instrument(number).id);
    return shortened(out);
  }
  static constexpr std::size_t kSixteen = 16 * 120 + 300;  // what 16 take, and a little more
};

TEST_F(TradeHistoriesTest, TradesAreKeptBeforeTheFirstFollowerAndAfterTheLast) {
  TradeHistories all(16, 1'000'000);
  add(all, 1, 3);
  EXPECT_EQ(held(all, 1), "1,2,3");
  all.add(trade(instrument(1), 4));
  EXPECT_EQ(held(all, 1), "1,2,3,4");
  add(all, 2, 18);
  EXPECT_EQ(held(all, 2).substr(0, 13), "1-2 too_old,3");
}

TEST_F(TradeHistoriesTest, WhatNobodyEverFollowedGoesFirstThenWhatWasLeftLongestAgo) {
  TradeHistories all(16, 4 * kSixteen);
  add(all, 1, 16);
  for (const int left : {2, 3}) {
    all.follow(instrument(left).id);
    add(all, left, 16);
    all.leave(instrument(left).id);
  }
  all.follow(instrument(4).id);
  add(all, 4, 16);
  all.follow(instrument(5).id);
  add(all, 5, 16);
  EXPECT_LE(all.bytes(), 4 * kSixteen + 2 * 16 * sizeof(std::string));
  EXPECT_EQ(held(all, 3).substr(0, 2), "1,") << "left last";
  EXPECT_EQ(held(all, 1), "1-16 too_old");
}

TEST_F(TradeHistoriesTest, AStrangerTakesNothingFromOthersAndMakesDoWithWhatThereIs) {
  TradeHistories all(64, kSixteen);
  add(all, 1, 64);
  const auto before = all.bytes();
  EXPECT_LE(before, kSixteen);
  add(all, 2, 64);
  EXPECT_EQ(all.bytes(), before);
  EXPECT_EQ(held(all, 2), "1-64 too_old");
}

TEST_F(TradeHistoriesTest, WithoutMemoryWhatIsFollowedHasAFewAndNothingElseIsKept) {
  TradeHistories all(256, 0);
  add(all, 1, 4);
  EXPECT_EQ(all.bytes(), 0U);
  const auto& history = all.follow(instrument(1).id);
  add(all, 1, 20);
  EXPECT_EQ(history.capacity(), TradeHistories::kLeast);
  all.leave(instrument(1).id);
  EXPECT_EQ(all.bytes(), 0U);
}

TEST_F(TradeHistoriesTest, GapsAreCountedWhereNoneIsKept) {
  TradeHistories all(16, 0);
  all.add_gap({instrument(7).id, SequenceNumber{1}, SequenceNumber{9}, GapReason::kFeedGap});
  EXPECT_EQ(all.follow(instrument(7).id).next().value(), 10U);
}

TEST_F(TradeHistoriesTest, WhatIsServedNoMoreIsForgottenAndNumberedOn) {
  TradeHistories all(16, 1'000'000);
  add(all, 8, 5);
  all.forget(instrument(8).id);
  EXPECT_EQ(all.bytes(), 0U);
  EXPECT_EQ(held(all, 8), "1-5 too_old");
}

}  // namespace
}  // namespace tickgate::gateway
