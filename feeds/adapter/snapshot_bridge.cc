// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/snapshot_bridge.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

bool is_worse(BookSide side, schemas::Price a, schemas::Price b) {
  return side == BookSide::kBid ? a < b : a > b;
}

}  // namespace

SnapshotBridge::DiffResult SnapshotBridge::apply(const Diff& diff, bool over_gaps) {
  if (!synced_) return wait(diff);
  const bool behind = diff.last <= last_;
  const bool anew = behind && counts_anew(diff, last_, time_);
  if (behind && !anew) {
    return follows_snapshot_ ? DiffResult::kInSnapshot : DiffResult::kDuplicate;
  }
  if ((anew || skips_over(last_, diff.first)) && !over_gaps) return DiffResult::kGap;
  apply_levels(diff.bids, diff.asks);
  last_ = diff.last;
  time_ = diff.time;
  follows_snapshot_ = false;
  run_ = 0;
  if (expects_snapshot_) keep(diff);
  return DiffResult::kApplied;
}

SnapshotBridge::SnapshotResult SnapshotBridge::apply(const Snapshot& snapshot) {
  if (synced_ && !expects_snapshot_) return SnapshotResult::kUnwanted;
  while (!waiting_.empty() && waiting_.front().last <= snapshot.last) {
    waiting_levels_ -= waiting_.front().bids.size() + waiting_.front().asks.size();
    waiting_.pop_front();
  }
  // A diff that begins right behind the snapshot fits: nothing is missing between the two.
  const bool too_old = waiting_.empty() ? synced_ && snapshot.last < last_
                                        : skips_over(snapshot.last, waiting_.front().first);
  if (too_old) {
    if (synced_) forget_waiting();
    return SnapshotResult::kTooOld;
  }
  book_.clear();
  apply_levels(snapshot.bids, snapshot.asks);
  set_reach(BookSide::kBid, snapshot.bids, snapshot);
  set_reach(BookSide::kAsk, snapshot.asks, snapshot);
  least_known_ = std::min(std::max(kShown, snapshot.asked / 10), snapshot.asked / 2);
  last_ = snapshot.last;
  if (!synced_) time_ = schemas::kNoTime;
  follows_snapshot_ = waiting_.empty();
  for (const auto& diff : waiting_) {  // in order among themselves: wait() saw to it
    apply_levels(diff.bids, diff.asks);
    last_ = diff.last;
    time_ = diff.time;
  }
  forget_waiting();
  run_ = 0;
  synced_ = true;
  return SnapshotResult::kSynced;
}

void SnapshotBridge::reset() {
  book_.clear();
  forget_waiting();
  reach_ = {};
  run_ = 0;
  synced_ = false;
}

void SnapshotBridge::expect_snapshot() {
  if (!synced_) return;
  forget_waiting();
  expects_snapshot_ = true;
}

// Seen before, or from before the snapshot; but three in a row that count on from each other and
// are no older than what was met are a numbering that began anew. (What a snapshot took in comes by
// the dozen after it, where the stream is late.)
bool SnapshotBridge::counts_anew(const Diff& diff, std::uint64_t last, schemas::Timestamp time) {
  constexpr std::size_t kHolds = 3, kHoldsBehindSnapshot = 100;
  if (last - diff.last > rule_.far_behind) return true;
  if (diff.time < time) return false;
  const bool counts_on = run_ > 0 && diff.last > run_last_ && !skips_over(run_last_, diff.first);
  run_ = counts_on ? run_ + 1 : 1;
  run_last_ = diff.last;
  return run_ >= (synced_ && follows_snapshot_ ? kHoldsBehindSnapshot : kHolds);
}

SnapshotBridge::DiffResult SnapshotBridge::wait(const Diff& diff) {
  if (!waiting_.empty() && diff.last <= waiting_.back().last) {
    if (!counts_anew(diff, waiting_.back().last, waiting_.back().time)) {
      return DiffResult::kDuplicate;
    }
    forget_waiting();
  }
  // A hole among those that wait: a snapshot can only be bridged to what follows it.
  if (!waiting_.empty() && skips_over(waiting_.back().last, diff.first)) forget_waiting();
  run_ = 0;
  return keep(diff) ? DiffResult::kWaiting : DiffResult::kOverflow;
}

bool SnapshotBridge::keep(const Diff& diff) {
  const auto levels = diff.bids.size() + diff.asks.size();
  if (waiting_.size() == kMostWaiting || waiting_levels_ + levels > kMostWaitingLevels) {
    forget_waiting();
    return false;
  }
  waiting_.push_back({diff.first,
                      diff.last,
                      diff.time,
                      {diff.bids.begin(), diff.bids.end()},
                      {diff.asks.begin(), diff.asks.end()}});
  waiting_levels_ += levels;
  return true;
}

void SnapshotBridge::forget_waiting() {
  waiting_.clear();
  waiting_levels_ = 0;
  expects_snapshot_ = false;
}

void SnapshotBridge::set_reach(BookSide side, std::span<const schemas::BookLevel> levels,
                               const Snapshot& of) {
  Reach& reach = reach_[static_cast<std::size_t>(side)];
  reach = {};
  if (of.asked == 0 || levels.empty()) return;
  const auto [least, most] = std::ranges::minmax_element(levels, {}, &schemas::BookLevel::price);
  reach = {.ends = true,
           .limited = levels.size() >= of.asked,
           .beyond_is_shown = of.beyond_is_shown,
           .worst = side == BookSide::kBid ? least->price : most->price};
  if (reach.limited && !reach.beyond_is_shown) book_.known_until(side, reach.worst);
}

bool SnapshotBridge::covers_best(BookSide side) const {
  const Reach& reach = this->reach(side);
  if (!reach.ends) return true;
  if (book_.depth(side) == 0) return false;
  return !is_worse(side, book_.level(side, 0).price, reach.worst);
}

void SnapshotBridge::extend_to_best(BookSide side) {
  Reach& reach = reach_[static_cast<std::size_t>(side)];
  if (covers_best(side) || book_.depth(side) == 0) return;
  reach.worst = book_.level(side, 0).price;
  if (reach.limited && !reach.beyond_is_shown) book_.known_until(side, reach.worst);
}

bool SnapshotBridge::near_end() const {
  return near_end(BookSide::kBid) || near_end(BookSide::kAsk);
}

bool SnapshotBridge::near_end(BookSide side) const {
  if (!reach(side).limited) return false;
  return book_.depth(side) <= least_known_ ||
         is_worse(side, book_.level(side, least_known_).price, reach(side).worst);
}

void SnapshotBridge::apply_levels(std::span<const schemas::BookLevel> bids,
                                  std::span<const schemas::BookLevel> asks) {
  book_.apply(BookSide::kBid, bids);
  book_.apply(BookSide::kAsk, asks);
}

}  // namespace tickgate::feeds
