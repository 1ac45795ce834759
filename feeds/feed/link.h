// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

#include "feeds/feed/backoff.h"
#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// Whether there is a connection, and when the next attempt at one is due: ever later while it
// fails, each attempt with a deadline, and a planned end before the venue makes one. One thread.
class Link {
 public:
  enum class Phase : std::uint8_t { kDown, kConnecting, kUp };

  // `lifetime`: after at most so long it is to be left; 0: never.
  Link(const Backoff::Settings& backoff, Monotonic lifetime)
      : backoff_(backoff), lifetime_(lifetime) {}

  Phase phase() const { return phase_; }
  bool up() const { return phase_ == Phase::kUp; }
  Monotonic up_since() const { return up_since_; }

  // An attempt begins; it came up; it is no more, for good.
  void begin_attempt(Monotonic now);
  void come_up(Monotonic now, std::mt19937_64& random);
  void shut() { phase_ = Phase::kDown; }
  // Fresh values came over it: whatever ends it now, we can reach the venue.
  void deliver() { delivered_ = true; }
  // Failed, or lost: the next attempt after the returned delay, `least` or longer.
  Monotonic drop(Monotonic now, Monotonic least, std::mt19937_64& random);
  // Likewise, but the end was to be expected and is no failure.
  void drop_for(Monotonic delay, Monotonic now);

  bool attempt_due(Monotonic now) const { return now >= next_attempt_; }
  bool attempt_too_long(Monotonic now) const;
  bool at_planned_end(Monotonic now) const { return now >= planned_end_; }

 private:
  void note_loss(Monotonic now) {
    backoff_.lost_after(up() ? now - up_since_ : Monotonic{}, delivered_);
    delivered_ = false;
  }

  Phase phase_ = Phase::kDown;
  bool delivered_ = false;  // since it came up
  Backoff backoff_;
  Monotonic lifetime_;
  Monotonic next_attempt_{};
  Monotonic attempt_since_{};  // kConnecting: when it began
  Monotonic up_since_{};       // kUp
  Monotonic planned_end_{};
};

}  // namespace tickgate::feeds
