// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/bar_demand.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {

using schemas::InstrumentId;
using schemas::Interval;

TEST(BarDemand, CountsEachSeriesByItself) {
  BarDemand demand;
  const InstrumentId one(3);
  const InstrumentId last(BarDemand::kMost - 1);
  for (unsigned shard = 0; shard < BarDemand::kMostShards; ++shard) {
    demand.raise(one, Interval::k1s);
    demand.raise(last, Interval::k1d);
  }
  EXPECT_TRUE(demand.any(one, Interval::k1s));
  EXPECT_FALSE(demand.any(one, Interval::k1m));
  EXPECT_TRUE(demand.any(last, Interval::k1d));
  EXPECT_FALSE(demand.any(last, Interval::k4h));
  EXPECT_FALSE(demand.any(InstrumentId(4)));
  for (unsigned shard = 0; shard < BarDemand::kMostShards; ++shard) {
    EXPECT_TRUE(demand.any(one));
    demand.lower(one, Interval::k1s);
  }
  EXPECT_FALSE(demand.any(one));
}

TEST(BarDemand, NobodyHoldsWhatIsBeyondTheTable) {
  BarDemand demand;
  const InstrumentId beyond(BarDemand::kMost);
  demand.raise(beyond, Interval::k1m);
  EXPECT_FALSE(demand.any(beyond, Interval::k1m));
  demand.lower(beyond, Interval::k1m);
}

}  // namespace tickgate::feeds
