// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/backlog.h"

#include <fmt/format.h>

#include <algorithm>

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Whoever drives us comes at least each 50 ms; measured under load, never a second late.
constexpr Monotonic kLate = seconds(1);
// No venue measured was ever beyond the second, but at the start.
constexpr Monotonic kOld = seconds(2);
constexpr Monotonic kFresh = milliseconds(500);
// What is read must grow younger by half a second a second, or we shall not see its end.
constexpr Monotonic kProgressEach = seconds(1);
constexpr Monotonic kProgress = milliseconds(500);
constexpr Monotonic kWithoutProgress = seconds(5);

}  // namespace

void Backlog::open(Moment now) {
  age_.open(now);
  passed_ = now.steady;
  behind_ = paused_ = clock_set_ = unknowable_ = false;
}

Backlog::Change Backlog::pass(Moment now) {
  const auto late = now.steady - passed_;
  passed_ = now.steady;
  clock_set_ = age_.pass(now);
  if (late <= kLate) [[likely]]
    return Change::kNone;
  reason_ = fmt::format("paused {} s, catching up",
                        std::chrono::round<std::chrono::seconds>(late).count());
  behind_ = paused_ = true;
  stamped_ = false;
  mark_at_ = progress_at_ = now.steady;
  mark_age_ = late;
  return Change::kBehind;
}

Backlog::Change Backlog::on_stamp(schemas::Timestamp venue_time, Moment now) {
  // What waits to be read must not be the measure of itself.
  if (paused_ && !age_.known()) [[unlikely]]
    return Change::kNone;
  const auto age = age_.on_stamp(venue_time, now);
  if (!behind_) [[likely]] {
    if (age <= kOld) [[likely]]
      return Change::kNone;
    reason_ = fmt::format("the venue's data is {} s old",
                          std::chrono::round<std::chrono::seconds>(age).count());
    behind_ = stamped_ = true;
    mark_at_ = progress_at_ = now.steady;
    mark_age_ = age;
    return Change::kBehind;
  }
  stamped_ = true;
  unknowable_ = unknowable_ || age_.relearned();
  watch_progress(now.steady);
  // A stamp that is not believed yet is no proof that we have caught up.
  if (age >= kFresh || unknowable_ || age_.falling()) return Change::kNone;
  behind_ = paused_ = false;
  return Change::kCaughtUp;
}

void Backlog::on_clock(Monotonic least, Monotonic most, Moment now) {
  age_.on_clock(least, most, now);
  unknowable_ = false;
}

void Backlog::watch_progress(Monotonic now) {
  if (now - mark_at_ < kProgressEach) return;
  const auto due = (now - mark_at_) / (kProgressEach / kProgress);
  if (mark_age_ - age_.age() >= due) progress_at_ = now;
  mark_at_ = now;
  mark_age_ = age_.age();
}

bool Backlog::hopeless(Monotonic now) {
  if (!behind_) return false;
  if (unknowable_) return true;
  if (stamped_) watch_progress(now);
  return now - progress_at_ >= kWithoutProgress;
}

}  // namespace tickgate::feeds
