// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rate_limiter.h"

namespace tickgate::feeds {

// What an adapter wants sent and fetched, given out as fast as the venue permits, in the order of
// the requests. What was taken from the limits outlives a connection: the venue counts too. One
// thread.
class RequestQueue {
 public:
  struct Send {
    std::string text;
    std::vector<VenueSubscription> awaited;
  };

  explicit RequestQueue(const VenueLimits& limits)
      : send_limiter_(limits.sends_per_second, static_cast<double>(limits.send_burst)),
        fetch_limiter_(limits.fetches_per_second, 1) {}

  void send(std::string text, std::span<const VenueSubscription> awaited) {
    sends_.push_back({std::move(text), {awaited.begin(), awaited.end()}});
  }
  void fetch(std::string url) { fetches_.push_back(std::move(url)); }

  // The next one, when the limits permit it now.
  std::optional<Send> pop_send(Monotonic now);
  std::optional<std::string> pop_fetch(Monotonic now);

  // The venue asked us to fetch less.
  void pause_fetches(Monotonic until) { no_fetch_before_ = until; }
  // Nothing waits, and nothing would have to.
  bool clear_way(Monotonic now) const {
    return sends_.empty() && fetches_.empty() && now >= no_fetch_before_;
  }
  // More waits than any venue's subscriptions and resyncs: something is badly wrong.
  bool overfull() const { return sends_.size() + fetches_.size() > kMost; }
  // The connection is gone, and with it whoever would have been told.
  void clear();

 private:
  static constexpr std::size_t kMost = 10'000;

  std::deque<Send> sends_;
  std::deque<std::string> fetches_;
  RateLimiter send_limiter_, fetch_limiter_;
  Monotonic no_fetch_before_{};
};

}  // namespace tickgate::feeds
