// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/snapshot_bridge.h"

namespace tickgate::feeds {

SnapshotBridge::DiffResult SnapshotBridge::apply(const Diff& diff, bool over_gaps) {
  if (!synced_) return wait(diff);
  const bool behind = diff.last <= last_;
  const bool absurd = behind && last_ - diff.last > rule_.far_behind;
  if (behind && !absurd) {
    return follows_snapshot_ ? DiffResult::kInSnapshot : DiffResult::kDuplicate;
  }
  if ((absurd || skips_over(last_, diff.first)) && !over_gaps) return DiffResult::kGap;
  apply_levels(diff.bids, diff.asks);
  last_ = diff.last;
  time_ = diff.time;
  follows_snapshot_ = false;
  return DiffResult::kApplied;
}

SnapshotBridge::SnapshotResult SnapshotBridge::apply(const Snapshot& snapshot) {
  if (synced_) return SnapshotResult::kUnwanted;
  while (!waiting_.empty() && waiting_.front().last <= snapshot.last) {
    waiting_levels_ -= waiting_.front().bids.size() + waiting_.front().asks.size();
    waiting_.pop_front();
  }
  // A diff that begins right behind the snapshot fits: nothing is missing between the two.
  if (!waiting_.empty() && skips_over(snapshot.last, waiting_.front().first)) {
    return SnapshotResult::kTooOld;
  }
  book_.clear();
  apply_levels(snapshot.bids, snapshot.asks);
  last_ = snapshot.last;
  time_ = schemas::kNoTime;
  follows_snapshot_ = waiting_.empty();
  for (const auto& diff : waiting_) {  // in order among themselves: wait() saw to it
    apply_levels(diff.bids, diff.asks);
    last_ = diff.last;
    time_ = diff.time;
  }
  forget_waiting();
  synced_ = true;
  return SnapshotResult::kSynced;
}

void SnapshotBridge::reset() {
  book_.clear();
  forget_waiting();
  synced_ = false;
}

SnapshotBridge::DiffResult SnapshotBridge::wait(const Diff& diff) {
  if (!waiting_.empty() && diff.last <= waiting_.back().last) return DiffResult::kDuplicate;
  // A hole among those that wait: a snapshot can only be bridged to what follows it.
  if (!waiting_.empty() && skips_over(waiting_.back().last, diff.first)) forget_waiting();
  const auto levels = diff.bids.size() + diff.asks.size();
  if (waiting_.size() == kMostWaiting || waiting_levels_ + levels > kMostWaitingLevels) {
    forget_waiting();
    return DiffResult::kOverflow;
  }
  waiting_.push_back({diff.first,
                      diff.last,
                      diff.time,
                      {diff.bids.begin(), diff.bids.end()},
                      {diff.asks.begin(), diff.asks.end()}});
  waiting_levels_ += levels;
  return DiffResult::kWaiting;
}

void SnapshotBridge::forget_waiting() {
  waiting_.clear();
  waiting_levels_ = 0;
}

void SnapshotBridge::apply_levels(std::span<const schemas::BookLevel> bids,
                                  std::span<const schemas::BookLevel> asks) {
  book_.apply(BookSide::kBid, bids);
  book_.apply(BookSide::kAsk, asks);
}

}  // namespace tickgate::feeds
