// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <gtest/gtest.h>

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

}  // namespace tickgate::schemas
