// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/link.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

// The io has deadlines of its own; this is the last resort.
constexpr Monotonic kAttemptTimeout = std::chrono::seconds(45);

}  // namespace

void Link::begin_attempt(Monotonic now) {
  phase_ = Phase::kConnecting;
  attempt_since_ = now;
}

void Link::come_up(Monotonic now, std::mt19937_64& random) {
  phase_ = Phase::kUp;
  up_since_ = now;
  planned_end_ = Monotonic::max();
  if (lifetime_.count() == 0) return;
  // Early by up to a tenth, so that those opened together do not all leave together; and by a
  // fiftieth at least, in which another one is made to replace it.
  std::uniform_int_distribution<Monotonic::rep> spread(lifetime_.count() / 10 * 9,
                                                       lifetime_.count() / 50 * 49);
  planned_end_ = now + Monotonic(spread(random));
}

Monotonic Link::drop(Monotonic now, Monotonic least, std::mt19937_64& random) {
  note_loss(now);
  const auto delay = std::max(backoff_.next(random), least);
  phase_ = Phase::kDown;
  next_attempt_ = now + delay;
  return delay;
}

void Link::drop_for(Monotonic delay, Monotonic now) {
  note_loss(now);
  phase_ = Phase::kDown;
  next_attempt_ = now + delay;
}

bool Link::attempt_too_long(Monotonic now) const { return now - attempt_since_ >= kAttemptTimeout; }

}  // namespace tickgate::feeds
