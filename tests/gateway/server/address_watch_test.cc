// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/address_watch.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {

TEST(AddressWatch, SpeaksOfAHalfOfMany) {
  EXPECT_TRUE(holds_half({"192.0.2.1", 100, 200}));
  EXPECT_TRUE(holds_half({"192.0.2.1", 100, 100}));
  EXPECT_FALSE(holds_half({"192.0.2.1", 100, 201}));
  EXPECT_FALSE(holds_half({"192.0.2.1", 99, 99}));
  EXPECT_FALSE(holds_half({"", 0, 0}));
}

}  // namespace tickgate::gateway
