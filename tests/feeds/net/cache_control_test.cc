// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/cache_control.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ParseMaxAge, TakesTheFirst) {
  EXPECT_EQ(parse_max_age("max-age=600"), seconds(600));
  EXPECT_EQ(parse_max_age("public, Max-Age=\"60\" , max-age=7, must-revalidate"), seconds(60));
  EXPECT_EQ(parse_max_age("s-maxage=9, max-age=0"), seconds(0));
}

TEST(ParseMaxAge, IsNoneOfWhatMustNotBeKept) {
  EXPECT_EQ(parse_max_age("no-store"), seconds(0));
  EXPECT_EQ(parse_max_age("max-age=600, no-cache"), seconds(0));
}

TEST(ParseMaxAge, SaysNothingWhereThereIsNothingToRead) {
  for (const char* const header : {"", ",", "public", "max-age", "max-age=", "max-age=-1",
                                   "max-age=ten", "max-age=1.5", "xmax-age=5"}) {
    EXPECT_EQ(parse_max_age(header), std::nullopt) << header;
  }
}

TEST(ParseMaxAge, IsAYearAtTheMost) {
  EXPECT_EQ(parse_max_age("max-age=99999999999"), hours(24 * 366));
  EXPECT_EQ(parse_max_age("max-age=99999999999999999999999"), hours(24 * 366));
}

}  // namespace
}  // namespace tickgate::feeds
