// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tickgate::feeds {

// The sign of life of a thread that feeds rings: when it last went through all its work, by the
// steady clock. It beats when idle too, so no beat means that it stands still, and that what it
// said last may be old. One thread strikes, any reads.
class Beat {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  // After everything that the thread had to say of itself was pushed: release, so that whoever
  // sees a beat finds in the rings what was said before it (that it was late, above all).
  void strike(Moment now) noexcept { at_.store(now.count(), std::memory_order_release); }
  // Zero before the first: a thread that has not begun is not late. Acquire: see strike().
  Moment age(Moment now) const noexcept {
    const Moment at{at_.load(std::memory_order_acquire)};
    return at.count() == 0 || now < at ? Moment{} : now - at;
  }

 private:
  alignas(64) std::atomic<std::int64_t> at_{0};
};

}  // namespace tickgate::feeds
