// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "schemas/ids.h"

namespace tickgate::feeds {

// How many clients' subscriptions follow each instrument: what is followed is fetched first. Shards
// raise and lower, feeds look, each on its own thread. A hint: an instrument beyond the table is
// followed by nobody.
class Demand {
 public:
  static constexpr std::size_t kMost = 1U << 17U;

  Demand() : counts_(std::make_unique<std::array<Count, kMost>>()) {}

  // Relaxed all: nothing else is read by what they say.
  void raise(schemas::InstrumentId instrument) {
    if (Count* const count = find(instrument)) count->fetch_add(1, std::memory_order_relaxed);
  }
  void lower(schemas::InstrumentId instrument) {
    if (Count* const count = find(instrument)) count->fetch_sub(1, std::memory_order_relaxed);
  }
  std::uint32_t of(schemas::InstrumentId instrument) const {
    const Count* const count = find(instrument);
    return count == nullptr ? 0 : count->load(std::memory_order_relaxed);
  }

 private:
  using Count = std::atomic<std::uint32_t>;

  Count* find(schemas::InstrumentId instrument) const {
    return instrument.value() < kMost ? &(*counts_)[instrument.value()] : nullptr;
  }

  std::unique_ptr<std::array<Count, kMost>> counts_;
};

}  // namespace tickgate::feeds
