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

}  // namespace tickgate::schemas
