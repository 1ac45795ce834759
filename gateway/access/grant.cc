// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/grant.h"

#include <algorithm>

namespace tickgate::gateway {

bool Grant::allows(const schemas::Instrument& instrument) const {
  return std::all_of(symbols.begin(), symbols.end(), [&](const auto& patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return pattern.matches(instrument); });
  });
}

}  // namespace tickgate::gateway
