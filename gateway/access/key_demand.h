// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "schemas/ids.h"

namespace tickgate::gateway {

// Tokens that name a key which is not held, and whoever may fetch it. A fetch is asked for at most
// every 30 s, whatever comes of it and however many ask: the moment is claimed before, by time
// alone. Any thread; outlives the guards that have it.
class KeyDemand {
 public:
  static constexpr std::int64_t kBetween = 30'000'000;  // us
  // For so long after one was asked for, whoever asks is told to come again.
  static constexpr std::int64_t kPatience = 2'000'000;  // us

  // `fetch` is called on the thread of whoever asks; it must not wait.
  explicit KeyDemand(std::function<void()> fetch) : fetch_(std::move(fetch)) {}

  // Whether the key may be there soon.
  bool ask(schemas::Timestamp now) {
    // Relaxed: nothing but the time itself is told by it.
    auto last = asked_.load(std::memory_order_relaxed);
    const auto since = now.value() - last;
    if (since >= 0 && since < kPatience) return true;
    // A clock that was set back is no reason to wait for it.
    if (since >= 0 && since < kBetween) return pending();
    if (asked_.compare_exchange_strong(last, now.value(), std::memory_order_relaxed)) fetch_();
    return true;
  }

  // Whether keys are being fetched: by whoever fetches, when that begins, and when what came of it
  // is in force. Relaxed, as above: who looks a moment too soon or too late is asked again.
  void set_pending(bool pending) { pending_.store(pending, std::memory_order_relaxed); }
  bool pending() const { return pending_.load(std::memory_order_relaxed); }

 private:
  std::function<void()> fetch_;
  std::atomic<bool> pending_{false};
  std::atomic<std::int64_t> asked_{-kBetween};
};

}  // namespace tickgate::gateway
