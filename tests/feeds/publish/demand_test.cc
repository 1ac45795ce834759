// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/demand.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {

using schemas::Channel;
using schemas::InstrumentId;

TEST(Demand, CountsEachChannelByItselfAndAllTogether) {
  Demand demand;
  const InstrumentId one(3), last(Demand::kMost - 1);
  demand.raise(one, Channel::kQuote);
  demand.raise(one, Channel::kQuote);
  demand.raise(one, Channel::kBar);
  demand.raise(last, Channel::kBook);
  EXPECT_EQ(demand.of(one, Channel::kQuote), 2U);
  EXPECT_EQ(demand.of(one, Channel::kBar), 1U);
  EXPECT_EQ(demand.of(one, Channel::kBook), 0U);
  EXPECT_EQ(demand.of(one), 3U);
  EXPECT_EQ(demand.of(last), 1U);
  EXPECT_EQ(demand.of(InstrumentId(4)), 0U);
  demand.lower(one, Channel::kQuote);
  demand.lower(one, Channel::kBar);
  EXPECT_EQ(demand.of(one, Channel::kQuote), 1U);
  EXPECT_EQ(demand.of(one), 1U);
}

TEST(Demand, NobodyFollowsWhatIsBeyondTheTable) {
  Demand demand;
  const InstrumentId beyond(Demand::kMost);
  demand.raise(beyond, Channel::kQuote);
  EXPECT_EQ(demand.of(beyond, Channel::kQuote), 0U);
  EXPECT_EQ(demand.of(beyond), 0U);
  demand.lower(beyond, Channel::kQuote);
}

}  // namespace tickgate::feeds
