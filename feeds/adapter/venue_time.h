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

// A whole number of seconds, milliseconds, microseconds or nanoseconds since the Unix epoch: which
// of them its size tells, since venues change their unit by a parameter, a header, or a date.
// Nullopt for what is no such number.
std::optional<schemas::Timestamp> parse_unix_time(std::string_view text);

// Whether something told at `received` can be of this time: not before there were such venues, in
// 2009, nor more than a day ahead. A receive time that is itself impossible bounds nothing.
constexpr bool is_plausible(schemas::Timestamp time, schemas::Timestamp received) {
  constexpr std::int64_t kFirst = 1'230'768'000'000'000;  // 2009-01-01
  constexpr std::int64_t kDay = 86'400'000'000;
  return time.value() >= kFirst &&
         (received.value() < kFirst || time.value() - received.value() <= kDay);
}
// What venues write for "no time": the Unix epoch, or the first day of the year 1.
constexpr bool is_placeholder(schemas::Timestamp time) {
  constexpr std::int64_t kYearOne = -62'135'596'800'000'000;
  return time.value() == 0 || time.value() == kYearOne;
}

}  // namespace tickgate::feeds
