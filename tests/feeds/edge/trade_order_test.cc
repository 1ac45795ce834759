// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/trade_order.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::SequenceNumber;
using Took = TradeOrder::Took;

constexpr InstrumentId kBitcoin{1}, kEther{2};

schemas::Trade trade(std::uint64_t number, InstrumentId instrument = kBitcoin) {
  schemas::Trade made{};
  made.header.instrument = instrument;
  made.header.sequence = SequenceNumber{number};
  return made;
}
schemas::TradeGap gap(std::uint64_t from, std::uint64_t to) {
  return {kBitcoin, SequenceNumber{from}, SequenceNumber{to}, schemas::GapReason::kFeedRestart};
}

class TradeOrderTest : public ::testing::Test {
 protected:
  std::string take_seen() { return std::exchange(seen_, {}); }
  void live(std::initializer_list<std::uint64_t> numbers) {
    for (const auto number : numbers) order_.take_live(trade(number));
  }
  void stored(std::initializer_list<std::uint64_t> numbers, std::uint64_t fence = 5) {
    for (const auto number : numbers) order_.take_stored(trade(number), fence);
  }

  std::string seen_;
  TradeOrder order_{{[this](const schemas::Trade& one) {
                       seen_ += fmt::format("{} ", one.header.sequence.value());
                     },
                     [this](const schemas::TradeGap& one) {
                       seen_ += fmt::format("[{}-{}] ", one.from.value(), one.to.value());
                     }}};
};

TEST_F(TradeOrderTest, LiveOnesPassEachOnce) {
  live({41, 42, 42, 41, 43});
  EXPECT_EQ(take_seen(), "41 42 43 ");
}

TEST_F(TradeOrderTest, WhileTheStreamIsReadLiveOnesWaitAndCloseUpWithIt) {
  order_.begin_filling();
  live({44, 45});
  stored({41, 42, 43, 44});
  EXPECT_EQ(take_seen(), "41 42 43 44 ");
  order_.end_filling();
  EXPECT_EQ(take_seen(), "45 ");
  live({46});
  EXPECT_EQ(take_seen(), "46 ");
}

TEST_F(TradeOrderTest, AHoleWaitsForTheStream) {
  live({41});
  EXPECT_EQ(order_.take_live(trade(44)), Took::kHole);
  EXPECT_EQ(take_seen(), "41 ");
  order_.begin_filling();
  live({45});
  stored({41, 42, 43});
  order_.end_filling();
  EXPECT_EQ(take_seen(), "42 43 44 45 ");
}

TEST_F(TradeOrderTest, WhatTheStreamDoesNotHaveIsAGap) {
  live({41, 44});
  order_.begin_filling();
  stored({41});
  order_.end_filling();
  EXPECT_EQ(take_seen(), "41 [42-43] 44 ");
}

TEST_F(TradeOrderTest, WhatWasNotStoredButCameLiveIsTaken) {
  live({41});
  order_.begin_filling();
  live({42, 43});
  stored({41, 44, 45});
  order_.end_filling();
  EXPECT_EQ(take_seen(), "41 42 43 44 45 ");
}

TEST_F(TradeOrderTest, AnnouncedGapsStandInTheirPlaceAndOnce) {
  live({41});
  order_.take_live(gap(42, 44));
  order_.take_live(gap(42, 44));
  live({45});
  EXPECT_EQ(take_seen(), "41 [42-44] 45 ");
  order_.take_live(gap(44, 47));
  EXPECT_EQ(take_seen(), "[46-47] ");
}

TEST_F(TradeOrderTest, OfASupersededLeaderNothingIsTakenBehindTheNext) {
  order_.begin_filling();
  stored({41, 42}, 5);
  stored({43}, 6);
  stored({44, 45}, 5);
  stored({44}, 6);
  order_.end_filling();
  EXPECT_EQ(take_seen(), "41 42 43 44 ");
}

TEST_F(TradeOrderTest, InstrumentsAreApart) {
  live({41});
  order_.take_live(trade(7, kEther));
  live({42});
  order_.take_live(trade(8, kEther));
  EXPECT_EQ(take_seen(), "41 7 42 8 ");
}

TEST_F(TradeOrderTest, WhatWaitsIsBoundedAndTheRestIsAGap) {
  live({1});
  order_.begin_filling();
  for (std::uint64_t i = 2; i < TradeOrder::kMostWaiting + 10; ++i) order_.take_live(trade(i));
  order_.end_filling();
  take_seen();
  live({TradeOrder::kMostWaiting + 10});
  order_.begin_filling();
  order_.end_filling();
  EXPECT_EQ(take_seen(), fmt::format("[{}-{}] {} ", TradeOrder::kMostWaiting + 2,
                                     TradeOrder::kMostWaiting + 9, TradeOrder::kMostWaiting + 10));
}

TEST_F(TradeOrderTest, AReadingThatBeginsAgainChangesNothing) {
  live({41});
  order_.begin_filling();
  stored({42, 43});
  order_.begin_filling();
  live({45});
  stored({41, 42, 43, 44});
  order_.end_filling();
  EXPECT_EQ(take_seen(), "41 42 43 44 45 ");
}

}  // namespace
}  // namespace tickgate::feeds
