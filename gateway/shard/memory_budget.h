// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tickgate::gateway {

// What this process may hold in memory, and what the shards do as it comes near: over 80% nobody
// new is taken in; over 90% clients are shed until 85% would be left. Feeds are never touched. The
// main thread says what is held, shards read it; relaxed, for they are numbers and no more. Pure.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : bytes_(bytes) {}  // 0: there is none

  // Main thread.
  void set_bytes(std::uint64_t bytes) { bytes_.store(bytes, std::memory_order_relaxed); }
  // Main thread, ten times a second.
  void note(std::uint64_t held) {
    held_.store(held, std::memory_order_relaxed);
    const auto all = bytes();
    const bool sheds = all > 0 && held > all / 10 * 9;
    const auto excess = sheds ? held - all / 20 * 17 : 0;
    excess_.store(static_cast<std::int64_t>(excess), std::memory_order_relaxed);
  }

  // Any thread.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t held() const { return held_.load(std::memory_order_relaxed); }
  bool is_tight() const {
    const auto all = bytes();
    return all > 0 && held() > all / 10 * 8;
  }
  // What the shards together are still to shed; they subtract what they did.
  std::size_t excess() const {
    return static_cast<std::size_t>(
        std::max(std::int64_t{0}, excess_.load(std::memory_order_relaxed)));
  }
  void note_shed(std::size_t bytes) {
    excess_.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    shed_.fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t shed() const { return shed_.load(std::memory_order_relaxed); }  // clients, so far

 private:
  std::atomic<std::uint64_t> bytes_;
  std::atomic<std::uint64_t> held_{0};
  std::atomic<std::int64_t> excess_{0};
  std::atomic<std::uint64_t> shed_{0};
};

// What one client makes a shard hold.
struct Holding {
  std::size_t waiting = 0;  // what it does not read, or has not said to the end
  std::size_t all = 0;      // with what it subscribed to
  std::size_t client = 0;   // the shard's
};

// Who goes for `excess` bytes, at most `most` of them: the largest of those with much waiting; only
// where there are none, the largest of the others. Nobody who holds little goes.
std::vector<Holding> choose_to_shed(std::span<const Holding> clients, std::size_t excess,
                                    std::size_t most);

}  // namespace tickgate::gateway
