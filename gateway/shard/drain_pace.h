// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "gateway/fanout/monotonic.h"

namespace tickgate::gateway {

// How many of a drain's clients are to have been told by now: evenly over `spread`, the first at
// once. So they come to the other gateways evenly too, whether they move when they are told, when
// they are closed, or at a moment of their own between.
class DrainPace {
 public:
  DrainPace(Monotonic begin, std::chrono::milliseconds spread, std::size_t clients)
      : begin_(begin), spread_(spread), clients_(clients) {}

  std::size_t due(Monotonic now) const {
    if (now >= begin_ + spread_) return clients_;
    const auto passed = static_cast<std::size_t>(std::max((now - begin_).count(), Rep{0}));
    return std::min(clients_, clients_ * passed / static_cast<std::size_t>(spread_.count()) + 1);
  }
  // Nobody could be told for so long.
  void forgive(Monotonic paused) { begin_ += paused; }

 private:
  using Rep = Monotonic::rep;

  Monotonic begin_, spread_;
  std::size_t clients_;
};

}  // namespace tickgate::gateway
