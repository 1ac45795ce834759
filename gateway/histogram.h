// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "feeds/counter.h"

namespace tickgate::gateway {

// Durations in buckets from 10 µs to 1 s, as Prometheus wants them, without a lock: one thread
// observes, any thread reads.
class LatencyHistogram {
 public:
  // Upper bounds, inclusive, in microseconds. 10 ms stands among them exactly: it is the promise.
  static constexpr std::array<std::int64_t, 16> kBounds = {
      10,    25,     50,     100,    250,     500,     1'000,   2'500,
      5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000};

  // Less than zero counts as zero (the wall clock was set back).
  void observe(std::chrono::microseconds duration, std::uint64_t times = 1) {
    const std::int64_t value = duration.count() < 0 ? 0 : duration.count();
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && value > kBounds[bucket]) ++bucket;
    buckets_[bucket].add(times);
    sum_.add(static_cast<std::uint64_t>(value) * times);
  }

  // Not cumulative; the last one is beyond all bounds.
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  std::uint64_t sum_microseconds() const { return sum_.value(); }

 private:
  std::array<feeds::Counter, kBounds.size() + 1> buckets_;
  feeds::Counter sum_;
};

}  // namespace tickgate::gateway
