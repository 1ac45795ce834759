// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/dirty_set.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace tickgate::feeds {
namespace {

using Indexes = std::vector<std::uint32_t>;

Indexes take_all(DirtySet& set) {
  Indexes out;
  set.pop_changed([&](std::uint32_t index) { out.push_back(index); });
  return out;
}

TEST(DirtySet, MarkingTwiceIsMarkingOnce) {
  DirtySet set;
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.mark(7));
  EXPECT_FALSE(set.mark(7));
  EXPECT_TRUE(set.contains(7));
  EXPECT_FALSE(set.contains(6));
  EXPECT_FALSE(set.contains(1'000'000));
  EXPECT_EQ(set.size(), 1U);
}

TEST(DirtySet, OldestMarkIsTakenFirstAndMayBeMarkedAgain) {
  DirtySet set;
  for (const std::uint32_t index : {50'000U, 0U, 3U, 50'000U}) set.mark(index);
  EXPECT_EQ(take_all(set), (Indexes{50'000, 0, 3}));
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.mark(3));
  EXPECT_EQ(take_all(set), Indexes{3});
}

TEST(DirtySet, NotNowKeepsItsPlaceAndThoseBehindIt) {
  DirtySet set;
  for (const std::uint32_t index : {1U, 2U, 3U, 4U}) set.mark(index);
  int room = 2;
  EXPECT_EQ(set.pop_changed([&](std::uint32_t) { return room-- > 0; }), 2U);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_FALSE(set.mark(3));
  EXPECT_TRUE(set.mark(1));
  EXPECT_EQ(take_all(set), (Indexes{3, 4, 1}));
}

TEST(DirtySet, MarksMadeWhileTakingComeTheNextTime) {
  DirtySet set;
  set.mark(1);
  set.mark(2);
  EXPECT_EQ(set.pop_changed([&](std::uint32_t index) { set.mark(index); }), 2U);
  EXPECT_EQ(take_all(set), (Indexes{1, 2}));
}

TEST(DirtySet, MarkedAnewAndRefusedIsThereOnce) {
  DirtySet set;
  set.mark(1);
  set.mark(2);
  EXPECT_EQ(set.pop_changed([&](std::uint32_t index) {
    set.mark(index);
    return false;
  }),
            0U);
  EXPECT_EQ(take_all(set), (Indexes{2, 1}));
}

TEST(DirtySet, ClearForgetsEveryMark) {
  DirtySet set;
  set.mark(1);
  set.mark(2);
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.mark(1));
  EXPECT_EQ(take_all(set), Indexes{1});
}

TEST(DirtySet, BehavesAsAnOrderedSetUnderRandomUse) {
  std::mt19937 random(7);
  DirtySet set;
  Indexes expected;
  for (int step = 0; step < 100'000; ++step) {
    if (random() % 8 != 0) {
      const auto index = static_cast<std::uint32_t>(random() % 64);
      const bool fresh = std::find(expected.begin(), expected.end(), index) == expected.end();
      ASSERT_EQ(set.mark(index), fresh);
      if (fresh) expected.push_back(index);
    } else {
      const auto budget = random() % 20;
      Indexes taken;
      set.pop_changed([&](std::uint32_t index) {
        if (taken.size() == budget) return false;
        taken.push_back(index);
        return true;
      });
      const auto count = static_cast<std::ptrdiff_t>(std::min(budget, expected.size()));
      ASSERT_EQ(taken, Indexes(expected.begin(), expected.begin() + count));
      expected.erase(expected.begin(), expected.begin() + count);
    }
    ASSERT_EQ(set.size(), expected.size());
  }
}

}  // namespace
TEST(DirtySet, WhatIsUnmarkedIsNotPopped) {
  DirtySet set;
  for (const std::uint32_t index : {1, 2, 3}) set.mark(index);
  set.unmark(2);
  set.unmark(7);
  EXPECT_EQ(set.size(), 2U);
  set.mark(2);
  std::vector<std::uint32_t> popped;
  set.pop_changed([&](std::uint32_t index) { popped.push_back(index); });
  EXPECT_EQ(popped, (std::vector<std::uint32_t>{1, 3, 2}));
}

}  // namespace tickgate::feeds
