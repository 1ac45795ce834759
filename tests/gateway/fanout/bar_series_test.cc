// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/bar_series.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_bars.h"

namespace tickgate::gateway {
namespace {

using schemas::Bar;
using schemas::Interval;
using testing::bar;
using testing::closed;
using testing::corrected;

constexpr std::size_t kRoom = 1U << 20U;

std::string history(BarSeries& series, std::size_t count, std::size_t room = kRoom) {
  std::string out;
  auto cursor = series.history(count);
  BarSeries::Gave gave{};
  do {
    std::string object;
    gave = series.append_history(object, cursor, room, {});
    EXPECT_LE(object.size(), room);
    out.append(object);
  } while (gave == BarSeries::Gave::kFull && out.size() < kRoom);
  EXPECT_EQ(gave, BarSeries::Gave::kAll);
  return out;
}

std::string since(BarSeries& series, std::uint64_t from) {
  std::string out;
  series.append_since(out, from, kRoom, {});
  return out;
}

// The starts of all rows, in minutes.
std::vector<int> minutes(const std::string& text) {
  std::vector<int> found;
  const std::string start = std::to_string(testing::kBarEpoch / 100'000'000'000);
  for (auto at = text.find('[' + start); at != std::string::npos;
       at = text.find('[' + start, at + 1)) {
    if (text.compare(at + 17, 2, ",\"") != 0) continue;  // among the incomplete
    found.push_back(
        static_cast<int>((std::stoll(text.substr(at + 1)) - testing::kBarEpoch) / 60'000'000));
  }
  return found;
}

class BarSeriesTest : public ::testing::Test {
 protected:
  BarSeries series{"SIM:BTC-USD", Interval::k1m};
};

}  // namespace

TEST_F(BarSeriesTest, HistoryIsOldestFirstAndSaysWhatIsOpen) {
  series.load(std::vector{closed(0, 1), closed(1, 2), closed(2, 3), bar(3, 4, 3)});
  EXPECT_TRUE(series.can_give(1'000));
  EXPECT_EQ(history(series, 2),
            R"({"type":"bar_history","symbol":"SIM:BTC-USD","interval":"1m","bars":)"
            R"([[1700000100000000,"1.0","1.0","1.0","1.0","2.5",7],)"
            R"([1700000160000000,"1.0","1.0","1.0","1.0","2.5",7],)"
            R"([1700000220000000,"1.0","1.0","1.0","1.0","2.5",7]],"open":true})");
}

TEST_F(BarSeriesTest, OfTwoRecordsOfABarTheHigherSequenceHoldsWhicheverCameFirst) {
  series.apply(closed(1, 9, 1));
  series.apply(bar(2, 10, 2));
  series.load(std::vector{closed(0, 1), closed(1, 5), bar(2, 6, 2)});
  series.apply(closed(0, 1, 0));
  EXPECT_EQ(minutes(history(series, 9)), (std::vector{0, 1, 2}));
  EXPECT_EQ(series.newest(), 10U);
  series.apply(bar(2, 10, 2));
  EXPECT_EQ(since(series, 10), "") << "it is known";
}

TEST_F(BarSeriesTest, ClosedBarsNeverFoldAndTheOpenOneDoes) {
  series.load({});
  series.apply(bar(0, 1, 0));
  series.apply(bar(0, 2, 0));
  series.apply(closed(0, 3, 0));
  series.apply(bar(1, 4, 1));
  series.apply(bar(1, 5, 1));
  const auto text = since(series, 1);
  EXPECT_EQ(text.find(R"("seq":2)"), std::string::npos);
  EXPECT_LT(text.find(R"("seq":3)"), text.find(R"("seq":5)"));
  EXPECT_NE(text.find(R"("closed":true)"), std::string::npos);
  EXPECT_EQ(text.find(R"("seq":4)"), std::string::npos);
}

TEST_F(BarSeriesTest, CorrectionChangesTheRowAndIsSaid) {
  series.load(std::vector{closed(0, 1), closed(1, 2), bar(2, 3, 2)});
  auto late = corrected(0, 4, 2);
  late.high = testing::price("9.0");
  late.complete = false;
  EXPECT_TRUE(series.apply(late));
  EXPECT_NE(since(series, 3).find(R"("closed":false,"corrected":true,"complete":false)"),
            std::string::npos);
  const auto text = history(series, 5);
  EXPECT_NE(text.find(R"([1700000040000000,"1.0","9.0")"), std::string::npos);
  EXPECT_NE(text.find(R"("incomplete":[1700000040000000],"open":true})"), std::string::npos);
}

TEST_F(BarSeriesTest, WhoFellBehindIsSentTheRowsThatChanged) {
  series.load(std::vector{closed(0, 1), bar(1, 2, 1)});
  std::uint64_t sequence = 2;
  for (int i = 1; i <= 40; ++i) {
    series.apply(closed(i, ++sequence, static_cast<std::uint64_t>(i)));
  }
  EXPECT_FALSE(series.fell_behind(sequence - BarSeries::kEvents));
  ASSERT_TRUE(series.fell_behind(10));
  EXPECT_TRUE(series.holds_since(10));
  auto cursor = series.changed_since(10);
  std::string out;
  EXPECT_EQ(series.append_history(out, cursor, kRoom, {}), BarSeries::Gave::kAll);
  EXPECT_EQ(minutes(out).front(), 9);
  EXPECT_EQ(minutes(out).size(), 32U) << "those after 10, each once";
}

TEST_F(BarSeriesTest, RingThatLeftOutAnEndMeansToAskAgain) {
  series.load(std::vector{closed(0, 1), bar(1, 2, 1)});
  EXPECT_TRUE(series.apply(bar(3, 6, 3)));
  EXPECT_TRUE(series.is_missing());
  EXPECT_TRUE(series.wants_load());
  series.load(std::vector{closed(0, 1), bar(1, 2, 1)});
  EXPECT_TRUE(series.is_missing()) << "it was copied before";
  series.apply(closed(3, 7, 3));
  std::vector<Bar> copy{closed(0, 1), closed(1, 3), closed(2, 4), closed(3, 7), bar(4, 8, 4)};
  for (auto& one : copy) one.ordinal = 4;
  series.load(copy);
  EXPECT_FALSE(series.is_missing());
  ASSERT_TRUE(series.fell_behind(2));
  auto cursor = series.changed_since(2);
  std::string out;
  series.append_history(out, cursor, kRoom, {});
  EXPECT_EQ(minutes(out), (std::vector{1, 2, 3}));
  EXPECT_NE(since(series, cursor.sequence - 1).find(R"("seq":8)"), std::string::npos);
}

// Such bars are copied with the sequence number of the one before them.
TEST_F(BarSeriesTest, BarWithoutATradeThatTheRingLeftOutIsNotMissed) {
  series.load(std::vector{closed(0, 1), bar(1, 2, 1)});
  series.apply(closed(1, 3, 1));
  series.apply(bar(3, 5, 3));
  ASSERT_TRUE(series.is_missing());
  std::vector<Bar> copy{closed(0, 1), closed(1, 3), closed(2, 3), bar(3, 5)};
  for (auto& one : copy) one.ordinal = 3;
  series.load(copy);
  ASSERT_TRUE(series.fell_behind(3));
  auto cursor = series.changed_since(3);
  std::string out;
  series.append_history(out, cursor, kRoom, {});
  EXPECT_EQ(minutes(out), std::vector{2});
}

TEST_F(BarSeriesTest, NeverMoreThanItsRoomAndNothingTwice) {
  std::vector<Bar> many;
  for (int i = 0; i < 1'000; ++i) {
    many.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
    many.back().complete = i % 3 != 0;
  }
  many.push_back(bar(1'000, 1'001, 1'000));
  series.load(many);
  const auto text = history(series, 1'000, 4'096);
  const auto seen = minutes(text);
  ASSERT_EQ(seen.size(), 1'001U);
  for (int i = 0; i <= 1'000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(text.ends_with(R"("open":true})"));
}

TEST_F(BarSeriesTest, TrimmedItGivesWhatItHoldsAndSaysWhatItDoesNot) {
  std::vector<Bar> many;
  for (int i = 0; i < 100; ++i) many.push_back(closed(i, static_cast<std::uint64_t>(i) + 2));
  series.apply(bar(0, 1, 0));  // since when there may be clients
  series.load(many);
  auto cursor = series.history(100);
  series.trim();
  EXPECT_EQ(series.rows(), BarSeries::kKept);
  EXPECT_TRUE(series.can_give(BarSeries::kKept));
  EXPECT_FALSE(series.can_give(BarSeries::kKept + 1));
  EXPECT_FALSE(series.holds_since(10));
  std::string out;
  EXPECT_EQ(series.append_history(out, cursor, kRoom, {}), BarSeries::Gave::kGone);
  EXPECT_EQ(out, "");
  series.load(many);
  EXPECT_TRUE(series.can_give(1'000));
}

TEST_F(BarSeriesTest, CorrectionOfABarThatWasForgottenIsNotMissedByWhoFellBehind) {
  std::vector<Bar> many;
  for (int i = 0; i < 100; ++i) many.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
  series.load(many);
  series.trim();
  EXPECT_TRUE(series.holds_since(100));
  series.apply(corrected(5, 101, 0));
  EXPECT_NE(since(series, 100).find(R"("seq":101)"), std::string::npos);
  EXPECT_FALSE(series.holds_since(100));
  EXPECT_TRUE(series.holds_since(101));
}

TEST_F(BarSeriesTest, NoMoreIsMadeOfACopyThanSomebodyWants) {
  std::vector<Bar> many;
  for (int i = 0; i < 100; ++i) many.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
  many.push_back(bar(100, 101));
  series.load(many, 40);
  EXPECT_EQ(series.rows(), 40U);
  EXPECT_EQ(minutes(history(series, 40)).front(), 60);
  EXPECT_FALSE(series.can_give(41));
  series.load(many, 32);
  EXPECT_EQ(series.rows(), 40U) << "what is held stays";
  series.load(many);
  EXPECT_EQ(minutes(history(series, 1'000)).size(), 101U);
  series.load(many, 32);
  EXPECT_EQ(series.rows(), 100U);
}

// All that follows the newest row, however little is wanted.
TEST_F(BarSeriesTest, WhatTheRingLeftOutIsLoadedWhole) {
  std::vector<Bar> many;
  for (int i = 0; i < 50; ++i) many.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
  series.load(many, 32);
  series.apply(bar(100, 101, 100));
  ASSERT_TRUE(series.is_missing());
  for (int i = 50; i < 100; ++i) many.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
  many.push_back(bar(100, 101));
  for (auto& one : many) one.ordinal = 100;
  series.load(many, 32);
  ASSERT_TRUE(series.fell_behind(50));
  ASSERT_TRUE(series.holds_since(50));
  auto cursor = series.changed_since(50);
  std::string out;
  series.append_history(out, cursor, kRoom, {});
  EXPECT_EQ(minutes(out).front(), 50);
  EXPECT_EQ(minutes(out).size(), 50U);
}

TEST_F(BarSeriesTest, HistoryWithoutABarIsAnObjectWithoutRows) {
  series.load({});
  auto cursor = series.history(100);
  std::string out;
  EXPECT_EQ(series.append_history(out, cursor, 50, {}), BarSeries::Gave::kFull);
  EXPECT_EQ(out, "");
  EXPECT_EQ(history(series, 100),
            R"({"type":"bar_history","symbol":"SIM:BTC-USD","interval":"1m","bars":[]})");
}

}  // namespace tickgate::gateway
