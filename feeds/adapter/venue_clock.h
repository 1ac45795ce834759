// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::feeds {

// Where a venue tells its time over REST, as data of its VenueFacts. The stream's own stamps cannot
// tell that they were late from the first one on, nor a clock that was set from a queue that grew.
struct VenueClock {
  std::string_view path{};           // "/api/v3/time"; empty: it has none
  std::string_view field{};          // a JSON pointer (RFC 6901) to a whole number or its text
  std::chrono::microseconds unit{};  // of that number, and so how exact it is

  bool is_asked_by(std::string_view url) const { return !path.empty() && url.ends_with(path); }
};

// When the venue wrote the answer, at the earliest; at the latest a unit after it. Nullopt for what
// is no such answer, or a time that cannot be one. The body is padded as frames are.
std::optional<schemas::Timestamp> read_clock(const VenueClock& clock, std::string_view body,
                                             schemas::Timestamp received);

}  // namespace tickgate::feeds
