// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance/book_sync.h"

namespace tickgate::feeds::binance {

BookSync::DiffResult BookSync::take(const Diff& diff, bool over_gaps) {
  if (!synced_) return wait(diff);
  const bool behind = diff.last <= last_;
  // Nothing is late by so much: an absurd id came before, or the venue numbers anew.
  const bool absurd = behind && last_ - diff.last > kFarBehind;
  if (behind && !absurd) {
    return follows_snapshot_ ? DiffResult::kInSnapshot : DiffResult::kDuplicate;
  }
  if ((absurd || diff.first > last_ + 1) && !over_gaps) return DiffResult::kGap;
  apply(diff.bids, diff.asks);
  last_ = diff.last;
  follows_snapshot_ = false;
  return DiffResult::kApplied;
}

BookSync::SnapshotResult BookSync::take_snapshot(std::uint64_t last_update_id,
                                                 std::span<const schemas::BookLevel> bids,
                                                 std::span<const schemas::BookLevel> asks,
                                                 schemas::Timestamp& time) {
  if (synced_) return SnapshotResult::kUnwanted;
  while (!waiting_.empty() && waiting_.front().last <= last_update_id) {
    waiting_levels_ -= waiting_.front().bids.size() + waiting_.front().asks.size();
    waiting_.pop_front();
  }
  // The venue asks for a refetch already when lastUpdateId == U - 1; but nothing is missing then.
  if (!waiting_.empty() && waiting_.front().first > last_update_id + 1) {
    return SnapshotResult::kTooOld;
  }
  book_.clear();
  apply(bids, asks);
  last_ = last_update_id;
  time = schemas::kNoTime;
  follows_snapshot_ = waiting_.empty();
  for (const auto& diff : waiting_) {  // contiguous among themselves: wait() saw to it
    apply(diff.bids, diff.asks);
    last_ = diff.last;
    time = diff.time;
  }
  waiting_.clear();
  waiting_levels_ = 0;
  synced_ = true;
  return SnapshotResult::kSynced;
}

void BookSync::reset() {
  book_.clear();
  waiting_.clear();
  waiting_levels_ = 0;
  synced_ = false;
}

BookSync::DiffResult BookSync::wait(const Diff& diff) {
  if (!waiting_.empty() && diff.last <= waiting_.back().last) return DiffResult::kDuplicate;
  if (!waiting_.empty() && diff.first > waiting_.back().last + 1) {
    // A hole among those that wait: a snapshot can only be bridged to what follows it.
    waiting_.clear();
    waiting_levels_ = 0;
  }
  const auto levels = diff.bids.size() + diff.asks.size();
  if (waiting_.size() == kMostWaiting || waiting_levels_ + levels > kMostWaitingLevels) {
    waiting_.clear();
    waiting_levels_ = 0;
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

void BookSync::apply(std::span<const schemas::BookLevel> bids,
                     std::span<const schemas::BookLevel> asks) {
  book_.apply(BookSide::kBid, bids);
  book_.apply(BookSide::kAsk, asks);
}

}  // namespace tickgate::feeds::binance
