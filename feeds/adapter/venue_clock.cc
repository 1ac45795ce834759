// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/venue_clock.h"

#include <cstdint>
#include <limits>

#include "absl/strings/numbers.h"
#include "feeds/adapter/json_reader.h"
#include "feeds/adapter/venue_time.h"
#include "schemas/text.h"

namespace tickgate::feeds {

std::optional<schemas::Timestamp> read_clock(const VenueClock& clock, std::string_view body,
                                             schemas::Timestamp received) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  const auto padded = simdjson::padded_string_view(body.data(), body.size(),
                                                   body.size() + simdjson::SIMDJSON_PADDING);
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.at_pointer(clock.field).get(value) != simdjson::SUCCESS) return std::nullopt;
  std::int64_t units = 0;
  if (!absl::SimpleAtoi(schemas::to_absl(unquoted(json_token(value))), &units)) return std::nullopt;
  const auto unit = clock.unit.count();
  if (units < 0 || units > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
  const schemas::Timestamp time{units * unit};
  return is_plausible(time, received) ? std::optional(time) : std::nullopt;
}

}  // namespace tickgate::feeds
