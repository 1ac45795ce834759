// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

// When bars of one series that had ended long ago got a trade, lately: whoever may know of a trade
// only so much later is told such a bar by that moment, and not by its end. Times are microseconds,
// of a bar's start by the venue's clock and of the moment by ours. Few are held: of more, the
// oldest become one, of all of which is said what is true of the newest among them.
class LateTrades {
 public:
  static constexpr std::size_t kMost = 16;
  // Who is delayed is told a bar so long behind its end at the least, in microseconds: a trade that
  // came sooner makes no difference to him.
  static constexpr std::int64_t kSoon = 10'000'000;

  // A trade of the bar at `start` came at `now`. Forgets those before `forgotten`.
  void note(std::int64_t start, std::int64_t now, std::int64_t forgotten) {
    std::erase_if(bars_, [&](const Late& one) { return one.at < forgotten || one.is(start); });
    if (bars_.size() == kMost) {
      const auto oldest = bars_.front();
      bars_.erase(bars_.begin());
      bars_.front().from = std::min(bars_.front().from, oldest.from);
      bars_.front().to = std::max(bars_.front().to, oldest.to);
    }
    bars_.push_back({start, start, now});
  }

  // Says it of each of these, as the time at which it was received.
  void mark(std::span<schemas::Bar> bars) const {
    for (auto& bar : bars) {
      for (const auto& one : bars_) {
        if (bar.start.value() < one.from || bar.start.value() > one.to) continue;
        bar.header.receive_time = std::max(bar.header.receive_time, schemas::Timestamp{one.at});
      }
    }
  }

 private:
  struct Late {
    std::int64_t from, to;  // of bars, by their start
    std::int64_t at;
    bool is(std::int64_t start) const { return from == start && to == start; }
  };
  std::vector<Late> bars_;  // the oldest first
};

}  // namespace tickgate::feeds
