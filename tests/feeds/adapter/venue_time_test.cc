// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/venue_time.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {

TEST(VenueTime, ReadsRfc3339WithAnyNumberOfFractionalDigits) {
  const struct {
    std::string_view text;
    std::int64_t microseconds;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.5Z", 500'000},
      {"2021-04-17T16:48:54.213106Z", 1'618'678'134'213'106},
      {"2021-04-17T16:48:54.213Z", 1'618'678'134'213'000},
      {"2021-04-17T16:48:54.213106999Z", 1'618'678'134'213'106},  // cut, not rounded
      {"2021-04-17t16:48:54.213106z", 1'618'678'134'213'106},
      {"2021-04-17T18:48:54.213106+02:00", 1'618'678'134'213'106},
      {"2021-04-17T11:18:54.213106-05:30", 1'618'678'134'213'106},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
      {"1969-12-31T23:59:59.999999Z", -1},
  };
  for (const auto& [text, microseconds] : cases) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(time->value(), microseconds) << text;
  }
}

TEST(VenueTime, RefusesWhatIsMalformedOrNoDate) {
  for (const std::string_view text :
       {"", "now", "2021-04-17", "2021-04-17T16:48:54", "2021-04-17T16:48:54.Z",
        "2021-04-17T16:48:54.1", "2021-4-17T16:48:54Z", "2021-04-17T16:48:54Zx",
        "2021-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "2021-00-01T00:00:00Z",
        "2021-04-31T00:00:00Z", "2021-04-17T24:00:00Z", "2021-04-17T16:60:00Z",
        "2021-04-17T16:48:61Z", "2021-04-17T16:48:54+0200", "2021-04-17T16:48:54+24:00",
        "-021-04-17T16:48:54Z", "2021/04/17T16:48:54Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

TEST(VenueTime, MillisecondsBecomeMicrosecondsOrAreRefused) {
  EXPECT_EQ(from_milliseconds(1'723'161'255'342)->value(), 1'723'161'255'342'000);
  EXPECT_EQ(from_milliseconds(0)->value(), 0);
  EXPECT_FALSE(from_milliseconds(-1).has_value());
  EXPECT_FALSE(from_milliseconds(INT64_MAX / 1000 + 1).has_value());
}

TEST(VenueTime, OnlyTheTimesOfTicksCanBeOne) {
  const schemas::Timestamp received{1'800'000'000'000'000};
  const auto can_be = [&](std::string_view text) {
    return can_be_time(*parse_rfc3339(text), received);
  };
  EXPECT_TRUE(can_be("2009-01-03T18:15:05Z"));
  EXPECT_TRUE(can_be("2027-01-15T08:00:00Z"));
  EXPECT_TRUE(can_be("2027-01-16T07:59:59Z")) << "a clock may be wrong by some hours";
  for (const auto* text :
       {"0001-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", "1999-01-01T00:00:00Z",
        "2027-01-17T08:00:01Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(can_be(text)) << text;
  }
  EXPECT_FALSE(can_be_time(schemas::kNoTime, received));
}

TEST(VenueTime, YearOneAndTheEpochAreWrittenForNone) {
  for (const auto* text : {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z",
                           "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000+00:00"}) {
    EXPECT_TRUE(is_no_time(*parse_rfc3339(text))) << text;
  }
  EXPECT_FALSE(is_no_time(*parse_rfc3339("1970-01-01T00:00:01Z")));
}

}  // namespace tickgate::feeds
