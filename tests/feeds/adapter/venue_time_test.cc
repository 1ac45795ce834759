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

TEST(VenueTime, TheSizeOfAUnixTimeTellsItsUnit) {
  EXPECT_EQ(parse_unix_time("1723161255")->value(), 1'723'161'255'000'000);
  EXPECT_EQ(parse_unix_time("1723161255342")->value(), 1'723'161'255'342'000);
  EXPECT_EQ(parse_unix_time("1723161255342001")->value(), 1'723'161'255'342'001);
  EXPECT_EQ(parse_unix_time("1723161255342001999")->value(), 1'723'161'255'342'001);
  EXPECT_EQ(parse_unix_time("0")->value(), 0);
  for (const std::string_view text : {"-1", "", "1.5", "17e11", " 1", "9223372036854775808"}) {
    EXPECT_FALSE(parse_unix_time(text).has_value()) << text;
  }
}

TEST(VenueTime, WhatCannotBeATimeOfTodayIsNotPlausible) {
  const schemas::Timestamp received{1'790'000'000'000'000};
  const auto at = [](std::string_view text) { return *parse_rfc3339(text); };
  EXPECT_TRUE(is_plausible(at("2017-07-14T12:00:00Z"), received));
  EXPECT_TRUE(is_plausible(schemas::Timestamp{received.value() + 3'600'000'000}, received));
  for (const std::string_view text :
       {"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2008-12-31T23:59:59Z",
        "2026-09-23T14:13:21Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(is_plausible(at(text), received)) << text;
  }
  EXPECT_TRUE(is_plausible(at("2026-09-23T14:13:21Z"), schemas::Timestamp{2}));
  EXPECT_TRUE(is_placeholder(at("0001-01-01T00:00:00Z")));
  EXPECT_TRUE(is_placeholder(at("1970-01-01T00:00:00Z")));
  EXPECT_FALSE(is_placeholder(at("1970-01-01T00:00:01Z")));
}

}  // namespace tickgate::feeds
