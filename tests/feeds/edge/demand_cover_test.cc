// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/demand_cover.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace tickgate::feeds {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr DemandCover::Lanes kQuotes = 1, kBooks = 2;

class DemandCoverTest : public ::testing::Test {
 protected:
  const schemas::Instrument& add(const std::string& pair) {
    const auto& instrument = registry_.add("kraken", pair);
    cover_.appear(instrument);
    return instrument;
  }
  void add_many(int count) {
    for (int i = 0; i < count; ++i) add(fmt::format("X{}-USD", i));
  }
  DemandCover::Changes look(DemandCover::Moment after = {}) {
    now_ += after;
    DemandCover::Changes changes;
    cover_.look(
        now_, [&](schemas::InstrumentId id) { return wanted_[id.value()]; }, changes);
    for (const auto& change : changes.subjects) {
      if (change.subscribe) {
        EXPECT_TRUE(subjects_.insert({change.symbol, change.lane}).second) << change.symbol;
      } else {
        EXPECT_EQ(subjects_.erase({change.symbol, change.lane}), 1U) << change.symbol;
      }
    }
    return changes;
  }

  schemas::InstrumentRegistry registry_;
  DemandCover cover_{seconds{30}};
  DemandCover::Moment now_ = seconds{1'000};
  std::map<std::uint32_t, DemandCover::Lanes> wanted_;
  std::set<std::pair<std::string, std::size_t>> subjects_;
};

TEST_F(DemandCoverTest, SubscribesToWhatIsWantedAndNothingElse) {
  const auto& bitcoin = add("BTC-USD");
  add("ETH-USD");
  EXPECT_THAT(look().subjects, IsEmpty());
  wanted_[bitcoin.id.value()] = kQuotes | kBooks;
  EXPECT_THAT(look().subjects, ElementsAre(DemandCover::Change{true, 0, "KRAKEN:BTC-USD"},
                                           DemandCover::Change{true, 1, "KRAKEN:BTC-USD"}));
  EXPECT_TRUE(cover_.covers(bitcoin.id, 0));
  EXPECT_FALSE(cover_.covers(bitcoin.id, 2));
  EXPECT_THAT(look().subjects, IsEmpty());
  EXPECT_EQ(cover_.subjects(), 2U);
}

TEST_F(DemandCoverTest, WhatIsLeftLingersAndIsThenForgotten) {
  const auto& bitcoin = add("BTC-USD");
  wanted_[bitcoin.id.value()] = kQuotes;
  look();
  wanted_[bitcoin.id.value()] = 0;
  look(seconds{1});
  EXPECT_THAT(look(seconds{29}).subjects, IsEmpty());
  EXPECT_TRUE(cover_.covers(bitcoin.id, 0));
  const auto changes = look(seconds{1});
  EXPECT_THAT(changes.subjects, ElementsAre(DemandCover::Change{false, 0, "KRAKEN:BTC-USD"}));
  EXPECT_THAT(changes.forgotten, ElementsAre(Pair(bitcoin.id, 0U)));
  EXPECT_FALSE(cover_.covers(bitcoin.id, 0));
}

TEST_F(DemandCoverTest, WhoComesBackInTimeFindsItAndStartsTheTimeAnew) {
  const auto& bitcoin = add("BTC-USD");
  wanted_[bitcoin.id.value()] = kQuotes;
  look();
  wanted_[bitcoin.id.value()] = 0;
  look();
  wanted_[bitcoin.id.value()] = kQuotes;
  EXPECT_THAT(look(seconds{20}).subjects, IsEmpty());
  wanted_[bitcoin.id.value()] = 0;
  look(seconds{20});
  EXPECT_THAT(look(seconds{29}).subjects, IsEmpty());
  EXPECT_EQ(look(seconds{1}).subjects.size(), 1U);
}

TEST_F(DemandCoverTest, MuchOfAVenueComesByItsPatternAlone) {
  add_many(100);
  for (std::uint32_t i = 0; i < 63; ++i) wanted_[i] = kQuotes;
  look();
  EXPECT_EQ(subjects_.size(), 63U);
  wanted_[63] = kQuotes;
  const auto changes = look();
  EXPECT_EQ(changes.subjects.front(), (DemandCover::Change{true, 0, "KRAKEN:*"}))
      << "before the others end";
  EXPECT_THAT(subjects_, ElementsAre(Pair("KRAKEN:*", 0U)));
  EXPECT_THAT(changes.forgotten, IsEmpty());
  EXPECT_TRUE(cover_.covers(schemas::InstrumentId{99}, 0)) << "it comes too";
  wanted_[80] = kQuotes;
  EXPECT_THAT(look().subjects, IsEmpty());
}

TEST_F(DemandCoverTest, LessThanHalfOfAVenueComesBySingleSubjects) {
  add_many(200);
  for (std::uint32_t i = 0; i < 99; ++i) wanted_[i] = kQuotes;
  look();
  EXPECT_EQ(subjects_.size(), 99U);
}

TEST_F(DemandCoverTest, APatternEndsWhenLittleIsWanted) {
  add_many(100);
  for (std::uint32_t i = 0; i < 64; ++i) wanted_[i] = kQuotes;
  look();
  for (std::uint32_t i = 10; i < 64; ++i) wanted_[i] = 0;
  look();
  const auto changes = look(seconds{30});
  EXPECT_EQ(subjects_.size(), 10U);
  EXPECT_EQ(changes.subjects.back(), (DemandCover::Change{false, 0, "KRAKEN:*"}));
  EXPECT_EQ(changes.forgotten.size(), 90U) << "what came by it and nobody wanted, too";
}

TEST_F(DemandCoverTest, WhatIsRemovedEnds) {
  const auto& bitcoin = add("BTC-USD");
  wanted_[bitcoin.id.value()] = kQuotes;
  look();
  DemandCover::Changes changes;
  cover_.remove(bitcoin, changes);
  EXPECT_THAT(changes.subjects, ElementsAre(DemandCover::Change{false, 0, "KRAKEN:BTC-USD"}));
  EXPECT_FALSE(cover_.covers(bitcoin.id, 0));
  subjects_.clear();
  EXPECT_THAT(look().subjects, IsEmpty());
  cover_.appear(bitcoin);
  EXPECT_EQ(look().subjects.size(), 1U);
}

TEST_F(DemandCoverTest, SeriesOfBarsAreListed) {
  const auto& bitcoin = add("BTC-USD");
  wanted_[bitcoin.id.value()] = DemandCover::Lanes{1} << lane_of(schemas::Interval::k5m);
  look();
  std::vector<std::string> series;
  cover_.for_each_series([&](const auto& instrument, schemas::Interval interval) {
    series.push_back(fmt::format("{} {}", instrument.symbol, name(interval)));
  });
  EXPECT_THAT(series, ElementsAre("KRAKEN:BTC-USD 5m"));
}

}  // namespace
}  // namespace tickgate::feeds
