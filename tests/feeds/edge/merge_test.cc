// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/merge.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;
using Verdict = Merge::Verdict;

constexpr InstrumentId kBitcoin{3};
constexpr auto kQuote = slot_of(Channel::kQuote), kStatus = slot_of(Channel::kStatus);

TEST(Merge, KeepsTheGreatestFenceAndThenTheGreatestNumber) {
  Merge merge;
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 10}), Verdict::kNew);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 10}), Verdict::kSame);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 9}), Verdict::kOld);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {4, 99}), Verdict::kOld);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {6, 7}), Verdict::kNew);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {6, 8}), Verdict::kNew);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 11}), Verdict::kOld);
}

TEST(Merge, ALaterLeaderThatSaysTheSameNumberSaysNothingNew) {
  Merge merge;
  merge.take(kBitcoin, kQuote, {5, 10});
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {6, 10}), Verdict::kSame);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 11}), Verdict::kOld);
}

TEST(Merge, ValuesOfAnInstrumentAreApart) {
  Merge merge;
  merge.take(kBitcoin, kQuote, {5, 10});
  EXPECT_EQ(merge.take(kBitcoin, kStatus, {5, 2}), Verdict::kNew);
  EXPECT_EQ(merge.take(kBitcoin, slot_of(schemas::Interval::k1m), {5, 2}), Verdict::kNew);
  EXPECT_EQ(merge.take(kBitcoin, slot_of(schemas::Interval::k1d), {5, 2}), Verdict::kNew);
  EXPECT_EQ(merge.take(InstrumentId{4}, kQuote, {5, 2}), Verdict::kNew);
}

TEST(Merge, InANewRoundEachValueIsAwaitedUntilItIsHeardAgain) {
  Merge merge;
  EXPECT_FALSE(merge.awaits(kBitcoin));
  merge.take(kBitcoin, kQuote, {5, 10});
  merge.take(kBitcoin, kStatus, {5, 2});
  EXPECT_FALSE(merge.awaits(kBitcoin));
  merge.begin_round();
  EXPECT_TRUE(merge.awaits(kBitcoin));
  merge.take(kBitcoin, kQuote, {5, 9});
  merge.take(kBitcoin, kStatus, {5, 2});
  EXPECT_TRUE(merge.awaits(kBitcoin)) << "an older one is not it";
  merge.take(kBitcoin, kQuote, {5, 10});
  EXPECT_FALSE(merge.awaits(kBitcoin));
}

TEST(Merge, BarsAreNotAwaited) {
  Merge merge;
  merge.take(kBitcoin, slot_of(schemas::Interval::k1m), {5, 2});
  merge.begin_round();
  EXPECT_FALSE(merge.awaits(kBitcoin));
}

TEST(Merge, WhatWasForgottenIsNewAndNotAwaited) {
  Merge merge;
  merge.take(kBitcoin, kQuote, {5, 10});
  merge.begin_round();
  merge.forget(kBitcoin, kQuote);
  EXPECT_FALSE(merge.awaits(kBitcoin));
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 9}), Verdict::kNew);
  merge.forget(kBitcoin);
  EXPECT_EQ(merge.take(kBitcoin, kQuote, {5, 9}), Verdict::kNew);
}

}  // namespace
}  // namespace tickgate::feeds
