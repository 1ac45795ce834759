// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/usage_counts.h"

#include <algorithm>

#include "gateway/fanout/by_instrument.h"

namespace tickgate::gateway {

// The last is "(other)" from its beginning: whose name changed would be counted under two.
void VenueIndex::add(const schemas::Instrument& instrument) {
  const auto name = instrument.symbol.substr(0, instrument.symbol.find(':'));
  auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) {
    if (names_.size() < kMost) names_.push_back(names_.size() + 1 < kMost ? name : "(other)");
    at = names_.end() - 1;
  }
  grown(of_, instrument.id) = static_cast<std::uint8_t>(at - names_.begin());
}

}  // namespace tickgate::gateway
