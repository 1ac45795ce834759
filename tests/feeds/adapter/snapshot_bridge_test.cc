// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/snapshot_bridge.h"

#include <gtest/gtest.h>

#include <vector>

namespace tickgate::feeds {
namespace {

using Result = SnapshotBridge::DiffResult;
using Taken = SnapshotBridge::SnapshotResult;

schemas::BookLevel level(std::int64_t price, std::int64_t size) {
  return {schemas::Price{{price, 0}}, schemas::Quantity{{size, 0}}};
}

constexpr BridgeRule kIds{.order = BridgeRule::Order::kContiguous, .far_behind = 1'000'000};
constexpr BridgeRule kTimes{.order = BridgeRule::Order::kRising, .far_behind = 1'000'000};

// A diff that sets the bid at price `last` to size 1, so that the book tells what was applied.
Result feed(SnapshotBridge& bridge, std::uint64_t first, std::uint64_t last,
            bool over_gaps = false) {
  const std::vector<schemas::BookLevel> bids = {level(static_cast<std::int64_t>(last), 1)};
  return bridge.apply({first, last, schemas::Timestamp{static_cast<std::int64_t>(last)}, bids, {}},
                      over_gaps);
}

Taken snapshot(SnapshotBridge& bridge, std::uint64_t last) {
  const std::vector<schemas::BookLevel> bids = {level(1, 1)};
  const std::vector<schemas::BookLevel> asks = {level(1'000'000, 1)};
  return bridge.apply(SnapshotBridge::Snapshot{last, bids, asks});
}

}  // namespace

TEST(SnapshotBridge, BridgesASnapshotToTheDiffsThatWait) {
  const struct {
    const char* name;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> waiting;
    std::uint64_t last_update_id;
    Taken result;
    std::size_t bids;       // levels afterwards: the snapshot's and one of each diff applied
    std::int64_t time;      // of the last diff applied
    std::uint64_t last_id;  // afterwards
  } cases[] = {
      {"no diff waits", {}, 100, Taken::kSynced, 1, INT64_MIN, 100},
      {"all are older", {{90, 95}, {96, 100}}, 100, Taken::kSynced, 1, INT64_MIN, 100},
      {"one straddles", {{90, 95}, {96, 105}}, 100, Taken::kSynced, 2, 105, 105},
      {"one straddles, more follow", {{96, 105}, {106, 110}}, 100, Taken::kSynced, 3, 110, 110},
      {"one continues exactly", {{101, 105}}, 100, Taken::kSynced, 2, 105, 105},
      {"too old by one", {{102, 105}}, 100, Taken::kTooOld, 0, 0, 0},
      {"far too old", {{500, 505}, {506, 509}}, 100, Taken::kTooOld, 0, 0, 0},
  };
  for (const auto& c : cases) {
    SnapshotBridge bridge(kIds);
    for (const auto& [first, last] : c.waiting) {
      EXPECT_EQ(feed(bridge, first, last), Result::kWaiting) << c.name;
    }
    EXPECT_EQ(snapshot(bridge, c.last_update_id), c.result) << c.name;
    EXPECT_EQ(bridge.synced(), c.result == Taken::kSynced) << c.name;
    EXPECT_EQ(bridge.book().depth(BookSide::kBid), c.bids) << c.name;
    if (!bridge.synced()) continue;
    EXPECT_EQ(bridge.time().value(), c.time) << c.name;
    EXPECT_EQ(bridge.last(), c.last_id) << c.name;
    EXPECT_EQ(bridge.waiting(), 0U) << c.name;
  }
}

TEST(SnapshotBridge, JudgesEachDiffAgainstTheLastOneApplied) {
  const struct {
    std::uint64_t first, last;
    Result result;
  } cases[] = {
      {95, 100, Result::kInSnapshot},  // right after a snapshot the old ones are no duplicates
      {101, 103, Result::kApplied},   {101, 103, Result::kDuplicate}, {104, 104, Result::kApplied},
      {103, 106, Result::kApplied},  // overlapping: harmless, levels are absolute
      {108, 110, Result::kGap},       {108, 110, Result::kGap},       {107, 110, Result::kApplied},
  };
  SnapshotBridge bridge(kIds);
  ASSERT_EQ(snapshot(bridge, 100), Taken::kSynced);
  for (const auto& [first, last, result] : cases) {
    EXPECT_EQ(feed(bridge, first, last), result) << first << ".." << last;
  }
  EXPECT_EQ(feed(bridge, 200, 210, true), Result::kApplied);
  EXPECT_EQ(bridge.last(), 210U);
}

TEST(SnapshotBridge, AnAbsurdIdIsAGapForWhatFollowsNotAReasonToIgnoreIt) {
  SnapshotBridge bridge(kIds);
  snapshot(bridge, 100);
  EXPECT_EQ(feed(bridge, 101, INT64_MAX), Result::kApplied);
  EXPECT_EQ(feed(bridge, 102, 103), Result::kGap);
  bridge.reset();
  snapshot(bridge, UINT64_MAX);
  EXPECT_EQ(feed(bridge, 102, 103), Result::kGap);
  EXPECT_EQ(feed(bridge, 102, 103, true), Result::kApplied);
  EXPECT_EQ(feed(bridge, 104, 105), Result::kApplied);
}

TEST(SnapshotBridge, KeepsTheWaitingDiffsForTheSnapshotAfterOneThatWasTooOld) {
  SnapshotBridge bridge(kIds);
  feed(bridge, 102, 105);
  EXPECT_EQ(snapshot(bridge, 50), Taken::kTooOld);
  feed(bridge, 106, 108);
  EXPECT_EQ(snapshot(bridge, 103), Taken::kSynced);
  EXPECT_EQ(bridge.last(), 108U);
}

TEST(SnapshotBridge, AHoleAmongTheWaitingForgetsWhatIsBeforeIt) {
  SnapshotBridge bridge(kIds);
  feed(bridge, 100, 105);
  EXPECT_EQ(feed(bridge, 100, 105), Result::kDuplicate);
  feed(bridge, 110, 115);
  EXPECT_EQ(bridge.waiting(), 1U);
  EXPECT_EQ(snapshot(bridge, 102), Taken::kTooOld);
  EXPECT_EQ(snapshot(bridge, 109), Taken::kSynced);
}

TEST(SnapshotBridge, NeverKeepsMoreThanItsBound) {
  SnapshotBridge bridge(kIds);
  for (std::uint64_t id = 1; id <= SnapshotBridge::kMostWaiting; ++id) {
    ASSERT_EQ(feed(bridge, id, id), Result::kWaiting);
  }
  EXPECT_EQ(feed(bridge, 5000, 5000), Result::kWaiting);  // a hole: only this one is kept
  EXPECT_EQ(bridge.waiting(), 1U);
  const std::vector<schemas::BookLevel> many(SnapshotBridge::kMostWaitingLevels, level(1, 1));
  EXPECT_EQ(bridge.apply(SnapshotBridge::Diff{5001, 5001, {}, many, {}}), Result::kOverflow);
  EXPECT_EQ(bridge.waiting(), 0U);
}

TEST(SnapshotBridge, ASnapshotNobodyNeedsChangesNothing) {
  SnapshotBridge bridge(kIds);
  snapshot(bridge, 100);
  feed(bridge, 101, 101);
  EXPECT_EQ(snapshot(bridge, 50), Taken::kUnwanted);
  EXPECT_EQ(bridge.last(), 101U);
  bridge.reset();
  EXPECT_FALSE(bridge.synced());
  EXPECT_EQ(bridge.book().depth(BookSide::kBid), 0U);
}

TEST(SnapshotBridge, TimesThatRiseHaveNoGapsButAnOrder) {
  SnapshotBridge bridge(kTimes);
  EXPECT_EQ(feed(bridge, 100, 100), Result::kWaiting);
  EXPECT_EQ(feed(bridge, 900, 900), Result::kWaiting);
  EXPECT_EQ(bridge.waiting(), 2U) << "no hole between them";
  EXPECT_EQ(snapshot(bridge, 100), Taken::kSynced);
  EXPECT_EQ(bridge.book().depth(BookSide::kBid), 2U) << "what is of the snapshot's time is in it";
  EXPECT_EQ(bridge.time().value(), 900);
  EXPECT_EQ(feed(bridge, 5'000, 5'000), Result::kApplied);
  EXPECT_EQ(feed(bridge, 4'000, 4'000), Result::kDuplicate);
  EXPECT_EQ(feed(bridge, 5'000, 5'000), Result::kDuplicate);
}

TEST(SnapshotBridge, AnAbsurdTimeDoesNotStopTheBookForGood) {
  SnapshotBridge bridge(kTimes);
  snapshot(bridge, 100);
  EXPECT_EQ(feed(bridge, UINT64_MAX, UINT64_MAX), Result::kApplied);
  EXPECT_EQ(feed(bridge, 200, 200), Result::kGap);
}

}  // namespace tickgate::feeds
