// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/retry_after.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::chrono::system_clock::time_point kThen{seconds(784'111'777)};

TEST(RetryAfter, SecondsAreHonouredWhole) {
  EXPECT_EQ(parse_retry_after("0", kThen), seconds(0));
  EXPECT_EQ(parse_retry_after("1", kThen), seconds(1));
  EXPECT_EQ(parse_retry_after(" 120 ", kThen), seconds(120));
  EXPECT_EQ(parse_retry_after("259200", kThen), hours(72)) << "a ban of three days";
  EXPECT_EQ(parse_retry_after("99999999999999999999", kThen), hours(24 * 3653));
}

TEST(RetryAfter, ADateIsHonouredInAllItsForms) {
  for (const auto* const date : {"Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT",
                                 "Sun Nov  6 08:50:37 1994"}) {
    EXPECT_EQ(parse_retry_after(date, kThen), seconds(60)) << date;
    EXPECT_EQ(parse_retry_after(date, kThen + std::chrono::milliseconds(500)), seconds(60))
        << "never too early";
    EXPECT_EQ(parse_retry_after(date, kThen + hours(1)), seconds(0)) << "it has passed";
  }
  EXPECT_EQ(parse_retry_after("Wed, 09 Nov 1994 08:49:37 GMT", kThen), hours(72));
}

TEST(RetryAfter, WhatIsNeitherAsksForNothing) {
  for (const auto* const header :
       {"", "-1", "1.5", "soon", "1 minute", "Sun, 99 Nov 1994", "0x10"}) {
    EXPECT_EQ(parse_retry_after(header, kThen), seconds(0)) << header;
  }
}

}  // namespace
}  // namespace tickgate::feeds
