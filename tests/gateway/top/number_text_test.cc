// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tickgate::gateway {
namespace {

TEST(NumberText, CountsAreShort) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(0.44), "0.4");
  EXPECT_EQ(count_text(9.96), "10");
  EXPECT_EQ(count_text(999.4), "999");
  EXPECT_EQ(count_text(999.5), "1k");
  EXPECT_EQ(count_text(1'234), "1.2k");
  EXPECT_EQ(count_text(12'345'678), "12M");
  EXPECT_EQ(count_text(1e30), "1000000000000E") << "absurd, but a number";
}

TEST(NumberText, BytesAreOf1024) {
  EXPECT_EQ(bytes_text(512), "512B");
  EXPECT_EQ(bytes_text(1536), "1.5K");
  EXPECT_EQ(bytes_text(3.0 * (1 << 30)), "3G");
}

TEST(NumberText, TimesHaveTheUnitThatFits) {
  EXPECT_EQ(seconds_text(0), "0us");
  EXPECT_EQ(seconds_text(0.000'04), "40us");
  EXPECT_EQ(seconds_text(0.001'2), "1.2ms");
  EXPECT_EQ(seconds_text(0.25), "250ms");
  EXPECT_EQ(seconds_text(-0.25), "-250ms");
  EXPECT_EQ(seconds_text(9.9), "9.9s");
  EXPECT_EQ(seconds_text(59.4), "59s");
  EXPECT_EQ(seconds_text(59.6), "1m00s");
  EXPECT_EQ(seconds_text(7'500), "2h05m");
  EXPECT_EQ(seconds_text(360'000), "4d04h");
  EXPECT_EQ(seconds_text(1e300), "100000d00h");
}

TEST(NumberText, WhatIsNotKnownIsADash) {
  for (auto* const text : {count_text, bytes_text, seconds_text, percent_text}) {
    EXPECT_EQ(text(std::nullopt), "-");
    EXPECT_EQ(text(NAN), "-");
    EXPECT_EQ(text(-INFINITY), "-");
  }
}

TEST(NumberText, NothingThatATerminalObeysIsLeft) {
  EXPECT_EQ(plain_text("a\x1b[2J\x07\n\x7f~ "), "a?[2J???~ ");
  EXPECT_EQ(plain_text("\xc2\x9b"
                       "1m\xe2\x80\xae"),
            "??1m???")
      << "C1 controls, and what turns text";
}

}  // namespace
}  // namespace tickgate::gateway
