// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/host_budget.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

// Who has not come back by then wants nothing any more: its connection is gone.
constexpr Monotonic kComesBack = std::chrono::seconds(1);

// "host:port" or "host" of "scheme://host:port/path".
std::string_view authority_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  return url.substr(0, url.find_first_of("/?#"));
}

bool is_this_machine(std::string_view authority) {
  return authority.starts_with("localhost") || authority.starts_with("127.") ||
         authority.starts_with("[::1]");
}

std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

HostBudget::HostBudget(const VenueLimits& limits)
    : limits_(limits), fetches_(limits.fetch_weight_per_second, limits.fetch_weight_burst) {
  if (limits.sends_by_host) {
    sends_.emplace(limits.sends_per_second, static_cast<double>(limits.send_burst));
  }
}

bool HostBudget::admit_fetch(const Claim& claim, Monotonic now) {
  if (paused(now)) return false;
  if (waiting_ && now - waiting_->asked > kComesBack) waiting_.reset();
  const bool behind = waiting_ && waiting_->claim.who != claim.who;
  if (behind && claim.rank <= waiting_->claim.rank) return false;
  if (fetches_.try_acquire(now, claim.weight)) {
    if (!behind) waiting_.reset();
    return true;
  }
  waiting_ = {claim, now};
  return false;
}

bool HostBudget::admit_connect(Monotonic now) {
  if (paused(now) || now < next_attempt_) return false;
  while (!attempts_.empty() && now - attempts_.front() >= limits_.connects_within) {
    attempts_.pop_front();
  }
  if (limits_.connects > 0) {
    if (attempts_.size() >= limits_.connects) return false;
    attempts_.push_back(now);
  }
  next_attempt_ = now + limits_.between_connects;
  return true;
}

void HostBudget::pause(Monotonic until, std::string_view reason) {
  if (until <= paused_until_) return;
  paused_until_ = until;
  pause_reason_ = reason;
}

HostBudget& HostBudgets::of(std::string_view venue, std::string_view url,
                            const VenueLimits& limits) {
  const auto authority = authority_of(url);
  auto host = std::string(venue).append("@").append(
      is_this_machine(authority) ? authority : without_port(authority));
  auto& budget = by_host_[std::move(host)];
  if (budget == nullptr) budget = std::make_unique<HostBudget>(limits);
  return *budget;
}

HostBudget& FeedHosts::of(std::string_view url, const VenueLimits& limits) {
  HostBudget& budget = all_.of(venue_, url, limits);
  if (std::ranges::find(used_, &budget) == used_.end()) used_.push_back(&budget);
  return budget;
}

const HostBudget* FeedHosts::paused(Monotonic now) const {
  const HostBudget* longest = nullptr;
  for (const HostBudget* one : used_) {
    if (!one->paused(now)) continue;
    if (longest == nullptr || one->paused_until() > longest->paused_until()) longest = one;
  }
  return longest;
}

}  // namespace tickgate::feeds
