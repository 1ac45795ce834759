// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/venue_adapter.h"

#include <array>

namespace tickgate::feeds {

std::string_view name(Anomaly anomaly) {
  static constexpr std::array<std::string_view, kAnomalyCount> kNames = {
      "parse_error",        "duplicate",       "gap",      "checksum_failed", "crossed_book",
      "unknown_instrument", "unknown_message", "bad_time", "contradiction"};
  return kNames.at(static_cast<std::size_t>(anomaly));
}

}  // namespace tickgate::feeds
