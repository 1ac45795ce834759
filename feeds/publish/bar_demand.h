// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// Which series of bars shards hold, by instrument and interval: those are pushed into the rings,
// the others are made and kept only. A shard raises once for a series before it asks for it, and
// lowers when it lets go of it; feeds look; each on its own thread. An instrument beyond the table
// is held by nobody: its bars come by asking alone.
class BarDemand {
 public:
  static constexpr std::size_t kMost = 1U << 17U;
  static constexpr unsigned kMostShards = 255;

  BarDemand() : counts_(std::make_unique<std::array<Counts, kMost>>()) {}

  // Relaxed all: nothing else is read by what they say. Whoever raises asks for the series behind
  // it, through a queue, so the feed that answers has seen it.
  void raise(schemas::InstrumentId instrument, schemas::Interval interval) {
    if (Counts* const counts = find(instrument)) {
      counts->fetch_add(one(interval), std::memory_order_relaxed);
    }
  }
  void lower(schemas::InstrumentId instrument, schemas::Interval interval) {
    if (Counts* const counts = find(instrument)) {
      counts->fetch_sub(one(interval), std::memory_order_relaxed);
    }
  }
  bool any(schemas::InstrumentId instrument, schemas::Interval interval) const {
    const Counts* const counts = find(instrument);
    return counts != nullptr &&
           (counts->load(std::memory_order_relaxed) & kMostShards * one(interval)) != 0;
  }
  bool any(schemas::InstrumentId instrument) const {
    const Counts* const counts = find(instrument);
    return counts != nullptr && counts->load(std::memory_order_relaxed) != 0;
  }

 private:
  // A byte an interval: how many shards hold the series.
  using Counts = std::atomic<std::uint64_t>;

  static constexpr std::uint64_t one(schemas::Interval interval) {
    return std::uint64_t{1} << 8U * static_cast<unsigned>(interval);
  }
  Counts* find(schemas::InstrumentId instrument) const {
    return instrument.value() < kMost ? &(*counts_)[instrument.value()] : nullptr;
  }

  std::unique_ptr<std::array<Counts, kMost>> counts_;
};

}  // namespace tickgate::feeds
