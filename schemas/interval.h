// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::schemas {

// How long a bar lasts. Each is a whole number of those before it, and days begin at 00:00 UTC.
enum class Interval : std::uint8_t { k1s, k1m, k5m, k15m, k1h, k4h, k1d };
inline constexpr std::size_t kIntervalCount = 7;

// In microseconds.
constexpr std::int64_t length(Interval interval) {
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr std::int64_t kLengths[kIntervalCount] = {
      kSecond,         60 * kSecond,     300 * kSecond,   900 * kSecond,
      3'600 * kSecond, 14'400 * kSecond, 86'400 * kSecond};
  return kLengths[static_cast<std::size_t>(interval)];
}

// The start of the bar in which `time` lies: start inclusive, end exclusive, before 1970 too.
constexpr Timestamp start_of(Timestamp time, Interval interval) {
  const auto step = length(interval);
  const auto within = time.value() % step;
  return Timestamp{time.value() - (within < 0 ? within + step : within)};
}

// As clients write it: "1s", "1m", ... "1d".
std::string_view name(Interval interval);
std::optional<Interval> interval_from_name(std::string_view name);

}  // namespace tickgate::schemas
