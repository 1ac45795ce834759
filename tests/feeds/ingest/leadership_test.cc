// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/leadership.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tickgate::feeds {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// What is done beside all else, and takes its time by a clock of the test.
template <typename Result>
struct Slow {
  std::optional<Result> ask(microseconds now, microseconds takes, Result result) {
    if (!end.has_value()) end = now + takes;
    if (now < *end) return std::nullopt;
    end.reset();
    return result;
  }
  std::optional<microseconds> end;
};

// NATS, as a test wants it to be.
struct FakeCluster final : Cluster {
  bool connected() const override { return is_connected; }
  std::uint64_t connects() const override { return connections; }
  std::optional<absl::StatusOr<unsigned>> ensure_streams() override {
    if (!making.end.has_value()) ++ensured;
    if (!answers) {
      return making.ask(clock(), wait, absl::DeadlineExceededError("no answer"));
    }
    return std::exchange(missing, 0U);
  }
  std::optional<absl::StatusOr<std::uint64_t>> trades_end() override {
    if (!answers) {
      return looking.ask(clock(), wait, absl::DeadlineExceededError("no answer"));
    }
    return trades;
  }
  absl::StatusOr<std::uint64_t> take(std::uint64_t above) override {
    if (!answers) return absl::DeadlineExceededError("no answer");
    if (!holder.empty()) return absl::AlreadyExistsError("\"" + holder + "\"");
    holder = "us";
    return fence = std::max(fence, above) + 1;
  }
  std::optional<Lease::Held> renew() override {
    if (!renewing.end.has_value()) ++renewals;
    if (!answers || !lease_answers) {
      return renewing.ask(clock(), wait, Lease::Held::kUnconfirmed);
    }
    const auto held = holder == "us" ? Lease::Held::kMine : Lease::Held::kLost;
    return renewing.ask(clock(), renewal_takes, held);
  }
  void release() override {
    if (holder == "us") holder.clear();
  }
  void begin_to_read() override { ++reads; }
  std::optional<absl::StatusOr<ClusterNumbers>> read() override {
    if (slow) return std::nullopt;
    if (!answers) return absl::StatusOr<ClusterNumbers>(absl::DeadlineExceededError("no answer"));
    return absl::StatusOr<ClusterNumbers>(numbers);
  }
  void say_heartbeat(const Stamp&) override {
    ++heartbeats;
    longest = std::max(longest, clock() - said_at);
    said_at = clock();
    saying = {};
  }
  std::optional<absl::StatusOr<std::uint64_t>> receipt() override {
    if (absl::IsDeadlineExceeded(heartbeat_fails)) {
      return saying.ask(clock(), milliseconds(300), heartbeat_fails);
    }
    if (!heartbeat_fails.ok()) return heartbeat_fails;
    return ++sequence;
  }

  bool is_connected = true, answers = true, lease_answers = true, slow = false;
  std::uint64_t connections = 1, fence = 0, trades = 0, sequence = 0;
  unsigned missing = 0;
  std::string holder;  // of the lease
  ClusterNumbers numbers;
  absl::Status heartbeat_fails;
  microseconds wait{}, renewal_takes{};  // for an answer
  std::function<microseconds()> clock;
  microseconds said_at{}, longest{};  // between two heartbeats
  int ensured = 0, renewals = 0, reads = 0, heartbeats = 0;
  Slow<absl::StatusOr<unsigned>> making;
  Slow<absl::StatusOr<std::uint64_t>> looking, saying;
  Slow<Lease::Held> renewing;
};

struct Said final : Orders {
  void lead(const Stamp& stamp, ClusterNumbers) override {
    lines.push_back(fmt::format("lead {} {}", stamp.epoch, stamp.fence));
  }
  void resume(ClusterNumbers) override { lines.emplace_back("resume"); }
  void pause() override { lines.emplace_back("pause"); }
  void resign() override { lines.emplace_back("resign"); }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

class LeadershipTest : public testing::Test {
 protected:
  LeadershipTest() {
    nats.clock = [this] { return now; };
  }
  // So long, in steps as the control makes them.
  void run(microseconds time, Leadership::Look look = {}) {
    for (const auto until = now + time; now < until; now += milliseconds(20)) {
      leadership.step(look);
    }
  }

  FakeCluster nats;
  Said said;
  IngestCounters counters;
  microseconds now = seconds(100);
  Leadership leadership{nats, said, counters, [this] { return now; }, "OWN", false};
};

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

TEST_F(LeadershipTest, AStreamThatIsGoneIsMadeAndAllIsSaidAgain) {
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
TEST_F(LeadershipTest, AHeartbeatWithoutAReceiptHasTheStreamsLookedAt) {
  run(seconds(1));
  said.take();
  nats.heartbeat_fails = absl::DeadlineExceededError("no answer");
  nats.missing = 2;
  run(milliseconds(800));
  EXPECT_EQ(counters.streams_made.value(), 2U);
  EXPECT_THAT(said.take(), Contains("resume"));
}

// Nothing of JetStream answers, each question as long as it may: edges still hear of us in time.
TEST_F(LeadershipTest, HeartbeatsGoOnWhileNothingAnswers) {
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

TEST_F(LeadershipTest, HeartbeatsDoNotWaitForTheLease) {
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
TEST_F(LeadershipTest, ARenewalOfBeforeAPauseConfirmsNothingBehindIt) {
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
TEST_F(LeadershipTest, WhereOnlyTheLeaseHasNoAnswerItGoesOnAfterAWhile) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  nats.lease_answers = false;
  run(Leadership::kHoldOn - milliseconds(100));
  EXPECT_THAT(said.take(), ElementsAre("pause"));
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipTest, ButNotWhereTheStreamsSayThatAnotherLeads) {
  run(seconds(1));
  said.take();
  ++nats.connections;
  nats.lease_answers = false;
  nats.numbers.fence = nats.fence + 1;
  run(seconds(10));
  EXPECT_THAT(said.take(), ElementsAre("pause"));
}

TEST_F(LeadershipTest, AStreamThatBeganAnewIsGivenAll) {
  run(seconds(2));
  said.take();
  nats.sequence = 0;
  run(milliseconds(500));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipTest, SoIsTheTradesStream) {
  nats.trades = 500;
  run(seconds(3));
  said.take();
  nats.trades = 3;
  run(seconds(3));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipTest, WhereTheStreamHasNoRoomAllIsSaidAgainWhenItHas) {
  run(seconds(1));
  said.take();
  nats.heartbeat_fails = absl::ResourceExhaustedError("no room");
  run(seconds(2));
  EXPECT_THAT(said.take(), IsEmpty()) << "what is live arrives";
  EXPECT_THAT(leadership.trouble(), testing::HasSubstr("no room"));
  nats.heartbeat_fails = absl::OkStatus();
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resume"));
}

TEST_F(LeadershipTest, WhoHasLedGoesOnInItsEpochWhereAllStreamsAreEmpty) {
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
TEST_F(LeadershipTest, WhoLedBeforeAnotherBeginsAnewWhereAllStreamsAreEmpty) {
  run(seconds(1));
  nats.holder = "them";
  run(seconds(2));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1", "resign"));
  nats.holder.clear();
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN-2 2"));
}

TEST_F(LeadershipTest, WhoLedLongAgoDoesNotKnowEither) {
  run(seconds(1));
  nats.is_connected = false;
  run(seconds(40));
  nats.holder.clear();
  nats.is_connected = true;
  ++nats.connections;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1", "pause", "resign", "lead OWN-2 2"));
}

TEST_F(LeadershipTest, BehindANewConnectionWhoHasLedGoesFirst) {
  nats.holder = "them";
  run(seconds(1));
  nats.holder.clear();
  ++nats.connections;
  run(milliseconds(900));
  EXPECT_THAT(said.take(), IsEmpty());
  run(milliseconds(300));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
}

TEST_F(LeadershipTest, TradesAloneTellNoNumbersOfStates) {
  nats.numbers.epoch = "THEIRS";
  nats.numbers.values = 0;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("lead OWN 1"));
}

TEST_F(LeadershipTest, AFenceBelowOneThatWasIsTakenAnew) {
  nats.numbers.epoch = "THEIRS";
  nats.numbers.fence = 40;
  nats.numbers.values = 9;
  run(seconds(1));
  EXPECT_THAT(said.take(), ElementsAre("resign", "lead THEIRS 41"));
}

TEST_F(LeadershipTest, WhoStopsGivesTheLeaseUp) {
  run(seconds(1));
  said.take();
  leadership.stop();
  EXPECT_THAT(said.take(), ElementsAre("resign"));
  EXPECT_EQ(nats.holder, "");
}

TEST_F(LeadershipTest, ARelayLeadsInTheEpochOfWhatItIsTold) {
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
