// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "feeds/publish/counter.h"

namespace tickgate::gateway {

// Durations in buckets from 10 µs to 1 s, as Prometheus wants them, without a lock: one thread
// observes, any thread reads.
class LatencyHistogram {
 public:
  // Upper bounds, inclusive, in microseconds: five a decade, so that a quantile lies between two
  // that are at most 5:3 apart. 10 ms stands among them exactly: it is the promise.
  static constexpr std::array<std::int64_t, 26> kBounds = {
      10,     15,     25,      40,      60,      100,     150,     250,      400,
      600,    1'000,  1'500,   2'500,   4'000,   6'000,   10'000,  15'000,   25'000,
      40'000, 60'000, 100'000, 150'000, 250'000, 400'000, 600'000, 1'000'000};

  // Less than zero counts as zero (the wall clock was set back).
  void observe(std::chrono::microseconds duration, std::uint64_t times = 1) {
    const std::int64_t value = duration.count() < 0 ? 0 : duration.count();
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), value);
    buckets_[static_cast<std::size_t>(bound - kBounds.begin())].add(times);
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
