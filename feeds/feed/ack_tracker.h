// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// Subscriptions sent and not yet answered, each with the time by which it should be. Holds each
// subscription at most once, so it is bounded by what we subscribe to. One thread.
class AckTracker {
 public:
  // Again: the newer deadline counts.
  void expect(std::span<const VenueSubscription> awaited, Monotonic deadline) {
    for (const auto subscription : awaited) {
      answered(subscription);
      waiting_.push_back({subscription, deadline});
    }
  }

  // True when it was awaited. Acknowledged or refused, an answer is an answer.
  bool answered(VenueSubscription subscription) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
      return waiting.subscription == subscription;
    });
    if (found == waiting_.end()) return false;
    *found = waiting_.back();
    waiting_.pop_back();
    return true;
  }

  // Those whose time is over; they are forgotten here.
  std::vector<VenueSubscription> pop_overdue(Monotonic now) {
    std::vector<VenueSubscription> overdue;
    const auto kept = std::remove_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
      if (waiting.deadline > now) return false;
      overdue.push_back(waiting.subscription);
      return true;
    });
    waiting_.erase(kept, waiting_.end());
    return overdue;
  }

  // Whatever it is, nobody waits for it any more.
  void forget(schemas::InstrumentId instrument) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
      return waiting.subscription.instrument == instrument;
    });
  }

  bool awaits(schemas::InstrumentId instrument) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
      return waiting.subscription.instrument == instrument;
    });
  }

  std::size_t size() const { return waiting_.size(); }
  void clear() { waiting_.clear(); }

 private:
  struct Waiting {
    VenueSubscription subscription;
    Monotonic deadline;
  };

  std::vector<Waiting> waiting_;
};

}  // namespace tickgate::feeds
