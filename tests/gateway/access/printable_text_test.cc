// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/printable_text.h"

#include <gtest/gtest.h>

#include <string>

namespace tickgate::gateway {

TEST(PrintableText, IsWhatCanStandInALine) {
  for (const char* const good : {"a", " ", "desk 7", "\u00e9\u00a0", "\u5e01\u5b89", "\u200d",
                                 "\u2027", "\u202f", "\u2065", "\u206a", "\U0001f600"}) {
    EXPECT_TRUE(is_printable(good, 256)) << good;
  }
  for (const char* const bad : {"", "a\n", "\x7f", "\u0085", "\xff", "\u200e", "a\u200fb", "\u2028",
                                "\u2029", "\u202a", "a\u202e", "\u2066", "\u2069"}) {
    EXPECT_FALSE(is_printable(bad, 256)) << bad;
  }
  EXPECT_FALSE(is_printable(std::string("a\0b", 3), 256));
  EXPECT_TRUE(is_printable("abcd", 4));
  EXPECT_FALSE(is_printable("abcde", 4));
}

}  // namespace tickgate::gateway
