// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "feeds/venues/binance/book_sync.h"

namespace tickgate::feeds::binance {
namespace {

using Result = BookSync::DiffResult;
using Snapshot = BookSync::SnapshotResult;

schemas::BookLevel level(std::int64_t price, std::int64_t size) {
  return {schemas::Price{{price, 0}}, schemas::Quantity{{size, 0}}};
}

// A diff that sets the bid at price `last` to size 1, so that the book tells what was applied.
Result feed(BookSync& sync, std::uint64_t first, std::uint64_t last, bool over_gaps = false) {
  const std::vector<schemas::BookLevel> bids = {level(static_cast<std::int64_t>(last), 1)};
  return sync.take({first, last, schemas::Timestamp{static_cast<std::int64_t>(last)}, bids, {}},
                   over_gaps);
}

Snapshot snapshot(BookSync& sync, std::uint64_t last_update_id,
                  schemas::Timestamp* time = nullptr) {
  const std::vector<schemas::BookLevel> bids = {level(1, 1)};
  const std::vector<schemas::BookLevel> asks = {level(1'000'000, 1)};
  schemas::Timestamp unused;
  return sync.take_snapshot(last_update_id, bids, asks, time == nullptr ? unused : *time);
}

}  // namespace

TEST(BinanceBookSync, BridgesASnapshotToTheDiffsThatWait) {
  const struct {
    const char* name;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> waiting;
    std::uint64_t last_update_id;
    Snapshot result;
    std::size_t bids;       // levels afterwards: the snapshot's and one of each diff applied
    std::int64_t time;      // of the last diff applied
    std::uint64_t last_id;  // afterwards
  } cases[] = {
      {"no diff waits", {}, 100, Snapshot::kSynced, 1, INT64_MIN, 100},
      {"all are older", {{90, 95}, {96, 100}}, 100, Snapshot::kSynced, 1, INT64_MIN, 100},
      {"one straddles", {{90, 95}, {96, 105}}, 100, Snapshot::kSynced, 2, 105, 105},
      {"one straddles, more follow", {{96, 105}, {106, 110}}, 100, Snapshot::kSynced, 3, 110, 110},
      {"one continues exactly", {{101, 105}}, 100, Snapshot::kSynced, 2, 105, 105},
      {"too old by one", {{102, 105}}, 100, Snapshot::kTooOld, 0, 0, 0},
      {"far too old", {{500, 505}, {506, 509}}, 100, Snapshot::kTooOld, 0, 0, 0},
  };
  for (const auto& c : cases) {
    BookSync sync;
    for (const auto& [first, last] : c.waiting) {
      EXPECT_EQ(feed(sync, first, last), Result::kWaiting) << c.name;
    }
    schemas::Timestamp time;
    EXPECT_EQ(snapshot(sync, c.last_update_id, &time), c.result) << c.name;
    EXPECT_EQ(sync.synced(), c.result == Snapshot::kSynced) << c.name;
    EXPECT_EQ(sync.book().depth(BookSide::kBid), c.bids) << c.name;
    if (!sync.synced()) continue;
    EXPECT_EQ(time.value(), c.time) << c.name;
    EXPECT_EQ(sync.last_update_id(), c.last_id) << c.name;
    EXPECT_EQ(sync.waiting(), 0U) << c.name;
  }
}

TEST(BinanceBookSync, JudgesEachDiffAgainstTheLastOneApplied) {
  const struct {
    std::uint64_t first, last;
    Result result;
  } cases[] = {
      {95, 100, Result::kInSnapshot},  // right after a snapshot the old ones are no duplicates
      {101, 103, Result::kApplied},   {101, 103, Result::kDuplicate}, {104, 104, Result::kApplied},
      {103, 106, Result::kApplied},  // overlapping: harmless, levels are absolute
      {108, 110, Result::kGap},       {108, 110, Result::kGap},       {107, 110, Result::kApplied},
  };
  BookSync sync;
  ASSERT_EQ(snapshot(sync, 100), Snapshot::kSynced);
  for (const auto& [first, last, result] : cases) {
    EXPECT_EQ(feed(sync, first, last), result) << first << ".." << last;
  }
  EXPECT_EQ(feed(sync, 200, 210, true), Result::kApplied);
  EXPECT_EQ(sync.last_update_id(), 210U);
}

TEST(BinanceBookSync, AnAbsurdIdIsAGapForWhatFollowsNotAReasonToIgnoreIt) {
  BookSync sync;
  snapshot(sync, 100);
  EXPECT_EQ(feed(sync, 101, INT64_MAX), Result::kApplied);
  EXPECT_EQ(feed(sync, 102, 103), Result::kGap);
  sync.reset();
  snapshot(sync, UINT64_MAX);
  EXPECT_EQ(feed(sync, 102, 103), Result::kGap);
  EXPECT_EQ(feed(sync, 102, 103, true), Result::kApplied);
  EXPECT_EQ(feed(sync, 104, 105), Result::kApplied);
}

TEST(BinanceBookSync, KeepsTheWaitingDiffsForTheSnapshotAfterOneThatWasTooOld) {
  BookSync sync;
  feed(sync, 102, 105);
  EXPECT_EQ(snapshot(sync, 50), Snapshot::kTooOld);
  feed(sync, 106, 108);
  EXPECT_EQ(snapshot(sync, 103), Snapshot::kSynced);
  EXPECT_EQ(sync.last_update_id(), 108U);
}

TEST(BinanceBookSync, AHoleAmongTheWaitingForgetsWhatIsBeforeIt) {
  BookSync sync;
  feed(sync, 100, 105);
  EXPECT_EQ(feed(sync, 100, 105), Result::kDuplicate);
  feed(sync, 110, 115);
  EXPECT_EQ(sync.waiting(), 1U);
  EXPECT_EQ(snapshot(sync, 102), Snapshot::kTooOld);
  EXPECT_EQ(snapshot(sync, 109), Snapshot::kSynced);
}

TEST(BinanceBookSync, NeverKeepsMoreThanItsBound) {
  BookSync sync;
  for (std::uint64_t id = 1; id <= BookSync::kMostWaiting; ++id) {
    ASSERT_EQ(feed(sync, id, id), Result::kWaiting);
  }
  EXPECT_EQ(feed(sync, 5000, 5000), Result::kWaiting);  // a hole: only this one is kept
  EXPECT_EQ(sync.waiting(), 1U);
  const std::vector<schemas::BookLevel> many(BookSync::kMostWaitingLevels, level(1, 1));
  EXPECT_EQ(sync.take({5001, 5001, {}, many, {}}), Result::kOverflow);
  EXPECT_EQ(sync.waiting(), 0U);
}

TEST(BinanceBookSync, ASnapshotNobodyNeedsChangesNothing) {
  BookSync sync;
  snapshot(sync, 100);
  feed(sync, 101, 101);
  EXPECT_EQ(snapshot(sync, 50), Snapshot::kUnwanted);
  EXPECT_EQ(sync.last_update_id(), 101U);
  sync.reset();
  EXPECT_FALSE(sync.synced());
  EXPECT_EQ(sync.book().depth(BookSide::kBid), 0U);
}

}  // namespace tickgate::feeds::binance
