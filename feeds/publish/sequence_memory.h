// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// How far instruments were numbered that a feed has let go of: whoever publishes one of them again
// in this run of the gateway counts on, so that no client sees a number twice. 160 bytes for
// each that was ever let go of. Of the feeds of one thread; one thread.
class SequenceMemory {
 public:
  struct OfBars {
    std::uint64_t sequence = 0, ordinal = 0;
  };
  struct Numbers {
    std::array<std::uint64_t, schemas::kChannelCount> ticks{};  // of the last tick of each channel
    std::array<OfBars, schemas::kIntervalCount> bars{};
  };
  static_assert(sizeof(Numbers) == 160);

  // To be noted.
  Numbers& of(schemas::InstrumentId instrument) { return numbers_[instrument]; }
  // Zeros for one that nobody has let go of.
  Numbers known(schemas::InstrumentId instrument) const {
    const auto found = numbers_.find(instrument);
    return found == numbers_.end() ? Numbers{} : found->second;
  }

 private:
  absl::flat_hash_map<schemas::InstrumentId, Numbers> numbers_;
};

}  // namespace tickgate::feeds
