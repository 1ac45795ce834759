// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ticket_keys.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;
constexpr Monotonic kNow = seconds(1'000'000);
constexpr Monotonic kPeriod = TicketKeys::kPeriod;

}  // namespace

TEST(TicketKeys, AKeySealsForAnHourAndOpensForAnotherOne) {
  TicketKeys keys;
  const auto first = keys.newest(kNow);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(keys.newest(kNow + kPeriod - seconds(1))->name, first->name);
  const auto second = keys.newest(kNow + kPeriod);
  EXPECT_NE(second->name, first->name);
  EXPECT_NE(second->cipher, first->cipher);
  EXPECT_NE(second->mac, first->mac);
  EXPECT_EQ(keys.find(first->name, kNow + 2 * kPeriod - seconds(1))->cipher, first->cipher);
  EXPECT_FALSE(keys.find(first->name, kNow + 2 * kPeriod).has_value());
  EXPECT_TRUE(keys.find(second->name, kNow + 2 * kPeriod).has_value());
}

TEST(TicketKeys, AfterALongSilenceNoneOpens) {
  TicketKeys keys;
  const auto first = keys.newest(kNow);
  const auto late = kNow + 50 * kPeriod;
  EXPECT_FALSE(keys.find(first->name, late).has_value());
  const auto second = keys.newest(late);
  EXPECT_FALSE(keys.find(first->name, late).has_value());
  EXPECT_TRUE(keys.find(second->name, late).has_value());
}

// Though nobody comes, and so none is made anew.
TEST(TicketKeys, WhatIsTooOldIsForgotten) {
  TicketKeys keys;
  const auto first = keys.newest(kNow);
  keys.retire(kNow + 2 * kPeriod - seconds(1));
  EXPECT_TRUE(keys.find(first->name, kNow + kPeriod).has_value());
  keys.retire(kNow + 2 * kPeriod);
  EXPECT_FALSE(keys.find(first->name, kNow + kPeriod).has_value()) << "asked as if it were earlier";
}

TEST(TicketKeys, AForeignNameIsNoKeys) {
  TicketKeys keys;
  keys.newest(kNow);
  EXPECT_FALSE(keys.find(std::array<unsigned char, 16>{}, kNow).has_value());
}

}  // namespace tickgate::gateway
