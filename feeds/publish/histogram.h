// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "feeds/publish/counter.h"

namespace tickgate::feeds {

// Durations in buckets, as Prometheus wants them, without a lock: one thread observes, any thread
// reads. `Bounds` are those of the buckets: upper ones, inclusive, in microseconds, rising.
template <const auto& Bounds>
class Histogram {
 public:
  static constexpr const auto& kBounds = Bounds;

  // Less than zero counts as zero (the wall clock was set back).
  void observe(std::chrono::microseconds duration, std::uint64_t times = 1) {
    const std::int64_t value = duration.count() < 0 ? 0 : duration.count();
    buckets_[bucket_of(value)].add(times);
    sum_.add(static_cast<std::uint64_t>(value) * times);
  }

  // Not cumulative; the last one is beyond all bounds.
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  std::uint64_t sum_microseconds() const { return sum_.value(); }

 private:
  static constexpr std::size_t kBits = 64;

  // Where the search begins: by how many bits a value has, the first bound that it may lie below.
  // What is left are as many steps as there are bounds within a factor of two.
  static constexpr std::array<std::uint8_t, kBits> first_bounds() {
    std::array<std::uint8_t, kBits> first{};
    for (std::size_t bits = 1; bits < kBits; ++bits) {
      const auto least = std::int64_t{1} << (bits - 1);
      first[bits] =
          static_cast<std::uint8_t>(std::ranges::lower_bound(Bounds, least) - Bounds.begin());
    }
    return first;
  }
  static std::size_t bucket_of(std::int64_t value) {
    static constexpr auto kFirst = first_bounds();
    std::size_t i =
        kFirst[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(value)))];
    while (i < Bounds.size() && value > Bounds[i]) ++i;
    return i;
  }

  std::array<Counter, Bounds.size() + 1> buckets_;
  Counter sum_;
};

// Of the stages of a tick's way, from within the process to a venue on the other side of the world:
// 10 us to 1 min, three a decade. 10 ms stands among them exactly: it is the promise.
inline constexpr std::array<std::int64_t, 20> kStageBounds = {
    10,      25,        50,        100,       250,        500,       1'000,
    2'500,   5'000,     10'000,    25'000,    50'000,     100'000,   250'000,
    500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 60'000'000};
using StageHistogram = Histogram<kStageBounds>;

}  // namespace tickgate::feeds
