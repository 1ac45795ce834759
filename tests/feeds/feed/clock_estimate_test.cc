// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/clock_estimate.h"

#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Monotonic kSteady = hours(5);
constexpr Monotonic kWall = hours(500'000);

// Ours, and a venue's that is `ahead` of it.
struct Clocks {
  Monotonic ahead{}, stepped{}, steady = kSteady;

  Moment now() const { return {schemas::Timestamp((wall()).count()), steady}; }
  Monotonic wall() const { return kWall + steady + stepped; }
  schemas::Timestamp venue(Monotonic ago = {}) const {
    return schemas::Timestamp((kWall + steady + ahead - ago).count());
  }
};

class ClockEstimateTest : public testing::Test {
 protected:
  // A question that took so long on its way there and back.
  void ask(Monotonic there, Monotonic back, Monotonic unit = milliseconds(1)) {
    const auto asked = clocks.steady;
    clocks.steady += there;
    const auto exact = clocks.venue().value();
    const schemas::Timestamp said(exact - exact % unit.count());
    clocks.steady += back;
    estimate.on_answer(said, unit, asked, clocks.now());
  }
  // Of our wall clock, as it is now.
  Monotonic truth() const { return clocks.ahead - clocks.stepped; }
  void expect_true(Monotonic within) {
    const auto offset = estimate.offset(clocks.now());
    ASSERT_TRUE(offset.has_value());
    EXPECT_LE(offset->uncertainty, within);
    EXPECT_GE(offset->ahead + offset->uncertainty, truth());
    EXPECT_LE(offset->ahead - offset->uncertainty - microseconds(1), truth());
  }

  Clocks clocks;
  ClockEstimate estimate;
};

TEST_F(ClockEstimateTest, NothingIsKnownOfAVenueThatWasNotAsked) {
  estimate.on_stamp(clocks.venue(), clocks.now());
  EXPECT_FALSE(estimate.offset(clocks.now()).has_value());
}

TEST_F(ClockEstimateTest, AnAnswerBoundsItHoweverTheWayWasDivided) {
  for (const auto ahead : {seconds(0), seconds(5), seconds(-700)}) {
    for (const auto there : {0, 20, 40}) {
      estimate = {};
      clocks.ahead = ahead;
      ask(milliseconds(there), milliseconds(40 - there));
      expect_true(microseconds(20'500));
    }
  }
}

TEST_F(ClockEstimateTest, TheBestOfSeveralAnswersCountsAndAWorseOneTakesNothingAway) {
  ask(milliseconds(300), milliseconds(900));
  expect_true(milliseconds(601));
  ask(milliseconds(10), milliseconds(10));
  expect_true(microseconds(10'501));
  ask(milliseconds(700), milliseconds(100));
  expect_true(milliseconds(11));
}

TEST_F(ClockEstimateTest, AStampThatWasOnItsWayForLessThanTheAnswerIsTheNearerBound) {
  ask(milliseconds(5), milliseconds(55));
  expect_true(microseconds(30'501));
  estimate.on_stamp(clocks.venue(milliseconds(3)), clocks.now());
  expect_true(microseconds(4'501));
  estimate.on_stamp(clocks.venue(milliseconds(400)), clocks.now());
  expect_true(microseconds(4'501));
}

TEST_F(ClockEstimateTest, AStampFromBeyondAllThatTheVenueSaidIsNotBelieved) {
  ask(milliseconds(20), milliseconds(20));
  estimate.on_stamp(clocks.venue(-hours(1)), clocks.now());
  expect_true(microseconds(20'501));
}

TEST_F(ClockEstimateTest, ASecondsUnitIsNarrowedByAnswersAtOtherMoments) {
  clocks.ahead = milliseconds(321);
  for (int i = 0; i < 12; ++i) {
    ask(milliseconds(10), milliseconds(10), seconds(1));
    clocks.steady += milliseconds(1'085);
  }
  expect_true(milliseconds(100));
}

TEST_F(ClockEstimateTest, WhatIsKnownGrowsOldButNoStepOfOurClockSpoilsIt) {
  ask(milliseconds(20), milliseconds(20));
  for (int i = 0; i < 600; ++i) {
    clocks.steady += milliseconds(100);
    estimate.widen(clocks.steady);
  }
  expect_true(microseconds(26'501));
  clocks.stepped = hours(-1);
  expect_true(microseconds(26'501));
  clocks.stepped = seconds(3);
  expect_true(microseconds(26'501));
}

TEST_F(ClockEstimateTest, AVenueThatSetItsClockIsBelievedAtTheNextAnswer) {
  ask(milliseconds(20), milliseconds(20));
  clocks.ahead = seconds(5);
  ask(milliseconds(15), milliseconds(15));
  expect_true(microseconds(15'501));
}

TEST_F(ClockEstimateTest, ASourceThatGoesByOurClockIsNeverApart) {
  estimate.know(clocks.now());
  estimate.on_stamp(clocks.venue(), clocks.now());
  const auto offset = estimate.offset(clocks.now());
  ASSERT_TRUE(offset.has_value());
  EXPECT_EQ(offset->ahead, Monotonic{});
  EXPECT_EQ(offset->uncertainty, Monotonic{});
}

// A venue that is asked, and stamps books.
class VenueLatencyTest : public FeedTest {
 protected:
  VenueLatencyTest() {
    steady = seconds(1'700'000'000);  // the wall clock is the same here
    facts_.clock = {.path = "/time", .field = "/now", .unit = milliseconds(1)};
    make();
    start();
    first().on_connected(now());
    for (int i : {0, 1}) text(fmt::format("snap {} 1 10.0 {}", i, stamp(milliseconds(80))));
    run(milliseconds(100));
  }
  std::string stamp(Monotonic ago) const { return fmt::format("@{}", (venue() - ago).count()); }
  Monotonic venue() const { return steady + ahead; }
  void update(Monotonic ago) {
    run(milliseconds(50));
    ++sequence;
    for (int i : {0, 1}) text(fmt::format("upd {0} {1} {1} {2}", i, sequence, stamp(ago)));
  }
  void answer(Monotonic took) {
    auto body = fmt::format(R"({{"now":{}}})", (venue() + took / 2).count() / 1000);
    body.reserve(body.size() + 64);  // readable behind its end, as the socket's buffer is
    steady += took;
    first().on_http({"https://toy.example/time", 200, body, {}, took}, now());
  }
  std::uint64_t counted(schemas::Channel channel) const {
    const auto& histogram = feed->counters().venue_latency[static_cast<std::size_t>(channel)];
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= StageHistogram::kBounds.size(); ++i) sum += histogram.bucket(i);
    return sum;
  }

  Monotonic ahead{};  // the venue's clock, of ours
  std::uint64_t sequence = 1;
};

TEST_F(VenueLatencyTest, AClockThatIsAheadIsAnOffsetAndNoLatency) {
  ahead = seconds(5);
  answer(milliseconds(40));
  for (int i = 0; i < 400; ++i) update(milliseconds(80));
  const auto clock = feed->status().clock;
  ASSERT_TRUE(clock.latency && clock.offset);
  EXPECT_LT(*clock.latency, seconds(-4)) << "by the clocks as they are";
  EXPECT_GE(clock.offset->ahead, milliseconds(4'975));
  EXPECT_LE(clock.offset->ahead, milliseconds(5'025));
  EXPECT_LE(clock.offset->uncertainty, milliseconds(25));
  EXPECT_GE(*clock.corrected(), milliseconds(40));
  EXPECT_LE(*clock.corrected(), milliseconds(120));
  EXPECT_GT(feed->counters().venue_ahead.value(), 700U);
  EXPECT_LT(counted(schemas::Channel::kBook), 10U) << "only from before it was ahead";
}

TEST_F(VenueLatencyTest, EachStampIsCountedOnceAndHistoryIsNot) {
  EXPECT_EQ(counted(schemas::Channel::kBook), 0U) << "a snapshot is old by right";
  for (int i = 0; i < 10; ++i) update(milliseconds(80));
  const auto before = counted(schemas::Channel::kBook);
  EXPECT_GT(before, 10U);
  for (int i = 0; i < 10; ++i) update(milliseconds(80));
  EXPECT_EQ(counted(schemas::Channel::kBook), before + 20);
  EXPECT_FALSE(feed->status().clock.offset.has_value()) << "nobody was asked yet";
}

}  // namespace
}  // namespace tickgate::feeds
