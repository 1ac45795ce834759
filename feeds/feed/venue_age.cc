// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/venue_age.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kDriftOneIn = 10'000;  // 100 ppm, more than any clock that is kept
constexpr Monotonic kMostMove = milliseconds(50);
constexpr Monotonic kFall = milliseconds(250);
// On its way to us, and in the queues of a venue that is well, no message is so long.
constexpr Monotonic kUsual = milliseconds(500);
constexpr int kFalls = 3;
constexpr Monotonic kFallen = seconds(1);

Monotonic skew_of(Moment now) { return Monotonic(now.wall.value()) - now.steady; }

}  // namespace

void VenueAge::open(Moment now) {
  least_.reset();
  age_ = kUnknown;
  falls_ = 0;
  relearned_ = false;
  skew_ = skew_of(now);
}

bool VenueAge::pass(Moment now) {
  const auto moved = skew_of(now) - skew_;
  skew_ += moved;
  if (moved <= kMostMove && moved >= -kMostMove) [[likely]]
    return false;
  if (least_) *least_ += moved;
  falls_ = 0;
  return true;
}

void VenueAge::on_clock(Monotonic least, Monotonic most, Moment now) {
  if (!least_ || *least_ > most + kUsual) {
    least_ = most + kUsual;
  } else if (*least_ < least) {
    least_ = least;
  } else {
    return;
  }
  least_at_ = now.steady;
  falls_ = 0;
}

Monotonic VenueAge::on_stamp(schemas::Timestamp venue_time, Moment now) {
  relearned_ = false;
  const Monotonic offset(now.wall.value() - venue_time.value());
  if (!least_) {
    least_ = offset;
    least_at_ = now.steady;
  }
  const auto drifted = *least_ + (now.steady - least_at_) / kDriftOneIn;
  if (offset < *least_ - kFall) [[unlikely]]
    return age_ = fall(offset, now.steady);
  falls_ = 0;
  if (offset <= drifted) {
    least_ = offset;
    least_at_ = now.steady;
    return age_ = Monotonic{};
  }
  return age_ = offset - drifted;
}

// One stamp an hour ahead must not make all that follow an hour old.
Monotonic VenueAge::fall(Monotonic offset, Monotonic now) {
  if (falls_ == 0) fallen_since_ = now;
  fallen_to_ = falls_ == 0 ? offset : std::max(fallen_to_, offset);
  if (++falls_ >= kFalls && now - fallen_since_ >= kFallen) {
    least_ = fallen_to_;
    least_at_ = now;
    falls_ = 0;
    relearned_ = true;
  }
  return std::max(age_, Monotonic{});
}

}  // namespace tickgate::feeds
