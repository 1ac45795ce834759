// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tickgate::gateway {

// The descriptors that the clients of all shards hold together, streams and those at the door, and
// how many they may. A count, no more (relaxed): shards that ask at the same moment may pass the
// limit by one each, and each lets in a few beyond it, to be told; both are kept for them
// (config/descriptor_plan.h). Any thread.
class ClientDescriptors {
 public:
  // Of a shard, beyond the limit.
  static constexpr std::size_t kToBeTold = 4;

  explicit ClientDescriptors(std::uint64_t most) : most_(static_cast<std::int64_t>(most)) {}

  void set_most(std::uint64_t most) {
    most_.store(static_cast<std::int64_t>(most), std::memory_order_relaxed);
  }
  bool have_room() const {
    return held_.load(std::memory_order_relaxed) < most_.load(std::memory_order_relaxed);
  }
  // Some are in beyond it: nobody who comes may stay.
  bool is_over() const {
    return held_.load(std::memory_order_relaxed) > most_.load(std::memory_order_relaxed);
  }
  void add(std::int64_t count) { held_.fetch_add(count, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> most_;
  std::atomic<std::int64_t> held_{0};
};

}  // namespace tickgate::gateway
