// SPDX-License-Identifier: Apache-2.0
// What a leader does about streams, and answers, that are not what they were.
#include "feeds/ingest/leadership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/leadership_rig.h"

namespace tickgate::feeds {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeadershipStreams : public testing::LeadershipRig {};

TEST_F(LeadershipStreams, AStreamThatIsGoneIsMadeAndAllIsSaidAgain) {
  run(seconds(1));
  said.take();
  nats.heartbeat_fails = absl::UnavailableError("nobody listens");
  nats.missing = 1;
  run(milliseconds(600));
  EXPECT_EQ(counters.streams_made.value(), 1U);
  EXPECT_THAT(said.take(), Contains("resume"));
  EXPECT_GT(counters.heartbeats_unacked.value(), 0U);
  nats.heartbeat_fails = absl::OkStatus();
  run(seconds(1));
  EXPECT_THAT(said.take(), Contains("resume")) << "what was said before it was there";
  run(seconds(2));
  EXPECT_THAT(said.take(), IsEmpty());
}

// Where edges listen to the heartbeat nobody says that its stream is gone: there is no receipt.
TEST_F(LeadershipStreams, AHeartbeatWithoutAReceiptHasTheStreamsLookedAt) {
  run(seconds(1));
  said.take();
  nats.heartbeat_fails = absl::DeadlineExceededError("no answer");
  nats.missing = 2;
  run(milliseconds(800));
  EXPECT_EQ(counters.streams_made.value(), 2U);
  EXPECT_THAT(said.take(), Contains("resume"));
}

// Nothing of JetStream answers, each question as long as it may: edges still hear of us in time.
TEST_F(LeadershipStreams, HeartbeatsGoOnWhileNothingAnswers) {
  run(seconds(1));
  nats.answers = false;
  nats.heartbeat_fails = absl::DeadlineExceededError("no answer");
  nats.wait = seconds(5);
  nats.said_at = now;
  nats.longest = {};
  run(seconds(20));
  EXPECT_GT(nats.heartbeats, 60);
  EXPECT_LE(nats.longest, milliseconds(340)) << "the wait for a receipt, and a step";
}

TEST_F(LeadershipStreams, HeartbeatsDoNotWaitForTheLease) {
  run(seconds(1));
  nats.lease_answers = false;
  nats.wait = 2 * Lease::kWait;
  nats.said_at = now;
  nats.longest = {};
  said.take();
  run(seconds(10));
  EXPECT_LE(nats.longest, milliseconds(280));
  EXPECT_THAT(said.take(), IsEmpty());
  EXPECT_GT(counters.lease_unconfirmed.value(), 5U);
}

// It may have been lost in between.
TEST_F(LeadershipStreams, ARenewalOfBeforeAPauseConfirmsNothingBehindIt) {
  nats.renewal_takes = milliseconds(200);
  run(milliseconds(500));
  said.take();
  ASSERT_TRUE(nats.renewing.end.has_value());
  ++nats.connections;
  const auto renewals = nats.renewals;
  run(milliseconds(300));
  EXPECT_EQ(nats.renewals, renewals + 1);
  EXPECT_THAT(said.take(), ElementsAre("pause")) << "the first one is done";
  run(milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

// The lease is in files, and the streams need not be: a disk is full.
TEST_F(LeadershipStreams, WhereOnlyTheLeaseHasNoAnswerItGoesOnAfterAWhile) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  nats.lease_answers = false;
  run(Leadership::kHoldOn - milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("pause"));
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipStreams, ButNotWhereTheStreamsSayThatAnotherLeads) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  nats.lease_answers = false;
  nats.numbers.fence = nats.fence + 1;
  run(seconds(10));
  EXPECT_THAT(said.take(), ElementsAre("pause"));
}

TEST_F(LeadershipStreams, AStreamThatBeganAnewIsGivenAll) {
  run(seconds(2));
  said.take();
  nats.sequence = 0;
  run(milliseconds(500));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipStreams, SoIsTheTradesStream) {
  nats.trades = 500;
  run(seconds(3));
  said.take();
  nats.trades = 3;
  run(seconds(3));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipStreams, WhereTheStreamHasNoRoomAllIsSaidAgainWhenItHas) {
  run(seconds(1));
  said.take();
  nats.heartbeat_fails = absl::ResourceExhaustedError("no room");
  run(seconds(2));
  EXPECT_THAT(said.take(), IsEmpty()) << "what is live arrives";
  EXPECT_THAT(leadership.trouble(), ::testing::HasSubstr("no room"));
  nats.heartbeat_fails = absl::OkStatus();
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipStreams, WhoHasLedGoesOnInItsEpochWhereAllStreamsAreEmpty) {
  nats.numbers.epoch = "THEIRS";
  nats.numbers.values = 1;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead THEIRS 1"));
  nats.holder.clear();
  nats.numbers = {};
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resign", "lead THEIRS 2"));
}

// What it said itself is not the last any more, and how far the other was nobody knows.
TEST_F(LeadershipStreams, WhoLedBeforeAnotherBeginsAnewWhereAllStreamsAreEmpty) {
  run(seconds(1));
  nats.holder = "them";
  run(seconds(2));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1", "resign"));
  nats.holder.clear();
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN-2 2"));
}

TEST_F(LeadershipStreams, WhoLedLongAgoDoesNotKnowEither) {
  run(seconds(1));
  nats.is_connected = false;
  run(seconds(40));
  nats.holder.clear();
  nats.is_connected = true;
  ++nats.connections;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1", "pause", "resign", "lead OWN-2 2"));
}

TEST_F(LeadershipStreams, BehindANewConnectionWhoHasLedGoesFirst) {
  nats.holder = "them";
  run(seconds(1));
  nats.holder.clear();
  ++nats.connections;
  run(milliseconds(900));
  EXPECT_THAT(said.take(), IsEmpty());
  run(milliseconds(300));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
}

TEST_F(LeadershipStreams, TradesAloneTellNoNumbersOfStates) {
  nats.numbers.epoch = "THEIRS";
  nats.numbers.values = 0;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
}

TEST_F(LeadershipStreams, AFenceBelowOneThatWasIsTakenAnew) {
  nats.numbers.epoch = "THEIRS";
  nats.numbers.fence = 40;
  nats.numbers.values = 9;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resign", "lead THEIRS 41"));
}

TEST_F(LeadershipStreams, WhoStopsGivesTheLeaseUp) {
  run(seconds(1));
  said.take();
  leadership.stop();
  EXPECT_THAT(said.take(), ElementsAre("resign"));
  EXPECT_EQ(nats.holder, "");
}

TEST_F(LeadershipStreams, ARelayLeadsInTheEpochOfWhatItIsTold) {
  Leadership relay(
      nats, said, counters, [this] { return now; }, "", true);
  nats.numbers.epoch = "OLD";
  nats.numbers.values = 5;
  const auto go = [&](microseconds time) {
    for (const auto until = now + time; now < until; now += milliseconds(20)) relay.step({});
  };
  go(seconds(1));
  EXPECT_THAT(said.take(), IsEmpty()) << "it has been told nothing";
  relay.set_epoch("UP1");
  go(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead UP1 1"));
  relay.set_epoch("UP1");
  EXPECT_THAT(said.take(), IsEmpty());
  relay.set_epoch("UP2");
  go(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resign", "lead UP2 2"));
}

}  // namespace
}  // namespace tickgate::feeds
