// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/fanout/monotonic.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// Series as their feed holds them now, told to a delayed lane as its time comes: of a copy first
// the bars that ended so long ago, then each further one when it did, and one that got a trade
// behind its end when that came so long ago; it holds up those behind it. By the time all of a copy
// was told, what its ring brings goes on. A bar that was open when so much later begins is told
// when it has ended. Pure; its shard's thread only.
class DelayedBars {
 public:
  // A bar ends by the venue's clock, and trades of it come behind that: so much later it is told.
  static constexpr std::int64_t kMargin = 10'000'000;  // us

  // The time is given by both clocks, from the start on: a wall clock that is set forward later
  // makes no bar older.
  DelayedBars(std::uint32_t delay_s, schemas::Timestamp wall, Monotonic now)
      : delay_(std::int64_t{delay_s} * 1'000'000), apart_(wall.value() - now.count()) {}

  // The newest copy of a series, closed bars first, then the open one; `now` by both clocks.
  // Returns what may be told at once. Forgets what is left of an older copy.
  std::vector<schemas::Bar> take(schemas::InstrumentId instrument, schemas::Interval interval,
                                 std::span<const schemas::Bar> copy, schemas::Timestamp wall,
                                 Monotonic now);
  // Of all series, as if nothing had come.
  void forget() { waiting_.clear(); }
  // Calls tell(Bar) for each whose time has come, of a series in its order. Ten times a second.
  template <typename Tell>
  void tell_due(Monotonic now, Tell&& tell) {
    for (auto one = waiting_.begin(); one != waiting_.end();) {
      auto& bars = one->second;
      for (; !bars.empty() && bars.front().due <= now; bars.pop_front()) tell(bars.front().bar);
      bars.empty() ? waiting_.erase(one++) : ++one;
    }
  }

 private:
  struct Waiting {
    Monotonic due;
    schemas::Bar bar;
  };

  std::int64_t delay_;
  std::int64_t apart_;  // how far the wall clock was ahead of the steady one
  std::unordered_map<std::uint64_t, std::deque<Waiting>> waiting_;  // by instrument and interval
};

}  // namespace tickgate::gateway
