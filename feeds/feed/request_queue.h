// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/host_budget.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rate_limiter.h"
#include "feeds/publish/demand.h"

namespace tickgate::feeds {

// What an adapter wants sent and fetched, given out as fast as the venue permits: messages in the
// order of the requests; of fetches those of no instrument first, then by how many follow it, and
// last what nobody's price waits for, of which few are under way at a time. What
// was taken from the limits outlives a connection: the venue counts too. What is urgent goes first
// and never waits, since a venue that gets no answer hangs up; but it counts, for the venue counts
// it, and what is less urgent waits the longer. One thread.
class RequestQueue {
 public:
  struct Send {
    std::string text;
    std::vector<VenueSubscription> awaited;
    bool secret = false;
  };

  // `hosts`, and `demand` which may be null, outlive it; `home` is the budget of the connection's
  // own host.
  RequestQueue(const VenueLimits& limits, FeedHosts& hosts, HostBudget& home,
               const Demand* demand = nullptr)
      : limits_(limits),
        send_limiter_(limits.sends_per_second, static_cast<double>(limits.send_burst)),
        sends_limited_(home.sends() != nullptr ? *home.sends() : send_limiter_),
        hosts_(hosts),
        demand_(demand) {}
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

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

  // Nothing waits, and nothing would have to; what goes last is in nobody's way.
  bool clear_way(Monotonic now) const {
    return sends_.empty() && fetches_.size() == behind_ && hosts_.paused(now) == nullptr;
  }
  // Of those given out to be fetched, this one was answered.
  void on_fetched(std::string_view url) {
    if (in_flight_ > 0) --in_flight_;
    if (background_.empty()) return;
    const auto found = std::ranges::find(background_, url);
    if (found != background_.end()) background_.erase(found);
  }
  bool all_answered(Monotonic now) const { return clear_way(now) && in_flight_ == 0; }
  // More waits than any venue's subscriptions and resyncs: something is badly wrong.
  bool overfull() const { return size_ > kMost; }
  // There is nothing to give out, nor will be: asked after every message.
  bool empty() const { return size_ == 0; }
  // The connection is gone, and with it whoever would have been told.
  void clear();

  // What is given out can't be called back when the host asks us to pause.
  static constexpr std::size_t kMostInFlight = 8, kMostInBackground = 2;

 private:
  static constexpr std::size_t kMost = 10'000;
  // Not after every message, while it waits for its turn.
  static constexpr Monotonic kLookAgain = std::chrono::milliseconds(10);

  struct Fetch {
    FetchRequest request;
    HostBudget* host;
  };
  struct Periodic {
    FetchRequest request;
    Monotonic due{};
    bool waits = true;  // in fetches_
  };

  void ask_again(Monotonic now);
  void enqueue(FetchRequest request);
  std::uint64_t rank(const FetchRequest& request) const;
  std::deque<Fetch>::iterator most_wanted(Monotonic now);

  VenueLimits limits_;
  std::deque<Send> urgent_, sends_;
  std::deque<Fetch> fetches_;
  std::vector<Periodic> periodic_;
  std::size_t size_ = 0;    // of all four
  std::size_t behind_ = 0;  // of fetches_, those in the background
  RateLimiter send_limiter_;
  RateLimiter& sends_limited_;  // that one, or the host's
  FeedHosts& hosts_;
  const Demand* demand_;
  std::size_t in_flight_ = 0;
  std::vector<std::string> background_;  // the URLs of those in flight that are
  Monotonic look_again_{Monotonic::min()};
};

}  // namespace tickgate::feeds
