// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/snapshot_bridge.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
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

TEST(SnapshotBridge, ANumberingThatBeginsAnewIsAGapAndNoRunOfDuplicates) {
  SnapshotBridge bridge(kIds);
  ASSERT_EQ(snapshot(bridge, 1000), Taken::kSynced);
  EXPECT_EQ(feed(bridge, 1001, 1001), Result::kApplied);
  const auto anew = [&](std::uint64_t id) {
    return bridge.apply({id, id, schemas::Timestamp{2000}, {}, {}});
  };
  EXPECT_EQ(anew(5), Result::kDuplicate);
  EXPECT_EQ(anew(6), Result::kDuplicate);
  EXPECT_EQ(anew(7), Result::kGap);
  // What is told twice is older, however long it goes on.
  bridge.reset();
  ASSERT_EQ(snapshot(bridge, 1000), Taken::kSynced);
  EXPECT_EQ(feed(bridge, 1001, 1001), Result::kApplied);
  for (std::uint64_t id = 900; id < 1000; ++id) {
    EXPECT_EQ(feed(bridge, id, id), Result::kDuplicate) << id;
  }
}

TEST(SnapshotBridge, AnAbsurdIdAmongTheWaitingSilencesNothing) {
  for (const std::uint64_t absurd : {std::uint64_t{UINT64_MAX}, std::uint64_t{5000}}) {
    SnapshotBridge bridge(kIds);
    EXPECT_EQ(bridge.apply({absurd, absurd, schemas::Timestamp{1}, {}, {}}), Result::kWaiting);
    for (std::uint64_t id = 100; id < 105; ++id) feed(bridge, id, id);
    EXPECT_EQ(snapshot(bridge, 103), Taken::kSynced) << absurd;
    EXPECT_EQ(bridge.last(), 104U) << absurd;
  }
}

TEST(SnapshotBridge, ASnapshotWhileSyncedIsWantedOnlyWhereOneWasAskedFor) {
  SnapshotBridge bridge(kIds);
  snapshot(bridge, 100);
  feed(bridge, 101, 101);
  EXPECT_EQ(snapshot(bridge, 105), Taken::kUnwanted);
  bridge.expect_snapshot();
  EXPECT_EQ(snapshot(bridge, 100), Taken::kTooOld);  // it would take 101 back
  EXPECT_TRUE(bridge.synced());
  EXPECT_EQ(bridge.last(), 101U);
  bridge.expect_snapshot();
  feed(bridge, 102, 102);
  feed(bridge, 103, 103);
  EXPECT_EQ(snapshot(bridge, 102), Taken::kSynced);
  EXPECT_EQ(bridge.last(), 103U);
  EXPECT_EQ(bridge.time().value(), 103);
  EXPECT_EQ(bridge.book().depth(BookSide::kBid), 2U);  // the snapshot's, and 103's
}

// A venue's book whose prices wander, its diffs, and snapshots of its best levels that come late.
class WanderingVenue {
 public:
  explicit WanderingVenue(unsigned seed) : random_(seed) {
    for (int i = 0; i < 60; ++i) bids_[1000 - i] = asks_[1001 + i] = 1;
  }

  SnapshotBridge::Diff next() {
    ++last_;
    changed_bids_.clear();
    changed_asks_.clear();
    const auto drift = static_cast<std::int64_t>(random_() % 7) - 3;
    middle_ += drift;
    while (bids_.rbegin()->first > middle_) change(bids_, changed_bids_, bids_.rbegin()->first, 0);
    while (asks_.begin()->first <= middle_) change(asks_, changed_asks_, asks_.begin()->first, 0);
    for (int i = 0; i < 4; ++i) {
      const auto away = static_cast<std::int64_t>(random_() % 40);
      const auto size = static_cast<std::int64_t>(random_() % 3);
      change(bids_, changed_bids_, middle_ - away, away == 0 ? 1 : size);
      change(asks_, changed_asks_, middle_ + 1 + away, away == 0 ? 1 : size);
    }
    return {last_, last_, schemas::Timestamp{static_cast<std::int64_t>(last_)}, changed_bids_,
            changed_asks_};
  }
  // Of the best `asked` a side, as they are now.
  void take_snapshot(std::size_t asked) {
    taken_ = last_;
    taken_bids_.clear();
    taken_asks_.clear();
    for (auto it = bids_.rbegin(); it != bids_.rend() && taken_bids_.size() < asked; ++it) {
      taken_bids_.push_back(level(it->first, it->second));
    }
    for (auto it = asks_.begin(); it != asks_.end() && taken_asks_.size() < asked; ++it) {
      taken_asks_.push_back(level(it->first, it->second));
    }
  }
  SnapshotBridge::Snapshot snapshot(std::size_t asked) const {
    return {.last = taken_, .bids = taken_bids_, .asks = taken_asks_, .asked = asked};
  }
  // The levels shown are the true best ones in their order.
  void expect_true(const schemas::Book& shown) const {
    auto bid = bids_.rbegin();
    for (int i = 0; i < shown.bid_count; ++i, ++bid) {
      ASSERT_NE(bid, bids_.rend());
      ASSERT_TRUE(same(shown.bids[i], level(bid->first, bid->second)))
          << "bid " << i << " at " << last_;
    }
    auto ask = asks_.begin();
    for (int i = 0; i < shown.ask_count; ++i, ++ask) {
      ASSERT_NE(ask, asks_.end());
      ASSERT_TRUE(same(shown.asks[i], level(ask->first, ask->second)))
          << "ask " << i << " at " << last_;
    }
  }
  std::size_t random(std::size_t below) { return random_() % below; }

 private:
  static bool same(const schemas::BookLevel& a, const schemas::BookLevel& b) {
    return a.price == b.price && a.size == b.size;
  }
  using Side = std::map<std::int64_t, std::int64_t>;
  static void change(Side& side, std::vector<schemas::BookLevel>& told, std::int64_t price,
                     std::int64_t size) {
    if (size == 0) side.erase(price);
    if (size != 0) side[price] = size;
    told.push_back(level(price, size));
  }

  std::mt19937 random_;
  std::int64_t middle_ = 1000;
  std::uint64_t last_ = 1, taken_ = 0;
  Side bids_, asks_;
  std::vector<schemas::BookLevel> changed_bids_, changed_asks_, taken_bids_, taken_asks_;
};

TEST(SnapshotBridge, WhatIsShownIsTheTrueBookWithinWhatTheSnapshotCovered) {
  constexpr std::size_t kAsked = 30;
  std::size_t shown = 0, refreshed = 0, lost = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    WanderingVenue venue(seed);
    SnapshotBridge bridge(kIds);
    std::size_t answer_in = 0;  // diffs until the snapshot that was taken comes
    for (int step = 0; step < 300; ++step) {
      bridge.apply(venue.next());
      if (answer_in == 0 && (!bridge.synced() || bridge.near_end())) {
        if (bridge.synced()) bridge.expect_snapshot();
        venue.take_snapshot(kAsked);
        answer_in = 1 + venue.random(4);
      } else if (answer_in > 0 && --answer_in == 0) {
        const bool was_synced = bridge.synced();
        const auto taken = bridge.apply(venue.snapshot(kAsked));
        refreshed += was_synced && taken == Taken::kSynced ? 1 : 0;
      }
      if (!bridge.synced()) continue;
      if (!bridge.covers_best(BookSide::kBid) || !bridge.covers_best(BookSide::kAsk)) {
        bridge.reset();
        ++lost;
        continue;
      }
      schemas::Book book;
      bridge.book().write_top(book);
      ASSERT_NO_FATAL_FAILURE(venue.expect_true(book)) << "seed " << seed;
      ++shown;
    }
  }
  EXPECT_GT(shown, 30'000U);
  EXPECT_GT(refreshed, 300U);
  EXPECT_LT(lost, shown / 100);
}

}  // namespace tickgate::feeds
