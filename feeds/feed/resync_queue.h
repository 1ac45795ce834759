// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "feeds/feed/moment.h"
#include "feeds/feed/rate_limiter.h"

namespace tickgate::feeds {

// Which books are to be made anew, and when: paced over all of them, so that a bad minute is no
// storm, and ever slower for a book that fails again and again. Books are named by a dense index.
// One thread.
class ResyncQueue {
 public:
  struct Settings {
    double per_second = 2;
    Monotonic first_step = std::chrono::seconds(1);  // after the second failure; then doubled
    Monotonic cap = std::chrono::seconds(60);
    Monotonic slow_step = std::chrono::seconds(30);  // for what the venue refuses or ignores
    Monotonic slow_cap = std::chrono::minutes(2);
    Monotonic hold = std::chrono::seconds(2);  // synced for so long: forgiven
  };
  enum class Pace : std::uint8_t { kNormal, kSlow };

  explicit ResyncQueue(const Settings& settings)
      : settings_(settings), limiter_(settings.per_second, std::max(1.0, settings.per_second)) {}

  // Requested twice is requested once. Normal: at once the first time, then after a growing delay.
  template <class Generator>
  void request(std::uint32_t index, Pace pace, Monotonic now, Generator& random) {
    Entry& entry = at(index);
    if (entry.pending) return;
    if (entry.synced && now - entry.synced_since >= settings_.hold) {
      entry.failures = entry.refusals = 0;
    }
    entry.pending = true;
    entry.synced = false;
    entry.due = now + delay(entry, pace, random);
    auto& count = pace == Pace::kSlow ? entry.refusals : entry.failures;
    if (count < kMaxDoublings) ++count;
    pending_.push_back(index);
  }

  // One that is due, as far as the pace allows; it is no longer pending then. The one of the
  // highest `rank(index)`, or of these the first.
  template <class Rank>
  std::optional<std::uint32_t> pop(Monotonic now, Rank&& rank) {
    auto best = pending_.end();
    for (auto one = pending_.begin(); one != pending_.end(); ++one) {
      if (entries_[*one].due > now) continue;
      if (best == pending_.end() || rank(*one) > rank(*best)) best = one;
    }
    if (best == pending_.end() || !limiter_.try_acquire(now)) return std::nullopt;
    const std::uint32_t index = *best;
    pending_.erase(best);
    entries_[index].pending = false;
    return index;
  }

  // It is synced: nothing to mend any more.
  void on_synced(std::uint32_t index, Monotonic now) {
    Entry& entry = at(index);
    entry.synced = true;
    entry.synced_since = now;
    if (!entry.pending) return;
    entry.pending = false;
    pending_.erase(std::find(pending_.begin(), pending_.end(), index));
  }

  bool pending(std::uint32_t index) const {
    return index < entries_.size() && entries_[index].pending;
  }
  bool empty() const { return pending_.empty(); }

  // Books are named anew: `name_of(index)` says how, or nothing for one that is not ours any more.
  template <class NameOf>
  void rename(NameOf&& name_of) {
    const auto old = std::exchange(entries_, {});
    for (std::uint32_t index = 0; index < old.size(); ++index) {
      if (const std::optional<std::uint32_t> name = name_of(index)) at(*name) = old[index];
    }
    std::vector<std::uint32_t> pending;
    for (const auto index : pending_) {
      if (const std::optional<std::uint32_t> name = name_of(index)) pending.push_back(*name);
    }
    pending_ = std::move(pending);
  }

  // A new connection makes every book anew; how often each failed is remembered.
  void clear() {
    for (Entry& entry : entries_) entry.pending = entry.synced = false;
    pending_.clear();
  }

 private:
  static constexpr std::uint32_t kMaxDoublings = 20;

  struct Entry {
    Monotonic due{}, synced_since{};
    std::uint32_t failures = 0, refusals = 0;
    bool pending = false;
    bool synced = false;
  };

  Entry& at(std::uint32_t index) {
    if (index >= entries_.size()) entries_.resize(index + std::size_t{1});
    return entries_[index];
  }

  template <class Generator>
  Monotonic delay(const Entry& entry, Pace pace, Generator& random) const {
    const bool slow = pace == Pace::kSlow;
    if (!slow && entry.failures == 0) return Monotonic{};
    const auto doublings = slow ? entry.refusals : entry.failures - 1;
    const auto step = std::min(
        slow ? settings_.slow_cap : settings_.cap,
        (slow ? settings_.slow_step : settings_.first_step) * (std::int64_t{1} << doublings));
    std::uniform_int_distribution<Monotonic::rep> spread(step.count() / 2, step.count());
    return Monotonic(spread(random));
  }

  Settings settings_;
  RateLimiter limiter_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> pending_;  // in the order of the requests
};

}  // namespace tickgate::feeds
