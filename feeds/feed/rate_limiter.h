// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// A token bucket by given time: `burst` at once, then `per_second` in the long run. One thread.
class RateLimiter {
 public:
  // per_second > 0, burst >= 1. Starts full.
  RateLimiter(double per_second, double burst)
      : per_microsecond_(per_second / 1e6), burst_(std::max(1.0, burst)), tokens_(burst_) {}

  // So many tokens, or none at all. More than a burst is given when there is a whole one, and
  // what follows waits for the rest. Time that goes backwards gives nothing and costs nothing.
  bool try_acquire(Monotonic now, double amount = 1.0) {
    refill(now);
    if (tokens_ < std::min(amount, burst_) - kRounding) return false;
    tokens_ -= amount;
    return true;
  }

  // One though there may be none: what follows waits for it, a whole burst at most.
  void borrow(Monotonic now) {
    refill(now);
    tokens_ = std::max(tokens_ - 1.0, -burst_);
  }

 private:
  static constexpr double kRounding = 1e-9;  // of a sum of many small refills

  void refill(Monotonic now) {
    if (!started_) {
      started_ = true;
      last_ = now;
    }
    if (now <= last_) return;
    tokens_ =
        std::min(burst_, tokens_ + static_cast<double>((now - last_).count()) * per_microsecond_);
    last_ = now;
  }

  double per_microsecond_;
  double burst_;
  double tokens_;
  Monotonic last_{};
  bool started_ = false;
};

}  // namespace tickgate::feeds
