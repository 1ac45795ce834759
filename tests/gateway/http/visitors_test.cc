// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/visitors.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
TEST(Visitors, AreSoManyInAllAndOfAHost) {
  Visitors visitors({.all = 3, .of_a_host = 2, .bytes = 10});
  EXPECT_EQ(visitors.admit(1), std::nullopt);
  EXPECT_EQ(visitors.admit(1), std::nullopt);
  EXPECT_EQ(visitors.admit(1), HttpRefusal::kAddress);
  EXPECT_EQ(visitors.admit(2), std::nullopt);
  EXPECT_EQ(visitors.admit(3), HttpRefusal::kVisitors);
  EXPECT_EQ(visitors.admit(1), HttpRefusal::kVisitors) << "what everybody meets comes first";
  visitors.leave(1);
  EXPECT_EQ(visitors.admit(1), std::nullopt);
  EXPECT_EQ(visitors.count(), 3U);
}

TEST(Visitors, WhoIsSentAwayIsNotCounted) {
  Visitors visitors({.all = 8, .of_a_host = 1, .bytes = 10});
  EXPECT_EQ(visitors.admit(1), std::nullopt);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(visitors.admit(1), HttpRefusal::kAddress);
  EXPECT_EQ(visitors.count(), 1U);
  visitors.leave(1);
  EXPECT_EQ(visitors.count(), 0U);
}

TEST(Visitors, ZeroIsNoLimitOfAHost) {
  Visitors visitors({.all = 100, .of_a_host = 0, .bytes = 10});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(visitors.admit(1), std::nullopt) << i;
  EXPECT_EQ(visitors.admit(1), HttpRefusal::kVisitors);
}

TEST(Visitors, HoldSoManyBytesTogether) {
  Visitors visitors({.all = 1, .of_a_host = 1, .bytes = 10});
  EXPECT_TRUE(visitors.take(6));
  EXPECT_FALSE(visitors.take(5));
  EXPECT_EQ(visitors.bytes(), 6U) << "nothing is taken of what does not fit";
  EXPECT_TRUE(visitors.take(4));
  visitors.give_back(10);
  EXPECT_EQ(visitors.bytes(), 0U);
}

}  // namespace tickgate::gateway
