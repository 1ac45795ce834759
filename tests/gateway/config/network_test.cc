// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/network.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {

TEST(Network, HasTheAddressesThatBeginAlikeAndNoOther) {
  struct Case {
    const char *network, *inside, *outside;
  };
  for (const auto& [text, inside, outside] :
       {Case{"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        Case{"192.0.2.4/30", "192.0.2.7", "192.0.2.8"}, Case{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
        Case{"0.0.0.0/0", "8.8.8.8", "2001:db8::1"},
        Case{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"}, Case{"::1", "::1", "::2"},
        Case{"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"}, Case{"::/0", "10.0.0.1", nullptr}}) {
    const auto network = parse_network(text);
    ASSERT_TRUE(network.has_value()) << text;
    EXPECT_TRUE(network->contains(*parse_address(inside))) << text;
    if (outside == nullptr) continue;
    EXPECT_FALSE(network->contains(*parse_address(outside))) << text;
  }
}

TEST(Network, IsReadStrictlyOrNotAtAll) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/08",
                           "10.0.0.0/+8", "10.0.0/8", "2001:db8::/129", "2001:db8::1/64",
                           "proxy.example.com", "10.0.0.0/8 ", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(parse_network(text).has_value()) << text;
  }
}

// What HAProxy and the C library's older readers take for one.
TEST(Network, AnAddressIsOneInDigitsAndNothingLikeIt) {
  for (const char* text : {"192.0.2.256", "192.0.2", "192.0.2.1.", "0xC0000201", "3221225985",
                           "192.0.2.01", " 192.0.2.1", "fe80::1%eth0", "[::1]", "1:2:3"}) {
    EXPECT_FALSE(parse_address(text).has_value()) << text;
  }
  EXPECT_EQ(parse_address("::ffff:192.0.2.1"), parse_address("192.0.2.1"));
}

}  // namespace tickgate::gateway
