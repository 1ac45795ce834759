// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// The rhythm in which one channel updates, learned from it, so that silence can be told from
// quietness. Its measure is the longest gap of two windows, and no distribution: gaps of real
// markets are neither independent nor stationary. What it learns of is gaps that were its own: not
// the first one after resume(), and none longer than its own patience, unless it was confirmed, or
// comes three times within an hour. 32 bytes a channel, a few additions an update. One thread.
class Rhythm {
 public:
  struct Settings {
    Monotonic floor = std::chrono::seconds(3);  // no shorter silence is called stale
    std::int64_t factor = 4;                    // so many of its longest gap are its patience ...
    std::int64_t few_factor = 40;               // ... and so many by the number of gaps seen
  };
  enum class Lesson : std::uint8_t {
    kOwn,        // the gap before it was its own
    kConfirmed,  // likewise, and the venue was asked in between
    kNone,       // it was ours, or the link's
  };

  // No silence beyond it is explained by a rhythm (but by a floor that is longer).
  static constexpr Monotonic kCap = std::chrono::minutes(15);
  // While too little was seen: at least so long, and doubled with each time it is confirmed.
  static constexpr Monotonic kUnknown = std::chrono::seconds(60);

  void update(Monotonic now, const Settings& settings, Lesson lesson = Lesson::kOwn) {
    const auto gap = now - last_;
    if (begun_ == kFirst && gap.count() > 0) begun_ = kBegun;
    if (begun_ != kBegun) [[unlikely]]
      return begin(now);
    const bool one_read = gap < kLeastGap && unit(now) == unit(last_);
    last_ = now;
    // Ten updates of one read are one piece of evidence.
    if (one_read || lesson == Lesson::kNone) return;
    if (gap.count() > longest_) [[unlikely]] {
      if (!learn(gap, settings, lesson)) return;
    }
    if (gaps_ < std::numeric_limits<std::uint16_t>::max()) ++gaps_;
    if (window_gaps_ < kWindowGaps) ++window_gaps_;
    if (!known_) [[unlikely]]
      known_ = gaps_ >= kEnough && now - at(window_start_) >= least_seen();
    if (window_gaps_ == kWindowGaps && known_ && now - at(window_start_) >= kWindow) turn_window();
  }

  // What comes next is no news, and the gap before it no gap: a connection, a subscription, a
  // pause.
  void resume(Monotonic now) {
    if (!known_ && gaps_ > 0) window_start_ = unit(at(window_start_) + (now - last_));
    last_ = now;
    begun_ = kNothing;
  }
  // It was asked for again: likewise, but its silence goes on until then.
  void expect_history() { begun_ = kNothing; }
  // Another connection speaks for it: what was learned stays, the silence is that one's.
  void follow(const Rhythm& other) {
    last_ = other.last_;
    begun_ = other.begun_;
  }
  // The venue was asked during a silence, and has nothing newer: more patience, if little is known.
  void confirm() {
    if (!known_ && doublings_ < kMostDoublings) ++doublings_;
  }

  // Enough seen, over long enough, to judge its silence.
  bool known() const { return known_; }
  // What comes at this moment is the first since resume(), and may be history.
  bool history(Monotonic now) const {
    return begun_ == kNothing || (begun_ == kFirst && now == last_);
  }
  // Since resume(), something came.
  bool heard() const { return begun_ != kNothing; }
  // The silence that its rhythm still explains.
  Monotonic patience(const Settings& settings) const {
    const auto least =
        known_ ? settings.floor : std::max(settings.floor, kUnknown * (1 << doublings_));
    if (gaps_ == 0) return std::min(least, std::max(kCap, settings.floor));
    const std::int64_t longest = std::max(longest_, longest_before_);
    const Monotonic own{longest * settings.factor + longest * settings.few_factor / gaps_};
    return std::min(std::max(own, least), std::max(kCap, settings.floor));
  }
  // The last update, or resume().
  Monotonic last() const { return last_; }
  std::uint32_t gaps() const { return gaps_; }
  // The longest gap that was its own, of the two windows.
  Monotonic longest() const { return Monotonic(std::max(longest_, longest_before_)); }

 private:
  // Since resume(): nothing; only what came at one moment (which may be history); more.
  enum Begun : std::uint8_t { kNothing, kFirst, kBegun };

  static constexpr Monotonic kLeastGap = std::chrono::milliseconds(15);
  static constexpr Monotonic kLeastSeen = std::chrono::seconds(10);
  static constexpr Monotonic kWindow = std::chrono::minutes(30);
  static constexpr Monotonic kSlowdown = std::chrono::hours(1);
  static constexpr std::uint16_t kEnough = 20;
  static constexpr std::uint8_t kWindowGaps = 100;
  static constexpr unsigned kMostDoublings = 4;
  static constexpr unsigned kSlowGaps = 3;

  // Times that need not be exact, in 65.5 ms.
  static std::uint32_t unit(Monotonic time) {
    return static_cast<std::uint32_t>(time.count() >> 16);
  }
  static Monotonic at(std::uint32_t unit) { return Monotonic(std::int64_t{unit} << 16); }
  static std::uint32_t short_gap(Monotonic gap) {
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(gap.count(), std::numeric_limits<std::uint32_t>::max()));
  }
  Monotonic least_seen() const {
    return std::max(kLeastSeen, Monotonic(std::int64_t{longest_} * 10));
  }

  void begin(Monotonic now) {
    if (gaps_ == 0) window_start_ = unit(now);
    last_ = now;
    begun_ = kFirst;
  }
  // One longer than any of this window. False: it teaches nothing.
  bool learn(Monotonic gap, const Settings& settings, Lesson lesson) {
    if (lesson != Lesson::kConfirmed && gap > patience(settings)) {
      if (slow_gaps_ == 0 || last_ - at(slow_since_) > kSlowdown) {
        slow_gaps_ = 0;
        slow_since_ = unit(last_);
        slow_least_ = std::numeric_limits<std::uint32_t>::max();
      }
      slow_least_ = std::min(slow_least_, short_gap(gap));
      if (++slow_gaps_ < kSlowGaps) return false;
      gap = Monotonic(slow_least_);
    }
    slow_gaps_ = 0;
    longest_ = std::max(longest_, short_gap(gap));
    return true;
  }
  void turn_window() {
    longest_before_ = longest_;
    longest_ = 0;
    window_gaps_ = 0;
    window_start_ = unit(last_);
  }

  Monotonic last_{};
  std::uint32_t longest_ = 0, longest_before_ = 0;  // microseconds
  std::uint32_t window_start_ = 0;                  // while not known: when it was first seen
  std::uint32_t slow_since_ = 0, slow_least_ = 0;   // gaps beyond patience: since when, the least
  std::uint16_t gaps_ = 0;
  std::uint8_t window_gaps_ : 7 = 0;
  std::uint8_t known_ : 1 = 0;
  std::uint8_t begun_ : 2 = kNothing;
  std::uint8_t doublings_ : 3 = 0;
  std::uint8_t slow_gaps_ : 3 = 0;
};
static_assert(sizeof(Rhythm) == 32);

}  // namespace tickgate::feeds
