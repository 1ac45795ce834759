// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::feeds {

// "2026-11-20T16:10:00.123456789Z" and other forms of RFC 3339 (any number of fractional digits,
// an offset instead of Z). What is finer than a microsecond is cut off, never rounded up. Nullopt
// for what is malformed or no date of the calendar.
std::optional<schemas::Timestamp> parse_rfc3339(std::string_view text);

// Milliseconds since the Unix epoch; nullopt when negative or beyond what a Timestamp holds.
std::optional<schemas::Timestamp> from_milliseconds(std::int64_t milliseconds);

// No tick is from before 2009, when there was no Bitcoin, nor from more than a day after it came.
constexpr bool can_be_time(schemas::Timestamp time, schemas::Timestamp received) {
  constexpr std::int64_t kFirst = 1'230'768'000'000'000;
  constexpr std::int64_t kDay = 86'400'000'000;
  return time.value() >= kFirst && time.value() - kDay <= received.value();
}
// What venues write where they have no time: the first moment of year 1, or of 1970. With another
// fraction or zone it is none.
bool is_no_time(schemas::Timestamp time);

}  // namespace tickgate::feeds
