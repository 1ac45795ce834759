// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"

namespace tickgate::feeds {

// One venue of a consolidated instrument, for its status.
struct BestVenue {
  std::string_view name;
  bool in = false;
  std::string_view state;   // "stale", "not there"; of one that is not in
  std::string_view reason;  // for people; may be empty
};

// Those that are in, "kraken, coinbase", within `most` bytes: what has no room is counted.
std::string names_of_those_in(const std::vector<BestVenue>& venues, std::size_t most);
// Those that are not, "kraken stale: silent beyond its rhythm, coinbase down"; without the reasons
// where they have no room.
std::string names_of_those_out(const std::vector<BestVenue>& venues, std::size_t most);

}  // namespace tickgate::feeds
