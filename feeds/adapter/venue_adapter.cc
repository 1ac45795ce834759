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

std::string_view name(Implausible reason) {
  static constexpr std::array<std::string_view, kImplausibleCount> kNames = {
      "crossed_quote", "crossed_book", "bad_price", "bad_size", "off_median"};
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace tickgate::feeds
