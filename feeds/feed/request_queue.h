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

// How fast a feed may fetch, over all of its connections: venues count by the host that asks. One
// thread.
class FetchLimit {
 public:
  explicit FetchLimit(double per_second) : limiter_(per_second, 1) {}

  bool admit(Monotonic now) { return !paused(now) && limiter_.take(now); }
  // The venue asked us to fetch less.
  void pause(Monotonic until) { not_before_ = until; }
  bool paused(Monotonic now) const { return now < not_before_; }

 private:
  RateLimiter limiter_;
  Monotonic not_before_{};
};

// What an adapter wants sent and fetched, given out as fast as the venue permits, in the order of
// the requests. What was taken from the limits outlives a connection: the venue counts too. What is
// urgent goes first and never waits, since a venue that gets no answer hangs up; but it counts, for
// the venue counts it, and what is less urgent waits the longer. One thread.
class RequestQueue {
 public:
  struct Send {
    std::string text;
    std::vector<VenueSubscription> awaited;
    bool secret = false;
  };

  // `fetches` outlives it.
  RequestQueue(const VenueLimits& limits, FetchLimit& fetches)
      : send_limiter_(limits.sends_per_second, static_cast<double>(limits.send_burst)),
        fetch_limit_(fetches) {}

  void send(std::string text, std::span<const VenueSubscription> awaited) {
    sends_.push_back({std::move(text), {awaited.begin(), awaited.end()}});
    ++size_;
  }
  void send_urgent(std::string text) {
    urgent_.push_back({std::move(text), {}});
    ++size_;
  }
  void send_secret(std::string text) {
    sends_.push_back({std::move(text), {}, true});
    ++size_;
  }
  void fetch(FetchRequest request);

  // The next one, when the limits permit it now.
  std::optional<Send> pop_send(Monotonic now);
  std::optional<FetchRequest> pop_fetch(Monotonic now);

  // Nothing waits, and nothing would have to.
  bool clear_way(Monotonic now) const {
    return sends_.empty() && fetches_.empty() && !fetch_limit_.paused(now);
  }
  // Of those given out to be fetched, one was answered.
  void on_fetched() {
    if (in_flight_ > 0) --in_flight_;
  }
  bool all_answered(Monotonic now) const { return clear_way(now) && in_flight_ == 0; }
  // More waits than any venue's subscriptions and resyncs: something is badly wrong.
  bool overfull() const { return size_ > kMost; }
  // There is nothing to give out, nor will be: asked after every message.
  bool empty() const { return size_ == 0; }
  // The connection is gone, and with it whoever would have been told.
  void clear();

 private:
  static constexpr std::size_t kMost = 10'000;

  struct Periodic {
    FetchRequest request;
    Monotonic due{};
    bool waits = true;  // in fetches_
  };

  void ask_again(Monotonic now);

  std::deque<Send> urgent_, sends_;
  std::deque<FetchRequest> fetches_;
  std::vector<Periodic> periodic_;
  std::size_t size_ = 0;  // of all four
  RateLimiter send_limiter_;
  FetchLimit& fetch_limit_;
  std::size_t in_flight_ = 0;
};

}  // namespace tickgate::feeds
