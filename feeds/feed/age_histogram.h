// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "feeds/feed/moment.h"
#include "feeds/publish/counter.h"

namespace tickgate::feeds {

// Ages in buckets from 1 ms to 1 min, as Prometheus wants them. One thread observes, any reads.
class AgeHistogram {
 public:
  // Upper bounds, inclusive, in microseconds. 500 ms and 2 s stand among them exactly: below the
  // one data is fresh, beyond the other it is stale.
  static constexpr std::array<std::int64_t, 14> kBounds = {
      1'000,   2'500,   5'000,     10'000,    25'000,    50'000,     100'000,
      250'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 15'000'000, 60'000'000};

  // Most are young: the first buckets are the first looked at.
  void observe(Monotonic age) {
    std::size_t i = 0;
    while (i < kBounds.size() && age.count() > kBounds[i]) ++i;
    buckets_[i].add();
    sum_.add(static_cast<std::uint64_t>(age.count()));
  }

  // Not cumulative; the last one is beyond all bounds.
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  std::uint64_t sum_microseconds() const { return sum_.value(); }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter sum_;
};

}  // namespace tickgate::feeds
