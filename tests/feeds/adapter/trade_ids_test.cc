// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/trade_ids.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using Jump = ContiguousTradeIds::Jump;

TEST(ContiguousTradeIds, EveryJumpIsALossWhereTheVenueSkipsNone) {
  ContiguousTradeIds ids(Jump::kIsLoss);
  EXPECT_EQ(ids.accept(10), 0U) << "nobody knows what was before the first";
  EXPECT_EQ(ids.accept(11), 0U);
  EXPECT_EQ(ids.accept(14), 2U);
  EXPECT_EQ(ids.accept(14), std::nullopt);
  EXPECT_EQ(ids.accept(12), 0U) << "late, and never seen";
  EXPECT_EQ(ids.accept(12), std::nullopt) << "now it was";
  ids.doubt();
  EXPECT_EQ(ids.accept(16), 1U);
}

TEST(ContiguousTradeIds, AJumpIsALossOnlyInDoubtWhereTheVenueSkipsSome) {
  ContiguousTradeIds ids(Jump::kIsLossInDoubt);
  ids.accept(10);
  EXPECT_EQ(ids.accept(14), 0U);
  ids.doubt();
  EXPECT_EQ(ids.accept(17), 2U);
  EXPECT_EQ(ids.accept(20), 0U) << "one message cleared the doubt";
}

TEST(ContiguousTradeIds, AHistoryEndsTheDoubt) {
  ContiguousTradeIds ids(Jump::kIsLossInDoubt);
  EXPECT_EQ(ids.accept_history(10), 0U) << "the first of all";
  ids.doubt();
  EXPECT_EQ(ids.accept_history(13), 3U);
  EXPECT_EQ(ids.accept_history(11), 0U) << "older than what came meanwhile";
  EXPECT_EQ(ids.accept(13), std::nullopt);
  EXPECT_EQ(ids.accept(20), 0U);
}

// An absurd id, or another numbering, must not make duplicates of all that follow.
TEST(ContiguousTradeIds, AnotherNumberingIsOneLossNotADuplicate) {
  ContiguousTradeIds ids(Jump::kIsLossInDoubt);
  ids.accept(5);
  EXPECT_EQ(ids.accept(UINT64_MAX), 1U);
  EXPECT_EQ(ids.accept(6), 1U);
  EXPECT_EQ(ids.accept(7), 0U);
  ids.doubt();
  EXPECT_EQ(ids.accept_history(UINT64_MAX), 1U);
}

// What is late was in nobody's hands; what stood in a history, or is far behind, may have been.
TEST(ContiguousTradeIds, WhatIsLateIsToldFromWhatComesTwice) {
  ContiguousTradeIds ids(Jump::kIsLossInDoubt);
  ids.accept(11);
  EXPECT_EQ(ids.accept(10), 0U);
  EXPECT_EQ(ids.accept(10), std::nullopt);
  EXPECT_EQ(ids.accept(400), 0U);
  EXPECT_EQ(ids.accept(399), 0U);
  EXPECT_EQ(ids.accept(11), std::nullopt) << "too far behind to be known";
  ids.accept_history(500);
  EXPECT_EQ(ids.accept(499), std::nullopt) << "it stood in the history";
}

// A venue that counts anew from 1: by the times of its trades, which rise.
TEST(ContiguousTradeIds, ANumberingThatBeginsAnewIsBelievedAfterAFewInARow) {
  ContiguousTradeIds ids(Jump::kIsLoss);
  for (std::uint64_t id = 1; id <= 1000; ++id) ids.accept(id, true);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ids.accept(1, false), std::nullopt) << "repeated, not new";
  EXPECT_EQ(ids.accept(1, true), std::nullopt);
  EXPECT_EQ(ids.accept(2, true), std::nullopt);
  EXPECT_EQ(ids.accept(3, true), 2U) << "the two that were dropped";
  EXPECT_EQ(ids.accept(4, true), 0U);
}

TEST(RisingTradeIds, ANumberingThatBeginsAnewIsBelievedAfterAFewInARow) {
  RisingTradeIds ids;
  for (std::uint64_t id = 1000; id <= 2000; id += 10) ids.accept(id, true);
  EXPECT_EQ(ids.accept(1, true), std::nullopt);
  EXPECT_EQ(ids.accept(2, true), std::nullopt);
  EXPECT_EQ(ids.accept(3, true), 2U);
  EXPECT_EQ(ids.accept(4, true), 0U);
}

TEST(RisingTradeIds, AJumpWhileConnectedIsNoLoss) {
  RisingTradeIds ids;
  EXPECT_EQ(ids.accept(10), 0U);
  EXPECT_EQ(ids.accept(15), 0U);
  EXPECT_EQ(ids.accept(15), std::nullopt);
  EXPECT_EQ(ids.accept(UINT64_MAX), 0U);
  EXPECT_EQ(ids.accept(16), 0U);
}

TEST(RisingTradeIds, TheHistoryAfterAReconnectTellsWhatWasMissed) {
  RisingTradeIds ids;
  ids.accept(10);
  ids.doubt();
  for (const std::uint64_t id : {9, 10, 13, 12}) ids.accept_history(id);
  EXPECT_EQ(ids.accept(13), std::nullopt) << "it stood in the history";
  EXPECT_EQ(ids.accept(15), 2U);
  EXPECT_EQ(ids.accept(20), 0U);
}

TEST(RisingTradeIds, WithoutAHistoryOneAtLeastIsMissingUnlessItIsTheVeryNext) {
  RisingTradeIds ids;
  ids.accept(10);
  ids.doubt();
  EXPECT_EQ(ids.accept(15), 1U);
  ids.doubt();
  EXPECT_EQ(ids.accept(16), 0U);
}

}  // namespace
}  // namespace tickgate::feeds
