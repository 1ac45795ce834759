// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "feeds/publish/histogram.h"

namespace tickgate::feeds {

// The sign of life of a thread that feeds rings: when it last went through all its work, by the
// steady clock. It beats when idle too, so no beat means that it stands still, and that what it
// said last may be old. One thread strikes, any reads.
class Beat {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  // It beats so often: a second without one is no busy machine any more.
  static constexpr Moment kEach = std::chrono::milliseconds{50};
  static constexpr Moment kLimit = std::chrono::seconds{1};

  // After everything that the thread had to say of itself was pushed: release, so that whoever
  // sees a beat finds in the rings what was said before it (that it was late, above all).
  void strike(Moment now) noexcept {
    const auto last = at_.load(std::memory_order_relaxed);
    if (last != 0) lags_.observe(now - Moment{last} - kEach);
    if (last != 0 && now.count() - last > kLimit.count()) [[unlikely]]
      pauses_.store(pauses_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    at_.store(now.count(), std::memory_order_release);
  }
  // Zero before the first: a thread that has not begun is not late. Acquire: see strike().
  Moment age(Moment now) const noexcept {
    const Moment at{at_.load(std::memory_order_acquire)};
    return at.count() == 0 || now < at ? Moment{} : now - at;
  }
  // How often it stood still and moved again, for whoever did not look meanwhile. Read after age():
  // a pause whose end was seen there has been counted.
  std::uint64_t pauses() const noexcept { return pauses_.load(std::memory_order_relaxed); }
  // How late beats came.
  const StageHistogram& lags() const noexcept { return lags_; }

 private:
  alignas(64) std::atomic<std::int64_t> at_{0};
  std::atomic<std::uint64_t> pauses_{0};
  StageHistogram lags_;
};

}  // namespace tickgate::feeds
