// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/bar_wants.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::Interval;
using std::chrono::seconds;

constexpr InstrumentId kOne{1};

TEST(BarWants, SomeIntervalsGoOutAlwaysOthersWhileTheyAreWanted) {
  BarDemand demand;
  BarWants wants({Interval::k1m}, &demand);
  EXPECT_FALSE(wants.wanted(kOne, Interval::k1m)) << "there is no such instrument";
  wants.on_instrument(kOne);
  EXPECT_TRUE(wants.wanted(kOne, Interval::k1m));
  EXPECT_TRUE(demand.any(kOne, Interval::k1m));
  EXPECT_FALSE(wants.wanted(kOne, Interval::k5m));
  wants.want(kOne, Interval::k5m, seconds(100));
  EXPECT_TRUE(wants.wanted(kOne, Interval::k5m));
  EXPECT_TRUE(demand.any(kOne, Interval::k5m));
  wants.want(kOne, Interval::k5m, seconds(110));
  wants.expire(seconds(124));
  EXPECT_TRUE(wants.wanted(kOne, Interval::k5m)) << "it was asked for again";
  wants.expire(seconds(125));
  EXPECT_FALSE(wants.wanted(kOne, Interval::k5m));
  EXPECT_FALSE(demand.any(kOne, Interval::k5m));
  EXPECT_TRUE(demand.any(kOne, Interval::k1m));
}

TEST(BarWants, OneThatIsRemovedIsHeldByNobody) {
  BarDemand demand;
  BarWants wants({Interval::k1m}, &demand);
  wants.on_instrument(kOne);
  wants.on_instrument(kOne);
  wants.want(kOne, Interval::k1h, seconds(1));
  wants.on_removed(kOne);
  EXPECT_FALSE(demand.any(kOne));
  EXPECT_EQ(wants.by_edges(), 0U);
  wants.want(kOne, Interval::k1h, seconds(1));
  EXPECT_FALSE(demand.any(kOne));
}

TEST(BarWants, NothingIsHeldBehindItsEnd) {
  BarDemand demand;
  {
    BarWants wants({Interval::k1m, Interval::k1h}, &demand);
    wants.on_instrument(kOne);
    wants.want(kOne, Interval::k1d, seconds(1));
  }
  EXPECT_FALSE(demand.any(kOne));
}

}  // namespace
}  // namespace tickgate::feeds
