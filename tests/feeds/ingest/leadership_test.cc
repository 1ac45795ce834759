// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/leadership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/leadership_rig.h"

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeadershipTest : public testing::LeadershipRig {};

TEST_F(LeadershipTest, WhereNobodyLeadsItDoesWithItsOwnEpoch) {
  run(milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
  EXPECT_TRUE(leadership.leading());
  run(seconds(2));
  EXPECT_GE(nats.heartbeats, 7);
  EXPECT_GE(nats.renewals, 4);
  EXPECT_THAT(said.take(), IsEmpty());
}

TEST_F(LeadershipTest, WhoComesLaterStandsByAndTakesOverWhenTheLeaseEnds) {
  nats.holder = "them";
  nats.fence = 7;
  nats.numbers.epoch = "THEIRS";
  nats.numbers.fence = 7;
  nats.numbers.values = 20;
  run(seconds(3));
  EXPECT_THAT(said.take(), IsEmpty());
  EXPECT_EQ(leadership.leader(), "them");
  EXPECT_EQ(nats.heartbeats, 0);
  nats.holder.clear();
  run(milliseconds(200));
  EXPECT_THAT(said.take(), ElementsAre("lead THEIRS 8"));
}

TEST_F(LeadershipTest, TheLeaseIsRenewedWhileTheStreamsAreRead) {
  nats.slow = true;
  run(seconds(3));
  EXPECT_GE(nats.renewals, 6);
  EXPECT_EQ(nats.heartbeats, 0);
  nats.slow = false;
  run(milliseconds(40));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
}

TEST_F(LeadershipTest, AnothersLeaseEndsItAtOnce) {
  run(seconds(1));
  said.take();
  nats.holder = "them";
  run(milliseconds(420));
  EXPECT_THAT(said.take(), ElementsAre("resign"));
  const auto heartbeats = nats.heartbeats;
  run(seconds(2));
  EXPECT_EQ(nats.heartbeats, heartbeats);
  EXPECT_FALSE(leadership.leading());
}

TEST_F(LeadershipTest, ALeaseThatRanOutIsTakenAgainWithAGreaterFence) {
  run(seconds(1));
  said.take();
  nats.holder.clear();
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resign", "lead OWN 2"));
}

TEST_F(LeadershipTest, WithoutAnAnswerItHoldsOnAndSaysSo) {
  run(seconds(1));
  said.take();
  nats.answers = false;
  run(seconds(10));
  EXPECT_THAT(said.take(), IsEmpty());
  EXPECT_TRUE(leadership.leading());
  EXPECT_GT(counters.lease_unconfirmed.value(), 5U);
  EXPECT_NE(leadership.trouble(), "");
  nats.answers = true;
  run(seconds(1));
  EXPECT_EQ(leadership.trouble(), "");
  EXPECT_THAT(said.take(), IsEmpty());
}

TEST_F(LeadershipTest, AfterADisconnectItGoesOnOnlyWithTheLeaseConfirmed) {
  run(seconds(1));
  said.take();
  nats.is_connected = false;
  run(milliseconds(200));
  EXPECT_THAT(said.take(), ElementsAre("pause"));
  const auto heartbeats = nats.heartbeats;
  nats.is_connected = true;
  ++nats.connections;
  nats.slow = true;
  run(milliseconds(300));
  EXPECT_THAT(said.take(), IsEmpty());
  EXPECT_EQ(nats.heartbeats, heartbeats) << "edges are told only when all is said again";
  nats.slow = false;
  run(milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
  run(milliseconds(300));
  EXPECT_GT(nats.heartbeats, heartbeats);
}

TEST_F(LeadershipTest, AConnectionThatCameAndWentUnseenIsOneToo) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  run(milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("pause", "resume"));
}

TEST_F(LeadershipTest, WhoeverTookOverMeanwhileIsNotSpokenAgainst) {
  run(seconds(1));
  said.take();
  nats.is_connected = false;
  run(seconds(3));
  nats.holder = "them";
  nats.is_connected = true;
  ++nats.connections;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("pause", "resign"));
}

// Neither lease nor streams answer, but the connection is there: nobody else can lead either.
TEST_F(LeadershipTest, WhereNothingAnswersWhatIsLiveGoesOn) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  nats.answers = false;
  run(seconds(2));
  EXPECT_THAT(said.take(), ElementsAre("pause", "resume"));
  nats.answers = true;
  run(seconds(2));
  EXPECT_THAT(said.take(), ElementsAre("resume")) << "all once more, as the streams may lack it";
}

TEST_F(LeadershipTest, WhatCouldNotBePublishedIsSaidAgain) {
  run(seconds(1));
  said.take();
  leadership.step({true, true, true});
  run(milliseconds(200));
  EXPECT_THAT(said.take(), ElementsAre("pause", "resume"));
}

TEST_F(LeadershipTest, AFeedThatStandsStillEndsHeartbeatsAndRenewals) {
  run(seconds(1));
  said.take();
  const auto heartbeats = nats.heartbeats, renewals = nats.renewals;
  run(seconds(3), {false, false, true});
  EXPECT_EQ(nats.heartbeats, heartbeats);
  EXPECT_EQ(nats.renewals, renewals);
  EXPECT_THAT(said.take(), ElementsAre("pause")) << "by then another may lead";
  run(milliseconds(200));
  EXPECT_THAT(said.take(), ElementsAre("resume")) << "nobody did";
}

TEST_F(LeadershipTest, AFeedThatStandsStillIsNoLeader) {
  run(seconds(1), {false, false, true});
  EXPECT_THAT(said.take(), IsEmpty());
}

TEST_F(LeadershipTest, NoHeartbeatBeforeAllIsSaid) {
  run(seconds(1), {true, false, false});
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
  EXPECT_EQ(nats.heartbeats, 0);
}

}  // namespace
}  // namespace tickgate::feeds
