// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_facts.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rate_limiter.h"

namespace tickgate::feeds {

// What one host of a venue permits this process, whatever the number of feeds and connections: the
// weights of requests, attempts to connect, messages where it counts them by address, and the time
// for which it asked us to be quiet. Of one thread, that of all feeds.
class HostBudget {
 public:
  explicit HostBudget(const VenueLimits& limits);

  // A request that wants to be made. `who` comes back until it is: whoever was refused is served
  // before others of no higher rank, or a heavy request would wait for ever behind light ones.
  struct Claim {
    const void* who = nullptr;
    std::uint32_t weight = 1;
    std::uint64_t rank = 0;
  };
  bool admit_fetch(const Claim& claim, Monotonic now);
  // True: the attempt is to be made now, and counts.
  bool admit_connect(Monotonic now);
  // Null where each connection has a limit of its own.
  RateLimiter* sends() { return sends_ ? &*sends_ : nullptr; }

  // The host asked for it: neither request nor attempt until then. Never shortened.
  void pause(Monotonic until, std::string_view reason);
  bool paused(Monotonic now) const { return now < paused_until_; }
  Monotonic paused_until() const { return paused_until_; }
  const std::string& pause_reason() const { return pause_reason_; }

 private:
  struct Waiting {
    Claim claim;
    Monotonic asked{};
  };

  VenueLimits limits_;
  RateLimiter fetches_;
  std::optional<RateLimiter> sends_;
  std::optional<Waiting> waiting_;
  std::deque<Monotonic> attempts_;  // within the window, oldest first
  Monotonic next_attempt_{};
  Monotonic paused_until_{Monotonic::min()};
  std::string pause_reason_;
};

// The budgets of all hosts that the feeds of a thread speak to. They stay until the end.
class HostBudgets {
 public:
  // Of a URL's host; by its venue, which knows the limits. A host that is this machine stands for
  // a venue by its port.
  HostBudget& of(std::string_view venue, std::string_view url, const VenueLimits& limits);

 private:
  std::map<std::string, std::unique_ptr<HostBudget>> by_host_;
};

// Those of one feed.
class FeedHosts {
 public:
  // `all` outlives it.
  FeedHosts(HostBudgets& all, std::string venue) : all_(all), venue_(std::move(venue)) {}

  HostBudget& of(std::string_view url, const VenueLimits& limits);
  // The one that is paused the longest; null: none is.
  const HostBudget* paused(Monotonic now) const;

 private:
  HostBudgets& all_;
  std::string venue_;
  std::vector<HostBudget*> used_;
};

}  // namespace tickgate::feeds
