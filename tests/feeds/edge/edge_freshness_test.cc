// SPDX-License-Identifier: Apache-2.0
// An edge never shows an old value as live: each way in which it could.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/edge_cluster.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::seconds;
using testing::EdgeCluster;
using ::testing::HasSubstr;

class EdgeFreshnessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.connect();
    for (const auto* const pair : {"BTC-USD", "ETH-USD"}) {
      const auto& one = cluster_.list(pair);
      cluster_.say(testing::status(one, 1, State::kLive));
      cluster_.want(one, Channel::kQuote);
    }
    cluster_.advance_ms(100);
    cluster_.say(testing::quote(bitcoin(), 10));
    cluster_.say(testing::quote(ether(), 10));
    cluster_.advance_ms(2'000);
    ASSERT_EQ(state(), State::kLive);
    ASSERT_EQ(cluster_.state(ether()), State::kLive);
  }
  void TearDown() override {
    EXPECT_FALSE(cluster_.shards.went_back);
    EXPECT_FALSE(cluster_.twice);
  }
  const schemas::Instrument& bitcoin() { return *cluster_.registry.find("KRAKEN:BTC-USD"); }
  const schemas::Instrument& ether() { return *cluster_.registry.find("KRAKEN:ETH-USD"); }
  State state() { return cluster_.state(bitcoin()); }
  std::string reason() { return cluster_.reason(bitcoin()); }
  // How long until it is not live any more, in steps of 10 ms; at most 10 s.
  int ms_until_not_live() {
    int ms = 0;
    for (; ms < 10'000 && state() == State::kLive; ms += 10) cluster_.advance_ms(10);
    return ms;
  }

  EdgeCluster cluster_;
};

TEST_F(EdgeFreshnessTest, AnIngestThatStandsStillIsSeenInTwoSeconds) {
  cluster_.beats = false;
  EXPECT_LE(ms_until_not_live(), 2'000);
  EXPECT_EQ(state(), State::kStale);
  EXPECT_THAT(reason(), HasSubstr("no heartbeat of the ingest for 1.5 s"));
  EXPECT_EQ(cluster_.state(ether()), State::kStale);
}

TEST_F(EdgeFreshnessTest, HeartbeatsAloneDoNotMakeItLiveAgain) {
  cluster_.beats = false;
  cluster_.advance_ms(2'000);
  cluster_.answers = false;
  cluster_.beats = true;
  cluster_.advance_ms(3'000);
  EXPECT_EQ(state(), State::kStale);
  EXPECT_THAT(reason(), HasSubstr("being read again"));
  cluster_.answers = true;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, AValueThatIsNotHeardAgainKeepsItsInstrumentStale) {
  cluster_.disconnect();
  cluster_.last.erase(cluster_.subjects.quote("KRAKEN:BTC-USD"));
  cluster_.advance_ms(2'000);
  cluster_.connect();
  cluster_.advance_ms(3'000);
  EXPECT_EQ(state(), State::kStale) << "the stream was made anew, and its quote is not there yet";
  EXPECT_EQ(cluster_.state(ether()), State::kLive);
  cluster_.say(testing::quote(bitcoin(), 10));
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, AnOlderStoredValueConfirmsNothing) {
  const auto older = cluster_.last;
  cluster_.say(testing::quote(bitcoin(), 11));
  cluster_.disconnect();
  cluster_.last = older;  // the stream did not take it in
  cluster_.advance_ms(2'000);
  cluster_.connect();
  cluster_.advance_ms(3'000);
  EXPECT_EQ(state(), State::kStale);
  EXPECT_EQ(cluster_.shards.quotes.at(bitcoin().id.value()).header.sequence.value(), 11U);
}

TEST_F(EdgeFreshnessTest, AReorderedSnapshotDoesNotBringAnOldValueBack) {
  const auto older = cluster_.last.at(cluster_.subjects.quote("KRAKEN:BTC-USD"));
  cluster_.say(testing::quote(bitcoin(), 11, "101.00"));
  cluster_.give(EdgeCluster::From::kStored, older);
  EXPECT_EQ(cluster_.shards.quotes.at(bitcoin().id.value()).bid, testing::price("101.00"));
}

TEST_F(EdgeFreshnessTest, AnOldStatusDoesNotMakeItLive) {
  const auto older = cluster_.last.at(cluster_.subjects.status("KRAKEN:BTC-USD"));
  cluster_.say(testing::status(bitcoin(), 2, State::kRecovering));
  cluster_.give(EdgeCluster::From::kStored, older);
  EXPECT_EQ(state(), State::kRecovering);
}

TEST_F(EdgeFreshnessTest, WithoutAConnectionItIsStaleInTwoSecondsAndThenDown) {
  cluster_.disconnect();
  EXPECT_LE(ms_until_not_live(), 2'000);
  EXPECT_EQ(state(), State::kStale);
  EXPECT_THAT(reason(), HasSubstr("no connection to NATS"));
  cluster_.advance_ms(10'000);
  EXPECT_EQ(state(), State::kDown);
}

TEST_F(EdgeFreshnessTest, AConnectionThatIsBackAtOnceIsNotShown) {
  cluster_.shards.take_lines();
  cluster_.disconnect();
  cluster_.advance_ms(300);
  cluster_.connect();
  cluster_.advance_ms(2'000);
  EXPECT_TRUE(cluster_.shards.lines.empty());
}

TEST_F(EdgeFreshnessTest, WhatWasMissedMeanwhileIsReadAndPassedOn) {
  cluster_.disconnect();
  cluster_.say(testing::quote(bitcoin(), 12, "102.00"));
  cluster_.advance_ms(300);
  cluster_.connect();
  cluster_.advance_ms(100);
  EXPECT_EQ(cluster_.shards.quotes.at(bitcoin().id.value()).bid, testing::price("102.00"));
}

TEST_F(EdgeFreshnessTest, DroppedMessagesAreReadAgainOrItIsStale) {
  cluster_.delivers = false;
  cluster_.say(testing::quote(bitcoin(), 12, "102.00"));
  cluster_.delivers = true;
  cluster_.answers = false;
  cluster_.model->on_lost(cluster_.now, cluster_.wall());
  EXPECT_LE(ms_until_not_live(), 1'100);
  cluster_.answers = true;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kLive);
  EXPECT_EQ(cluster_.shards.quotes.at(bitcoin().id.value()).bid, testing::price("102.00"));
}

TEST_F(EdgeFreshnessTest, ABacklogIsStaleWhileItLasts) {
  cluster_.late = seconds{3};
  EXPECT_LE(ms_until_not_live(), 500);
  EXPECT_THAT(reason(), HasSubstr("late"));
  cluster_.say(testing::quote(bitcoin(), 12, "102.00"));
  cluster_.advance_ms(20'000);
  EXPECT_EQ(state(), State::kStale) << "values that come late confirm nothing";
  cluster_.late = {};
  cluster_.answers = false;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kStale);
  cluster_.answers = true;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, BehindAPauseOfOursTheFirstWordIsStale) {
  cluster_.shards.take_lines();
  cluster_.now += seconds{20};
  cluster_.model->look(cluster_.now, cluster_.wall());  // before any message
  EXPECT_EQ(state(), State::kStale);
  cluster_.late = seconds{19};  // and then the backlog
  cluster_.say(testing::quote(bitcoin(), 12));
  cluster_.beat();
  EXPECT_EQ(state(), State::kStale);
  cluster_.late = seconds{5};
  cluster_.beat();
  EXPECT_EQ(state(), State::kStale);
  cluster_.late = {};
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, WhatWasReadWhileNobodyLedIsReadAgain) {
  cluster_.disconnect();
  cluster_.beats = false;
  cluster_.advance_ms(2'000);
  cluster_.connect();
  cluster_.advance_ms(5'000);  // all is read
  cluster_.answers = false;
  cluster_.beats = true;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kStale);
  cluster_.answers = true;
  cluster_.advance_ms(1'000);
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, AStoredHeartbeatIsNoSignOfLife) {
  cluster_.beats = false;
  for (int i = 0; i < 30; ++i) {
    cluster_.advance_ms(100);
    cluster_.give(EdgeCluster::From::kStored, cluster_.last.at(cluster_.subjects.heartbeat()));
  }
  EXPECT_EQ(state(), State::kStale);
}

TEST_F(EdgeFreshnessTest, AHeartbeatOfASupersededLeaderIsNoSignOfLife) {
  cluster_.beats = false;
  for (int i = 0; i < 30; ++i) {
    cluster_.advance_ms(100);
    cluster_.fence = 4;
    cluster_.beat();
    cluster_.fence = 5;
  }
  EXPECT_EQ(state(), State::kStale);
}

TEST_F(EdgeFreshnessTest, AnotherLeadersValuesAreAwaited) {
  cluster_.fence = 6;
  cluster_.ingest = "b";
  cluster_.beat();
  EXPECT_LE(ms_until_not_live(), 1'100) << "nothing was said again";
  EXPECT_THAT(reason(), HasSubstr("being read again"));
  cluster_.say_all_again();
  EXPECT_EQ(state(), State::kLive);
}

TEST_F(EdgeFreshnessTest, AHandOverIsNotShownWhereAllIsSaidAgainAtOnce) {
  cluster_.shards.take_lines();
  cluster_.fence = 6;
  cluster_.ingest = "b";
  cluster_.advance_ms(250);
  cluster_.say_all_again();
  cluster_.advance_ms(3'000);
  EXPECT_TRUE(cluster_.shards.lines.empty());
}

TEST_F(EdgeFreshnessTest, StepsOfOurWallClockChangeNothing) {
  cluster_.shards.take_lines();
  for (const auto step : {3'600, -7'200, 86'400}) {
    cluster_.wall_step += seconds{step};
    cluster_.advance_ms(3'000);
  }
  EXPECT_TRUE(cluster_.shards.lines.empty());
  cluster_.beats = false;
  cluster_.wall_step -= std::chrono::hours{1};
  EXPECT_LE(ms_until_not_live(), 2'000);
}

TEST_F(EdgeFreshnessTest, WhileOneRoundIsOpenAnotherDoesNotHideWhatIsStale) {
  cluster_.disconnect();
  cluster_.last.erase(cluster_.subjects.quote("KRAKEN:BTC-USD"));
  cluster_.advance_ms(2'000);
  cluster_.connect();
  cluster_.advance_ms(1'000);
  ASSERT_EQ(state(), State::kStale);
  cluster_.model->on_lost(cluster_.now, cluster_.wall());
  cluster_.say(testing::status(bitcoin(), 2, State::kLive));
  EXPECT_EQ(state(), State::kStale);
}

TEST_F(EdgeFreshnessTest, WhatTheIngestSaysIsWorseStays) {
  cluster_.say(testing::status(bitcoin(), 2, State::kDown));
  cluster_.beats = false;
  cluster_.advance_ms(3'000);
  EXPECT_EQ(state(), State::kDown);
}

TEST_F(EdgeFreshnessTest, AnInstrumentWhoseValueIsForgottenIsJudgedWithoutIt) {
  cluster_.disconnect();
  cluster_.last.erase(cluster_.subjects.quote("KRAKEN:BTC-USD"));
  cluster_.leave(bitcoin(), Channel::kQuote);
  cluster_.advance_ms(2'000);
  cluster_.connect();
  cluster_.advance_ms(31'000);
  EXPECT_EQ(state(), State::kLive);
  EXPECT_FALSE(cluster_.shards.quotes.contains(bitcoin().id.value()));
}

}  // namespace
}  // namespace tickgate::feeds
