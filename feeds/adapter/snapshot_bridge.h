// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "feeds/adapter/order_book.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What orders a venue's diffs.
struct BridgeRule {
  enum class Order : std::uint8_t {
    kContiguous,  // update ids without a hole: one that is skipped is a gap
    kRising,      // times that only rise (first == last): no gap can be seen
  };
  Order order = Order::kContiguous;
  // Nothing is late by so much: an absurd id or time came before, or the venue numbers anew.
  std::uint64_t far_behind = 0;
};

// One symbol's book, made of a REST snapshot and the stream's diffs. Diffs that come before their
// snapshot wait, bounded. Pure state.
class SnapshotBridge {
 public:
  static constexpr std::size_t kMostWaiting = 1000;          // diffs: 100 s of a busy symbol
  static constexpr std::size_t kMostWaitingLevels = 65'536;  // 2 MB
  // A side with no more left of its snapshot than these, or a tenth, is near its end.
  static constexpr std::size_t kShown = schemas::Book::kMaxDepth;

  // The updates first..last. The levels are whoever's decoded them.
  struct Diff {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    schemas::Timestamp time{schemas::kNoTime};
    std::span<const schemas::BookLevel> bids, asks;
  };
  // Best level first or in any other order; it covers the updates up to `last`.
  struct Snapshot {
    std::uint64_t last = 0;
    std::span<const schemas::BookLevel> bids, asks;
    // Levels a side that were asked for; 0: the snapshot is taken for the whole book. A side with
    // as many ends where the question ended: what lies beyond its worst level is not known.
    std::size_t asked = 0;
    // What has changed beyond it since is shown all the same: nobody can be asked for more.
    bool beyond_is_shown = false;
  };

  explicit SnapshotBridge(BridgeRule rule) : rule_(rule) {}

  enum class DiffResult : std::uint8_t {
    kApplied,
    kWaiting,     // no snapshot yet: kept
    kOverflow,    // no snapshot yet and too many wait: all were dropped, a new snapshot is due
    kInSnapshot,  // older than the snapshot just taken: ignored, as usual after one
    kDuplicate,   // seen before: ignored
    kGap,         // updates are missing before it, or it is of another numbering: not applied
  };
  // `over_gaps`: apply what follows a gap as if there were none.
  DiffResult apply(const Diff& diff, bool over_gaps = false);

  enum class SnapshotResult : std::uint8_t {
    kSynced,    // and the diffs that waited are applied
    kTooOld,    // the diffs that wait begin after it: another has to come; they wait on
    kUnwanted,  // the book is synced without it
  };
  SnapshotResult apply(const Snapshot& snapshot);

  // While synced: a snapshot was asked for, that reaches further. The diffs from now on are kept
  // for it as well as applied, until it comes or is too old, or there are too many of them.
  void expect_snapshot();
  // The market comes near the end of what the snapshot covered: time to ask for another.
  bool near_end() const;
  // What stands best is something the snapshot covered, or better. If not, the best may well be a
  // level that nobody told: see `limited`.
  bool covers_best(BookSide side) const;
  // The side ended where the question did, so there are untold levels beyond it for sure. Else the
  // venue says that there are none.
  bool limited(BookSide side) const { return reach(side).limited; }
  // Somebody else has told that the best level is the best: so nothing is between it and what the
  // snapshot covered.
  void extend_to_best(BookSide side);

  // Back to waiting for a snapshot, with nothing kept.
  void reset();

  bool synced() const { return synced_; }
  std::uint64_t last() const { return last_; }
  // Of the last diff applied; kNoTime right after a snapshot.
  schemas::Timestamp time() const { return time_; }
  const OrderBook& book() const { return book_; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint64_t first, last;
    schemas::Timestamp time;
    std::vector<schemas::BookLevel> bids, asks;
  };
  // How far a side of the snapshot reached.
  struct Reach {
    bool ends = false;     // it had a worst level, and was asked for so many
    bool limited = false;  // it had as many
    bool beyond_is_shown = false;
    schemas::Price worst{};
  };
  const Reach& reach(BookSide side) const { return reach_[static_cast<std::size_t>(side)]; }
  void set_reach(BookSide side, std::span<const schemas::BookLevel> levels, const Snapshot& of);
  bool near_end(BookSide side) const;
  // Whether a diff that lies behind what was met is of another numbering.
  bool counts_anew(const Diff& diff, std::uint64_t last, schemas::Timestamp time);
  bool keep(const Diff& diff);  // false: too many, all are forgotten
  bool skips_over(std::uint64_t last, std::uint64_t first) const {
    return rule_.order == BridgeRule::Order::kContiguous && first > last + 1;
  }
  DiffResult wait(const Diff& diff);
  void forget_waiting();
  void apply_levels(std::span<const schemas::BookLevel> bids,
                    std::span<const schemas::BookLevel> asks);

  BridgeRule rule_;
  OrderBook book_;
  std::uint64_t last_ = 0;  // while synced: the last update applied
  schemas::Timestamp time_{schemas::kNoTime};
  bool synced_ = false;
  bool follows_snapshot_ = false;  // no diff of the stream was applied since the snapshot
  bool expects_snapshot_ = false;  // while synced
  std::deque<Waiting> waiting_;
  std::size_t waiting_levels_ = 0;

  std::array<Reach, 2> reach_{};  // by BookSide
  std::size_t least_known_ = 0;   // levels of a limited side; fewer are near its end

  // Diffs behind the last, in a row, that count on from each other.
  std::size_t run_ = 0;
  std::uint64_t run_last_ = 0;
};

}  // namespace tickgate::feeds
