// SPDX-License-Identifier: Apache-2.0
// Feeds that speak to one host of a venue: one budget and one pause for all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kUrl = "https://toy.example/snapshot";

class OneFeed : public FeedTest {
 public:
  void TestBody() override {}
  using FeedTest::facts_, FeedTest::surroundings_, FeedTest::io, FeedTest::feed, FeedTest::steady;
  using FeedTest::first, FeedTest::toy, FeedTest::sink, FeedTest::text, FeedTest::lose;
  using FeedTest::go_live, FeedTest::make, FeedTest::patient, FeedTest::start, FeedTest::run,
      FeedTest::now;

  void answer(int status, seconds retry_after = seconds(0)) {
    first().on_http({kUrl, status, "", retry_after}, now());
  }
  // From within a message, as an adapter does.
  void ask(std::string url = kUrl, std::uint32_t weight = 1) {
    toy->events().fetch_as({.url = std::move(url), .weight = weight});
    text("hb");
  }
};

class TwoFeeds : public ::testing::Test {
 protected:
  void make(VenueLimits limits = {}) {
    for (OneFeed* one : {&a, &b}) {
      one->facts_.limits = limits;
      one->surroundings_ = {&budgets, &demand};
      one->make(OneFeed::patient());
    }
  }
  void go_live() {
    a.go_live();
    b.steady = a.steady;
    b.go_live();
    a.run(b.steady - a.steady, "hb");
  }
  void run(Monotonic time) {
    for (Monotonic spent{}; spent < time; spent += milliseconds(50)) {
      a.run(milliseconds(50), "hb");
      b.run(milliseconds(50), "hb");
    }
  }

  HostBudgets budgets;
  Demand demand;
  OneFeed a, b;
};

TEST_F(TwoFeeds, ABanOfOneStopsTheRequestsOfBothForAsLongAsTheVenueSays) {
  make({.fetch_weight_per_second = 100, .fetch_weight_burst = 100});
  go_live();
  a.ask();
  EXPECT_THAT(a.io.fetched, ElementsAre(kUrl));
  a.answer(418, hours(3));
  b.ask();
  run(minutes(20));
  EXPECT_THAT(b.io.fetched, IsEmpty());
  for (OneFeed* one : {&a, &b}) {
    const auto status = one->feed->status();
    EXPECT_NEAR(static_cast<double>(status.paused_until.value() - one->now().wall.value()),
                (hours(3) - minutes(20)) / std::chrono::microseconds(1), 2e6);
    EXPECT_EQ(status.pause_reason, "HTTP 418");
    EXPECT_EQ(one->sink.states[0], State::kLive) << "what streams goes on";
  }
  run(hours(3) - minutes(21));
  EXPECT_THAT(b.io.fetched, IsEmpty());
  run(minutes(2));
  EXPECT_THAT(b.io.fetched, ElementsAre(kUrl));
  EXPECT_EQ(b.feed->status().paused_until, schemas::kNoTime);
  EXPECT_EQ(b.feed->status().pause_reason, "");
}

TEST_F(TwoFeeds, NobodyLeavesByPlanWhatCouldNotBeReturnedTo) {
  make({.lifetime = minutes(20)});
  go_live();
  a.answer(418, hours(1));
  run(minutes(59));
  EXPECT_EQ(a.io.connects + b.io.connects, 2);
  EXPECT_EQ(b.sink.states[0], State::kLive);
  run(seconds(75));
  EXPECT_EQ(a.io.connects + b.io.connects, 4);
}

TEST_F(TwoFeeds, WithoutATimeAPauseEndsByItself) {
  make();
  go_live();
  a.answer(429);
  b.ask();
  run(seconds(29));
  EXPECT_THAT(b.io.fetched, IsEmpty());
  run(seconds(2));
  EXPECT_THAT(b.io.fetched, ElementsAre(kUrl));
}

TEST_F(TwoFeeds, ARefusedUpgradePausesTheAttemptsOfBoth) {
  make();
  a.start();
  b.start();
  a.first().on_disconnected({ReconnectReason::kRefused, "429 Too Many Requests", seconds(120)},
                            a.now());
  b.lose(ReconnectReason::kRefused);
  run(seconds(119));
  EXPECT_EQ(a.io.connects, 1);
  EXPECT_EQ(b.io.connects, 1);
  EXPECT_EQ(b.feed->status().reason, "waits as the venue asked: 429 Too Many Requests");
  run(seconds(2));
  EXPECT_EQ(a.io.connects, 2);
  EXPECT_EQ(b.io.connects, 2);
}

TEST_F(TwoFeeds, AttemptsAreCountedOverBoth) {
  make({.connects = 3, .connects_within = seconds(60)});
  a.start();
  b.start();
  for (int i = 0; i < 59; ++i) {
    run(seconds(1));
    a.lose(ReconnectReason::kRefused);
    b.lose(ReconnectReason::kRefused);
  }
  EXPECT_EQ(a.io.connects + b.io.connects, 3);
  run(seconds(32));
  EXPECT_EQ(a.io.connects + b.io.connects, 5);
}

TEST_F(TwoFeeds, WeightsAreCountedOverBoth) {
  make({.fetch_weight_per_second = 10, .fetch_weight_burst = 50});
  go_live();
  for (OneFeed* one : {&a, &b}) one->ask(kUrl, 50);
  EXPECT_EQ(a.io.fetched.size() + b.io.fetched.size(), 1U);
  run(milliseconds(4900));
  EXPECT_EQ(a.io.fetched.size() + b.io.fetched.size(), 1U);
  run(milliseconds(200));
  EXPECT_EQ(a.io.fetched.size() + b.io.fetched.size(), 2U);
}

TEST_F(TwoFeeds, OfBooksThatWaitThoseThatClientsFollowAreMadeFirst) {
  make({.resyncs_per_second = 1});
  go_live();
  demand.raise(schemas::InstrumentId(1), schemas::Channel::kBook);
  a.text("upd 0 9 1");  // takes the one of this second
  a.io.take_sent();
  a.text("snap 0 9 1");
  a.run(milliseconds(500), "hb");
  a.text("upd 0 99 1");
  a.text("upd 1 99 1");
  a.run(milliseconds(600), "hb");
  EXPECT_THAT(a.io.take_sent(), ElementsAre("resub 1"));
}

}  // namespace
}  // namespace tickgate::feeds
