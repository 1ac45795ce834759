// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::gateway {

// A day of the calendar, UTC; of the years 1970 to 9999.
using Day = schemas::Strong<struct DayTag, std::int32_t>;  // since 1970-01-01

Day day_of(schemas::Timestamp time);
std::int64_t minute_of(schemas::Timestamp time);  // since 1970
std::string text(Day day);                        // "2026-11-29"
std::optional<Day> parse_day(std::string_view text);

}  // namespace tickgate::gateway
