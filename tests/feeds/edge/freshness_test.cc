// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/freshness.h"

#include <gtest/gtest.h>

#include <chrono>

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Moment = Freshness::Moment;

// A leader that beats each 250 ms, and whose clock shows something else than ours.
class FreshnessTest : public ::testing::Test {
 protected:
  static constexpr Moment kEach = milliseconds{250};

  void beat(Moment late = {}) {
    freshness_.on_heartbeat(now_, now_ - late + seconds{7'000}, 1);
    freshness_.look(now_);
  }
  void run(Moment duration, Moment late = {}) {
    for (const auto until = now_ + duration; now_ < until;) {
      now_ += kEach;
      beat(late);
    }
  }
  void wait(Moment duration) {
    for (const auto until = now_ + duration; now_ < until;) {
      now_ += milliseconds{10};
      freshness_.look(now_);
    }
  }
  void connect() { freshness_.on_connected(now_); }

  Freshness freshness_;
  Moment now_ = seconds{100};
};

TEST_F(FreshnessTest, IsDownUntilAnIngestIsHeard) {
  wait(seconds{1});
  EXPECT_EQ(freshness_.state(), State::kDown);
  connect();
  EXPECT_EQ(freshness_.state(), State::kDown);
  beat();
  EXPECT_EQ(freshness_.state(), State::kLive);
  EXPECT_EQ(freshness_.reason(), "");
}

TEST_F(FreshnessTest, WithoutAHeartbeatItIsStaleInTwoSeconds) {
  connect();
  run(seconds{5});
  wait(milliseconds{1'500});
  EXPECT_EQ(freshness_.state(), State::kLive);
  wait(milliseconds{100});
  EXPECT_EQ(freshness_.state(), State::kStale);
  EXPECT_EQ(freshness_.reason(), "no heartbeat of the ingest for 1.5 s");
  beat();
  EXPECT_EQ(freshness_.state(), State::kLive);
}

TEST_F(FreshnessTest, ABacklogIsStaleThoughHeartbeatsCome) {
  connect();
  run(seconds{5});
  run(seconds{1}, milliseconds{1'900});
  EXPECT_EQ(freshness_.state(), State::kLive);
  run(seconds{1}, milliseconds{2'100});
  EXPECT_EQ(freshness_.state(), State::kStale);
  EXPECT_EQ(freshness_.reason(), "what the ingest says comes 2.1 s late");
  run(seconds{1}, milliseconds{1'500});
  EXPECT_EQ(freshness_.state(), State::kStale) << "half way back is not back";
  run(seconds{1}, milliseconds{500});
  EXPECT_EQ(freshness_.state(), State::kLive);
}

TEST_F(FreshnessTest, ABacklogIsNotTakenForTheLeastForAnHour) {
  connect();
  run(seconds{5});
  run(std::chrono::hours{1}, seconds{3});
  EXPECT_EQ(freshness_.state(), State::kStale);
}

TEST_F(FreshnessTest, ClocksThatPartByLittleArePatientlyFollowed) {
  connect();
  Moment part{};
  for (int i = 0; i < 4 * 86'400; ++i) {
    now_ += kEach;
    part += Moment{25};  // 100 in a million: 8.6 s in this day
    beat(part);
    ASSERT_EQ(freshness_.state(), State::kLive) << i;
  }
}

TEST_F(FreshnessTest, AnotherIngestsClockIsNotCompared) {
  connect();
  run(seconds{5});
  now_ += kEach;
  freshness_.on_heartbeat(now_, Moment{5}, 2);
  freshness_.look(now_);
  EXPECT_EQ(freshness_.state(), State::kLive);
  EXPECT_EQ(freshness_.delay(), Moment{0});
}

TEST_F(FreshnessTest, AShortLossOfTheConnectionIsNoneOfAnybody) {
  connect();
  run(seconds{5});
  freshness_.on_disconnected(now_);
  wait(milliseconds{900});
  connect();
  wait(milliseconds{100});
  EXPECT_EQ(freshness_.state(), State::kLive);
}

TEST_F(FreshnessTest, WithoutAConnectionItIsStaleAndThenDown) {
  connect();
  run(seconds{5});
  freshness_.on_disconnected(now_);
  wait(milliseconds{1'100});
  EXPECT_EQ(freshness_.state(), State::kStale);
  EXPECT_EQ(freshness_.reason(), "no connection to NATS for 1.0 s");
  wait(seconds{9});
  EXPECT_EQ(freshness_.state(), State::kDown);
  EXPECT_EQ(freshness_.reason(), "no connection to NATS");
}

TEST_F(FreshnessTest, AConnectionThatWasSilentBeforeItEndedIsJudgedByItsHeartbeat) {
  connect();
  run(seconds{5});
  wait(milliseconds{1'100});
  freshness_.on_disconnected(now_);
  wait(milliseconds{500});
  EXPECT_EQ(freshness_.state(), State::kStale);
}

TEST_F(FreshnessTest, AConnectionAloneIsNoReasonToBeLiveAgain) {
  connect();
  run(seconds{5});
  freshness_.on_disconnected(now_);
  wait(milliseconds{1'100});  // the last heartbeat is younger than its limit still
  connect();
  wait(milliseconds{200});
  EXPECT_EQ(freshness_.state(), State::kStale);
  beat();
  EXPECT_EQ(freshness_.state(), State::kLive);
}

TEST_F(FreshnessTest, AfterAPauseOfOursTheFirstLookIsStale) {
  connect();
  run(seconds{5});
  now_ += seconds{30};
  freshness_.look(now_);
  EXPECT_EQ(freshness_.state(), State::kStale);
}

TEST_F(FreshnessTest, TheReasonDoesNotChangeWhileTheStateDoesNot) {
  connect();
  run(seconds{5});
  wait(seconds{2});
  const auto reason = freshness_.reason();
  wait(seconds{20});
  EXPECT_EQ(freshness_.reason(), reason);
  EXPECT_LE(reason.size(), 63U);
}

}  // namespace
}  // namespace tickgate::feeds
