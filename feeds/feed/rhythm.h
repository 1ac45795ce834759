// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// The rhythm in which something updates, learned from it, so that silence can be told from
// quietness: what trades once an hour is well, what ticked every second and stopped is not.
// A few additions per update; one thread.
class Rhythm {
 public:
  struct Settings {
    Monotonic floor = std::chrono::seconds(10);  // no shorter silence is called stale
    std::uint32_t min_updates = 20;              // fewer, and nothing is known yet
    std::int64_t mean_factor = 20;               // silence beyond this many typical gaps ...
    std::int64_t longest_factor = 3;             // ... and this many times the longest recent one
  };

  void update(Monotonic now) {
    if (count_ == 0) {
      first_ = window_start_ = now;
    } else {
      const auto gap = std::max(Monotonic{}, now - last_);
      // An average over about the last 16 gaps, the plain one until there are as many.
      mean_ += (gap - mean_) / std::min<std::int64_t>(count_, 16);
      if (now - window_start_ >= kWindow) {
        longest_before_ = longest_;
        longest_ = Monotonic{};
        window_start_ = now;
      }
      longest_ = std::max(longest_, gap);
    }
    last_ = now;
    if (count_ < UINT32_MAX) ++count_;
  }

  // Enough seen, over long enough, to judge its silence.
  bool known(const Settings& settings) const {
    return count_ >= settings.min_updates && last_ - first_ >= settings.floor;
  }

  // The silence that its rhythm still explains; at least the floor.
  Monotonic patience(const Settings& settings) const {
    const auto longest = std::max(longest_, longest_before_);
    return std::max(
        {settings.floor, mean_ * settings.mean_factor, longest * settings.longest_factor});
  }

  bool stale(Monotonic now, const Settings& settings) const {
    return known(settings) && now - last_ > patience(settings);
  }

  std::uint32_t count() const { return count_; }
  Monotonic last() const { return last_; }

  // After a reconnect: the silence in between was not the instrument's. What was learned stays.
  void resume(Monotonic now) {
    if (count_ > 0) last_ = now;
  }

 private:
  // "Recent": this window and the one before it.
  static constexpr Monotonic kWindow = std::chrono::minutes(10);

  Monotonic first_{}, last_{}, mean_{};
  Monotonic window_start_{}, longest_{}, longest_before_{};
  std::uint32_t count_ = 0;
};

}  // namespace tickgate::feeds
