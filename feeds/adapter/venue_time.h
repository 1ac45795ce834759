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

}  // namespace tickgate::feeds
