// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "gateway/net/clock.h"

namespace tickgate::gateway {

// How many connections all shards take in a second, whoever they come from: the others wait in the
// kernel's queue. It has one moment, by which all that were taken in are paid for (GCRA), and a
// tenth of a second's worth may come at once. Any thread.
class AcceptPace {
 public:
  explicit AcceptPace(std::uint32_t per_second) { set_rate(per_second); }

  // 0: no limit. For whoever comes from now on.
  void set_rate(std::uint32_t per_second) {
    constexpr Monotonic kSecond = std::chrono::seconds(1);
    every_.store(per_second == 0 ? 0 : kSecond.count() / per_second, std::memory_order_relaxed);
  }

  // Zero: one more may be taken in, and counts. Else for how long nobody may.
  Monotonic take(Monotonic now) {
    const auto every = every_.load(std::memory_order_relaxed);
    if (every == 0) return Monotonic{0};
    const auto ahead = std::max<std::int64_t>(kAtOnce.count() - every, 0);
    auto paid = paid_.load(std::memory_order_relaxed);
    while (true) {
      const auto from = std::max(paid, now.count());
      if (from - now.count() > ahead) return Monotonic{from - now.count() - ahead};
      if (paid_.compare_exchange_weak(paid, from + every, std::memory_order_relaxed)) {
        return Monotonic{0};
      }
    }
  }
  // Of take(): nobody was there.
  void give_back() {
    if (const auto every = every_.load(std::memory_order_relaxed); every != 0) {
      paid_.fetch_sub(every, std::memory_order_relaxed);
    }
  }

 private:
  static constexpr Monotonic kAtOnce = std::chrono::milliseconds(100);

  // Relaxed: each is by itself, and nothing else is told by them.
  std::atomic<Monotonic::rep> every_{0};  // between two; 0: no limit
  std::atomic<Monotonic::rep> paid_{0};   // until then
};

}  // namespace tickgate::gateway
