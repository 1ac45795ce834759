// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "schemas/ids.h"

namespace tickgate::feeds {

// How many clients' subscriptions follow each channel of each instrument: what is followed is
// fetched first, and an edge asks for nothing else. Shards raise and lower, feeds look, each on its
// own thread. An instrument beyond the table is followed by nobody.
class Demand {
 public:
  static constexpr std::size_t kMost = 1U << 17U;

  Demand() : counts_(std::make_unique<std::array<Counts, kMost>>()) {}

  // Relaxed all: nothing else is read by what they say.
  void raise(schemas::InstrumentId instrument, schemas::Channel channel) {
    if (Counts* const counts = find(instrument)) {
      (*counts)[index(channel)].fetch_add(1, std::memory_order_relaxed);
    }
  }
  void lower(schemas::InstrumentId instrument, schemas::Channel channel) {
    if (Counts* const counts = find(instrument)) {
      (*counts)[index(channel)].fetch_sub(1, std::memory_order_relaxed);
    }
  }
  std::uint32_t of(schemas::InstrumentId instrument, schemas::Channel channel) const {
    const Counts* const counts = find(instrument);
    return counts == nullptr ? 0 : (*counts)[index(channel)].load(std::memory_order_relaxed);
  }
  // Of all its channels together.
  std::uint32_t of(schemas::InstrumentId instrument) const {
    std::uint32_t sum = 0;
    if (const Counts* const counts = find(instrument)) {
      for (const auto& count : *counts) sum += count.load(std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  using Counts = std::array<std::atomic<std::uint32_t>, schemas::kChannelCount>;

  static std::size_t index(schemas::Channel channel) { return static_cast<std::size_t>(channel); }
  Counts* find(schemas::InstrumentId instrument) const {
    return instrument.value() < kMost ? &(*counts_)[instrument.value()] : nullptr;
  }

  std::unique_ptr<std::array<Counts, kMost>> counts_;
};

}  // namespace tickgate::feeds
