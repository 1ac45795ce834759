// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "schemas/ids.h"

namespace tickgate::gateway {

// The instrument's place in a list by dense id, which grows as instruments come.
template <typename Value>
typename std::vector<Value>::reference grown(std::vector<Value>& values,
                                             schemas::InstrumentId instrument) {
  if (instrument.value() >= values.size()) values.resize(instrument.value() + 1);
  return values[instrument.value()];
}

}  // namespace tickgate::gateway
