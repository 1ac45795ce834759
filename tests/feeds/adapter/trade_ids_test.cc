// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/trade_ids.h"

#include <gtest/gtest.h>

#include <vector>

namespace tickgate::feeds {
namespace {

using Jump = TradeIds::Jump;
using Ids = std::vector<std::uint64_t>;

constexpr Jump kAll[] = {Jump::kIsLoss, Jump::kIsLossInDoubt, Jump::kIsOneOrMoreInDoubt};

TEST(TradeIds, EveryJumpIsALossWhereTheVenueSkipsNone) {
  TradeIds ids(Jump::kIsLoss);
  EXPECT_EQ(ids.accept(10), 0U) << "nobody knows what was before the first";
  EXPECT_EQ(ids.accept(11), 0U);
  EXPECT_EQ(ids.accept(14), 2U);
  EXPECT_EQ(ids.accept(14), std::nullopt);
  ids.doubt();
  EXPECT_EQ(ids.accept(16), 1U);
}

TEST(TradeIds, AJumpIsALossOnlyInDoubtWhereTheVenueSkipsSome) {
  TradeIds ids(Jump::kIsLossInDoubt);
  ids.accept(10);
  EXPECT_EQ(ids.accept(14), 0U);
  ids.doubt();
  EXPECT_EQ(ids.accept(17), 2U);
  EXPECT_EQ(ids.accept(20), 0U) << "one message cleared the doubt";
}

TEST(TradeIds, AJumpIsOneLossInDoubtWhereIdsOnlyRise) {
  TradeIds ids(Jump::kIsOneOrMoreInDoubt);
  EXPECT_EQ(ids.accept(10), 0U);
  EXPECT_EQ(ids.accept(15), 0U);
  ids.doubt();
  EXPECT_EQ(ids.accept(18), 1U);
  ids.doubt();
  EXPECT_EQ(ids.accept(19), 0U) << "the very next";
}

TEST(TradeIds, ALateTradeIsATradeOnce) {
  for (const Jump jump : kAll) {
    TradeIds ids(jump);
    ids.accept(11);
    EXPECT_EQ(ids.accept(10), 0U) << "before the first";
    EXPECT_EQ(ids.accept(10), std::nullopt);
    ids.accept(20);
    for (const std::uint64_t id : {15, 12, 19}) {
      EXPECT_EQ(ids.accept(id), 0U) << id;
      EXPECT_EQ(ids.accept(id), std::nullopt) << id;
    }
    EXPECT_EQ(ids.accept(21), 0U);
  }
}

TEST(TradeIds, WhatIsKnownOfHolesIsBounded) {
  TradeIds ids(Jump::kIsLossInDoubt);
  for (std::uint64_t id = 1; id < 1000; id += 2) ids.accept(id);
  EXPECT_EQ(ids.accept(998), 0U);
  EXPECT_EQ(ids.accept(2), std::nullopt);
}

TEST(TradeIds, ATradeThatCannotBeReadIsOneLossAndIsNotCountedTwice) {
  for (const Jump jump : kAll) {
    TradeIds ids(jump);
    ids.accept(1);
    EXPECT_EQ(ids.lose(2), 1U);
    EXPECT_EQ(ids.lose(2), 0U) << "seen before";
    EXPECT_EQ(ids.accept(3), 0U);
    EXPECT_EQ(ids.lose_one(), 1U);
    EXPECT_EQ(ids.accept(5), 0U) << "the hole is the one that was announced";
    EXPECT_EQ(ids.accept(6), 0U);
  }
  TradeIds ids(Jump::kIsLoss);
  ids.accept(1);
  EXPECT_EQ(ids.lose(4), 3U);
  EXPECT_EQ(ids.lose(3), 0U) << "announced already";
}

TEST(TradeIds, AHistoryEndsTheDoubt) {
  TradeIds ids(Jump::kIsLossInDoubt);
  EXPECT_EQ(ids.accept_history(Ids{10}), 0U) << "the first of all";
  ids.doubt();
  EXPECT_EQ(ids.accept_history(Ids{13}), 3U);
  EXPECT_EQ(ids.accept_history(Ids{11}), 0U) << "announced";
  EXPECT_EQ(ids.accept(13), std::nullopt);
  EXPECT_EQ(ids.accept(20), 0U);
}

TEST(TradeIds, AHistoryShowsWhatWasSkippedWithoutAWord) {
  for (const Jump jump : {Jump::kIsLossInDoubt, Jump::kIsOneOrMoreInDoubt}) {
    TradeIds ids(jump);
    ids.accept(10);
    ids.accept(13);
    EXPECT_EQ(ids.accept_history(Ids{13, 12, 10, 12}), 1U) << "12 was a trade";
    EXPECT_EQ(ids.accept(12), std::nullopt);
    EXPECT_EQ(ids.accept_history(Ids{14, 13}), 1U) << "and 14, in no doubt";
  }
}

TEST(TradeIds, WhereIdsOnlyRiseAHistoryCountsWhatItHolds) {
  TradeIds ids(Jump::kIsOneOrMoreInDoubt);
  ids.accept(10);
  ids.doubt();
  EXPECT_EQ(ids.accept_history(Ids{9, 10, 13, 12}), 2U);
  EXPECT_EQ(ids.accept(13), std::nullopt) << "it stood in the history";
  EXPECT_EQ(ids.accept(15), 0U);
}

TEST(TradeIds, OneAbsurdIdIsOneLossAndChangesNothing) {
  for (const Jump jump : kAll) {
    for (const std::uint64_t absurd : {UINT64_MAX, std::uint64_t{1} << 63U}) {
      TradeIds ids(jump);
      ids.accept(5);
      EXPECT_EQ(ids.accept(absurd, {1}), 1U);
      EXPECT_EQ(ids.accept(6, {2}), 0U);
      EXPECT_EQ(ids.accept(absurd, {3}), 1U);
      for (std::uint64_t id = 7; id < 20; ++id) EXPECT_EQ(ids.accept(id, {id}), 0U);
    }
  }
}

TEST(TradeIds, AnAbsurdFirstIdIsForgottenAfterThreeMessages) {
  TradeIds ids(Jump::kIsLoss);
  ids.accept(UINT64_MAX, {1});
  EXPECT_EQ(ids.accept(6, {2}), 1U);
  for (std::uint64_t id = 7; id < 20; ++id) EXPECT_EQ(ids.accept(id, {id}), 0U) << id;
  EXPECT_EQ(ids.accept(21, {30}), 1U) << "a numbering like any other";
}

TEST(TradeIds, AVenueThatCountsAnewIsBelievedAfterThreeMessages) {
  TradeIds ids(Jump::kIsLossInDoubt);
  for (std::uint64_t id = 1; id <= 100; ++id) ids.accept(id, {id, schemas::Timestamp{5}});
  EXPECT_EQ(ids.accept(1, {200, schemas::Timestamp{5}}), std::nullopt);
  EXPECT_EQ(ids.accept(2, {201, schemas::Timestamp{5}}), std::nullopt);
  EXPECT_EQ(ids.accept(3, {202, schemas::Timestamp{6}}), 2U) << "the two that were held to be old";
  EXPECT_EQ(ids.accept(4, {203, schemas::Timestamp{6}}), 0U);
}

TEST(TradeIds, DuplicatesInARowAreDuplicates) {
  TradeIds ids(Jump::kIsLossInDoubt);
  for (std::uint64_t id = 1; id <= 10; ++id) {
    ids.accept(id, {id, schemas::Timestamp{static_cast<std::int64_t>(id)}});
  }
  for (std::uint64_t id = 1; id <= 10; ++id) {  // as old as the first were
    EXPECT_EQ(ids.accept(id, {20 + id, schemas::Timestamp{static_cast<std::int64_t>(id)}}),
              std::nullopt);
  }
  for (std::uint64_t id = 1; id <= 10; ++id) EXPECT_EQ(ids.accept(id, {40}), std::nullopt);
  EXPECT_EQ(ids.accept(11, {41}), 0U) << "one frame, repeated, is one message";
}

TEST(TradeIds, TheNextConnectionGoesOnWhereTheLastOneEnded) {
  TradeIds old(Jump::kIsLoss), next(Jump::kIsLoss);
  old.accept(10);
  next.continue_from(old);
  EXPECT_EQ(next.accept(10), std::nullopt);
  EXPECT_EQ(next.accept(12), 1U);
  next.continue_from(old);
  EXPECT_EQ(next.accept(13), 0U) << "it was further on";
}

}  // namespace
}  // namespace tickgate::feeds
