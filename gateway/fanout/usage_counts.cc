// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/usage_counts.h"

#include <algorithm>

#include "gateway/fanout/by_instrument.h"

namespace tickgate::gateway {

void VenueIndex::add(const schemas::Instrument& instrument) {
  const auto name = instrument.symbol.substr(0, instrument.symbol.find(':'));
  auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) {
    if (names_.size() == kMost) {
      names_.back() = "(other)";
      at = names_.end() - 1;
    } else {
      at = names_.insert(names_.end(), name);
    }
  }
  grown(of_, instrument.id) = static_cast<std::uint8_t>(at - names_.begin());
}

}  // namespace tickgate::gateway
