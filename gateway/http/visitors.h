// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "gateway/http/http_refusal.h"

namespace tickgate::gateway {

// Those who are being answered over plain HTTP, at all doors that share this, and what they hold.
// Any thread; the mutex is taken twice for a request, and for nothing else.
class Visitors {
 public:
  struct Limits {
    std::uint32_t all = 256;
    std::uint32_t of_a_host = 32;          // 0: no limit
    std::size_t bytes = 16 * 1024 * 1024;  // of requests and unread answers
  };

  explicit Visitors(Limits limits) { set_limits(limits); }

  // Any thread, at any time: whoever is counted stays so.
  void set_limits(Limits limits) {
    all_.store(limits.all, std::memory_order_relaxed);
    of_a_host_.store(limits.of_a_host, std::memory_order_relaxed);
    most_bytes_.store(limits.bytes, std::memory_order_relaxed);
  }

  // nullopt: counted, until leave().
  std::optional<HttpRefusal> admit(std::uint64_t host);
  void leave(std::uint64_t host);

  // False: they would hold too much together; nothing is taken then.
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  // Memory is short: nobody is admitted meanwhile. Main thread.
  void set_tight(bool tight) { tight_.store(tight, std::memory_order_relaxed); }

  std::uint32_t most() const { return all_.load(std::memory_order_relaxed); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint32_t count() const;

 private:
  std::atomic<std::uint32_t> all_{0}, of_a_host_{0};  // the limits; relaxed: each by itself
  std::atomic<std::size_t> most_bytes_{0};            // likewise
  mutable std::mutex mutex_;
  std::uint32_t count_ = 0;                                 // under the mutex
  std::unordered_map<std::uint64_t, std::uint32_t> hosts_;  // under the mutex
  std::atomic<std::size_t> bytes_{0};                       // relaxed: a sum, no more
  std::atomic<bool> tight_{false};                          // relaxed: a hint
};

}  // namespace tickgate::gateway
