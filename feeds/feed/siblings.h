// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// Trades that came since the last update of a book, or of a quote: a market does not trade and
// trade while its best prices stand still, and every book measured moved before the next burst of
// trades. So three bursts, the first some time ago, are evidence that the other channel has died.
// One thread.
class Siblings {
 public:
  // A trade. True: it is the one that makes enough of them.
  bool on_trade(Monotonic now) {
    if (bursts_ == kEnough || (bursts_ > 0 && now - last_ < kApart)) return false;
    if (bursts_ == 0) first_ = now;
    last_ = now;
    return ++bursts_ == kEnough;
  }
  void clear() { bursts_ = 0; }

  // From when on its silence is proven, if nothing comes; max(): not by these.
  Monotonic proven_at() const { return bursts_ == kEnough ? first_ + kOld : Monotonic::max(); }

 private:
  static constexpr std::uint8_t kEnough = 3;
  static constexpr Monotonic kApart = std::chrono::milliseconds(100);
  static constexpr Monotonic kOld = std::chrono::seconds(2);

  Monotonic first_{}, last_{};
  std::uint8_t bursts_ = 0;
};

}  // namespace tickgate::feeds
