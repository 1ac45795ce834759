// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "feeds/adapter/order_book.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::feeds::binance {

// A depthUpdate: the updates first..last ("U".."u"). Its levels live in the decoder.
struct Diff {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  schemas::Timestamp time{schemas::kNoTime};
  std::span<const schemas::BookLevel> bids, asks;
};

// One instrument's book, made of a REST snapshot and the stream's diffs, which carry contiguous
// update ids. Diffs that come before their snapshot wait, bounded. Pure state.
class BookSync {
 public:
  static constexpr std::size_t kMostWaiting = 1000;          // diffs: 100 s of a busy symbol
  static constexpr std::size_t kMostWaitingLevels = 65'536;  // 2 MB

  static constexpr std::uint64_t kFarBehind = 1'000'000;  // updates: hours of a busy symbol

  enum class DiffResult : std::uint8_t {
    kApplied,
    kWaiting,     // no snapshot yet: kept
    kOverflow,    // no snapshot yet and too many wait: all were dropped, a new snapshot is due
    kInSnapshot,  // older than the snapshot just taken: ignored, as usual after one
    kDuplicate,   // seen before: ignored
    kGap,         // updates are missing before it: nothing was applied
  };
  // `over_gaps`: apply what follows a gap as if there were none.
  DiffResult take(const Diff& diff, bool over_gaps = false);

  enum class SnapshotResult : std::uint8_t {
    kSynced,
    kTooOld,    // the diffs that wait begin after it: another has to come; they wait on
    kUnwanted,  // the book is synced without it
  };
  // Best level first or in any other order. On kSynced the waiting diffs are applied and `time` is
  // that of the last of them, or kNoTime.
  SnapshotResult take_snapshot(std::uint64_t last_update_id,
                               std::span<const schemas::BookLevel> bids,
                               std::span<const schemas::BookLevel> asks, schemas::Timestamp& time);

  // Back to waiting for a snapshot, with nothing kept.
  void reset();

  bool synced() const { return synced_; }
  std::uint64_t last_update_id() const { return last_; }
  const OrderBook& book() const { return book_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint64_t first, last;
    schemas::Timestamp time;
    std::vector<schemas::BookLevel> bids, asks;
  };
  DiffResult wait(const Diff& diff);
  void apply(std::span<const schemas::BookLevel> bids, std::span<const schemas::BookLevel> asks);

  OrderBook book_;
  std::uint64_t last_ = 0;  // while synced: the last update applied
  bool synced_ = false;
  bool follows_snapshot_ = false;  // no diff of the stream was applied since the snapshot
  std::deque<Waiting> waiting_;
  std::size_t waiting_levels_ = 0;
};

}  // namespace tickgate::feeds::binance
