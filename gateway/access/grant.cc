// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/grant.h"

#include <algorithm>

namespace tickgate::gateway {

bool Grant::allows(const schemas::Instrument& instrument) const {
  return std::ranges::all_of(
      symbols, [&](const SymbolList& list) { return list.covers(instrument.symbol); });
}

}  // namespace tickgate::gateway
