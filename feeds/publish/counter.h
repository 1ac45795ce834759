// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace tickgate::feeds {

// A number that one thread writes and any thread reads, without a lock or a locked instruction.
template <typename Value>
class OwnedCounter {
 public:
  // Relaxed throughout: the one writer needs no read-modify-write, and nothing is read on the
  // strength of it.
  void add(Value amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(Value value) { value_.store(value, std::memory_order_relaxed); }
  Value value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Value> value_{};
};
using Counter = OwnedCounter<std::uint64_t>;
using Gauge = OwnedCounter<std::int64_t>;

}  // namespace tickgate::feeds
