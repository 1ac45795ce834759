// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <gtest/gtest.h>

#include "schemas/interval.h"

namespace tickgate::schemas {

TEST(Ids, EveryChannelIsFoundByItsName) {
  for (const auto channel : {Channel::kQuote, Channel::kTrade, Channel::kBook, Channel::kTicker,
                             Channel::kStatus, Channel::kBar}) {
    EXPECT_EQ(channel_from_name(name(channel)), channel);
  }
  EXPECT_FALSE(channel_from_name("qoute").has_value());
}

TEST(Ids, NamesAreThoseOfTheProtocol) {
  EXPECT_EQ(name(Side::kSell), "sell");
  EXPECT_EQ(name(Integrity::kChecksum), "checksum");
  EXPECT_EQ(name(State::kRecovering), "recovering");
  EXPECT_EQ(name(State::kClosed), "closed");
  EXPECT_EQ(name(GapReason::kSlowConsumer), "slow_consumer");
  EXPECT_EQ(name(GapReason::kFeedGap), "feed_gap");
  EXPECT_EQ(name(GapReason::kFeedRestart), "feed_restart");
}

TEST(Interval, EveryOneIsFoundByItsName) {
  for (std::size_t i = 0; i < kIntervalCount; ++i) {
    const auto interval = static_cast<Interval>(i);
    EXPECT_EQ(interval_from_name(name(interval)), interval);
    if (i == 0) continue;
    EXPECT_EQ(length(interval) % length(static_cast<Interval>(i - 1)), 0);
  }
  EXPECT_FALSE(interval_from_name("1M").has_value());
  EXPECT_FALSE(interval_from_name("").has_value());
}

TEST(Interval, BarsBeginOnTheGridOfUtc) {
  constexpr Timestamp kTime{1732100000123456};  // 2024-11-20T10:53:20.123456Z
  EXPECT_EQ(start_of(kTime, Interval::k1s).value(), 1732100000000000);
  EXPECT_EQ(start_of(kTime, Interval::k1m).value(), 1732099980000000);
  EXPECT_EQ(start_of(kTime, Interval::k15m).value(), 1732099500000000);
  EXPECT_EQ(start_of(kTime, Interval::k4h).value(), 1732089600000000);
  EXPECT_EQ(start_of(kTime, Interval::k1d).value(), 1732060800000000);
  EXPECT_EQ(start_of(Timestamp{1732100000000000}, Interval::k1s).value(), 1732100000000000);
  EXPECT_EQ(start_of(Timestamp{-1}, Interval::k1d).value(), -86'400'000'000);
  EXPECT_EQ(start_of(Timestamp{-86'400'000'000}, Interval::k1d).value(), -86'400'000'000);
}

}  // namespace tickgate::schemas
