// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/feed.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(FeedTest, AnnouncesItsInstrumentsAsDownBeforeThereIsAConnection) {
  make();
  start();
  EXPECT_THAT(sink.take(),
              ElementsAre("instrument 0", "status 0 down", "instrument 1", "status 1 down"));
  EXPECT_EQ(feed->state(), FeedState::kConnecting);
}

TEST_F(FeedTest, AnInstrumentIsLiveFromItsFirstWholeBookAndNotBefore) {
  make();
  start();
  sink.take();
  first().on_connected(now());
  EXPECT_THAT(sink.take(), ElementsAre("status 0 recovering", "status 1 recovering"));
  EXPECT_EQ(feed->state(), FeedState::kSyncing);
  text("upd 0 5 10.5");
  EXPECT_THAT(sink.take(), IsEmpty());
  text("snap 0 5 10.5");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "book 0 1 10.5", "quote 0 1 10.5"));
  run(milliseconds(100));
  EXPECT_EQ(feed->state(), FeedState::kSyncing) << "the other one still waits";
  text("snap 1 1 20");
  run(milliseconds(100));
  EXPECT_EQ(feed->state(), FeedState::kLive);
}

TEST_F(FeedTest, SubscriptionsAreSentNoFasterThanTheVenuePermits) {
  facts_.limits = {.sends_per_second = 1, .send_burst = 1};
  make();
  start();
  first().on_connected(now());
  EXPECT_THAT(io.sent, ElementsAre("sub 0"));
  run(milliseconds(900));
  EXPECT_EQ(io.sent.size(), 1U);
  run(milliseconds(200));
  EXPECT_THAT(io.sent, ElementsAre("sub 0", "sub 1"));
}

TEST_F(FeedTest, AGapMakesOneInstrumentRecoverAndLeavesTheOtherAlone) {
  make();
  go_live();
  text("upd 0 3 10.3");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 recovering"));
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0"));
  text("upd 0 4 10.4");
  text("upd 1 2 20.2");
  EXPECT_THAT(sink.take(), ElementsAre("book 1 2 20.2", "quote 1 2 20.2"));
  text("snap 0 9 10.9");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "book 0 2 10.9", "quote 0 2 10.9"));
  EXPECT_EQ(anomalies(Anomaly::kGap), 1U);
  EXPECT_EQ(feed->counters().resyncs.value(), 1U);
}

TEST_F(FeedTest, ABookThatFailsAgainAndAgainIsResyncedEverMoreSlowly) {
  make(patient());
  go_live();
  std::vector<Monotonic> times;
  std::uint64_t sequence = 100;
  for (int i = 0; i < 40'000 && times.size() < 9; ++i) {
    if (sink.states[0] == State::kLive) text(fmt::format("upd 0 {} 1", sequence += 10));
    run(milliseconds(50), "hb");
    if (!io.take_sent().empty()) {
      times.push_back(steady);
      text(fmt::format("snap 0 {} 1", ++sequence));
    }
  }
  ASSERT_EQ(times.size(), 9U);
  EXPECT_LE(times[1] - times[0], seconds(2));
  for (std::size_t i = 4; i < times.size(); ++i) {
    const auto least = std::min<Monotonic>(seconds(30), milliseconds(500) * (1 << (i - 1)));
    EXPECT_GE(times[i] - times[i - 1], least) << i;
  }
}

TEST_F(FeedTest, AMassOfGapsIsResyncedAtTheVenuesPace) {
  facts_.limits = {.sends_per_second = 1000, .send_burst = 1000, .resyncs_per_second = 1};
  make();
  go_live();
  text("upd 0 9 1");
  text("upd 1 9 1");
  EXPECT_EQ(io.take_sent().size(), 1U);
  run(milliseconds(1050), "hb");
  EXPECT_EQ(io.take_sent().size(), 1U);
}

TEST_F(FeedTest, ALostLinkBringsEveryInstrumentDownAndIsRetriedForEverWithJitter) {
  make();
  go_live();
  lose(ReconnectReason::kClosed);
  EXPECT_THAT(sink.take(), ElementsAre("status 0 down", "status 1 down"));
  EXPECT_EQ(feed->state(), FeedState::kDown);
  std::vector<Monotonic> attempts;
  while (attempts.size() < 30) {
    const int before = io.connects;
    run(milliseconds(50));
    if (io.connects == before) continue;
    attempts.push_back(steady);
    lose(ReconnectReason::kRefused);
  }
  EXPECT_THAT(sink.take().size(), testing::Le(4U)) << "a new reason, not a status each attempt";
  for (std::size_t i = 1; i < attempts.size(); ++i) {
    EXPECT_LE(attempts[i] - attempts[i - 1], seconds(31));
    if (i > 8) {
      EXPECT_GE(attempts[i] - attempts[i - 1], milliseconds(1800));
    }
  }
  EXPECT_EQ(reconnects(ReconnectReason::kRefused), 30U);
  EXPECT_EQ(reconnects(ReconnectReason::kClosed), 1U);
}

TEST_F(FeedTest, ARefusalsRetryAfterIsHonoured) {
  make();
  start();
  first().on_disconnected({ReconnectReason::kRefused, "429", seconds(120)}, now());
  run(seconds(119));
  EXPECT_EQ(io.connects, 1);
  run(seconds(2));
  EXPECT_EQ(io.connects, 2);
}

TEST_F(FeedTest, PingsKeepALinkFromBeingIdleButAreNoMessages) {
  make();
  go_live();
  busy(0, 150, 2);
  for (int i = 0; i < 20; ++i) {
    first().on_bytes(2, now());
    run(seconds(1));
  }
  EXPECT_EQ(io.closes, 0);
  EXPECT_EQ(feed->state(), FeedState::kStale);
  EXPECT_EQ(sink.states[0], State::kStale);
  for (int i = 0; i < 75; ++i) {
    first().on_bytes(2, now());
    run(seconds(1));
  }
  EXPECT_EQ(reconnects(ReconnectReason::kIdle), 1U) << "but not for ever";
}

TEST_F(FeedTest, ALinkWithoutAByteIsGivenUp) {
  make();
  go_live();
  run(milliseconds(29'700));
  EXPECT_EQ(io.closes, 0);
  run(milliseconds(500));
  EXPECT_EQ(io.closes, 1);
  EXPECT_EQ(reconnects(ReconnectReason::kIdle), 1U);
  EXPECT_EQ(sink.states[0], State::kDown);
}

TEST_F(FeedTest, ASilentVenueIsStaleAndOnlyAFreshValueIsLiveAgain) {
  make();
  go_live();
  busy(0, 150, 2);
  run(milliseconds(2'500));
  EXPECT_EQ(sink.states[0], State::kLive);
  run(seconds(1));
  EXPECT_EQ(sink.states[0], State::kStale);
  EXPECT_EQ(sink.reasons[1], "the venue is silent");
  sink.take();
  text("hb");
  run(milliseconds(100));
  EXPECT_EQ(sink.states[0], State::kStale) << "a heartbeat is no fresh value";
  EXPECT_EQ(feed->state(), FeedState::kLive);
  text("upd 0 152 10.2");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.states[1], State::kStale);
  run(seconds(4), "hb");
  EXPECT_EQ(sink.states[1], State::kLive) << "quiet by nature, and the venue speaks";
}

TEST_F(FeedTest, ABusyInstrumentThatFallsSilentIsStaleWhileAQuietOneStaysLive) {
  make();
  go_live();
  busy(0, 150, 2);
  run(milliseconds(2'500), "hb");
  EXPECT_EQ(sink.states[0], State::kLive);
  sink.take();
  run(seconds(1), "hb");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 stale"));
  run(seconds(40), "hb");
  EXPECT_EQ(sink.states[1], State::kLive);
  text("upd 0 152 7");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(FeedTest, WhenEveryInstrumentIsStaleThoughHeartbeatsComeTheLinkIsMadeAnew) {
  make();
  go_live();
  busy(0, 150, 2);
  busy(1, 150, 2);
  run(minutes(4), "hb");
  EXPECT_EQ(io.closes, 0);
  run(minutes(3), "hb");
  EXPECT_EQ(reconnects(ReconnectReason::kIdle), 1U);
}

TEST_F(FeedTest, ARefusedBookLeavesItsInstrumentDownAndTheOthersLive) {
  make();
  start();
  first().on_connected(now());
  text("ack 1 book");
  text("snap 1 1 5");
  text("ref 0 book unsupported");
  EXPECT_EQ(sink.states[0], State::kDown);
  EXPECT_EQ(sink.reasons[0], "refused: unsupported");
  EXPECT_EQ(sink.states[1], State::kLive);
  io.take_sent();
  run(seconds(14), "hb");
  EXPECT_THAT(io.sent, IsEmpty()) << "retried slowly";
  run(seconds(17), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0"));
  text("ack 0 book");
  text("snap 0 1 5");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(feed->counters().refused.value(), 1U);
}

TEST_F(FeedTest, ARefusedTradeChannelIsSaidBesideLive) {
  make();
  go_live();
  text("ref 0 trade nothing");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.notes[0], "trades are missing: refused: nothing");
  text("ack 0 trade");
  run(milliseconds(100));
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
}

TEST_F(FeedTest, AnUnansweredSubscriptionIsSaidInItsStatusAndRetriedSlowly) {
  make();
  start();
  first().on_connected(now());
  text("ack 1 book");
  text("snap 1 1 5");
  io.take_sent();
  run(seconds(11), "hb");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  EXPECT_EQ(sink.reasons[0], "the venue did not answer the subscription");
  EXPECT_EQ(sink.states[1], State::kLive);
  EXPECT_EQ(feed->state(), FeedState::kLive);
  EXPECT_EQ(feed->counters().ack_timeouts.value(), 1U);
  run(seconds(31), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0"));
}

TEST_F(FeedTest, WhenNoSubscriptionIsAnsweredTheLinkIsMadeAnew) {
  make();
  start();
  first().on_connected(now());
  run(seconds(11), "hb");
  EXPECT_EQ(reconnects(ReconnectReason::kTimeout), 1U);
}

TEST_F(FeedTest, AnAcknowledgedBookThatNeverComesIsAskedForAgain) {
  make(patient());
  start();
  first().on_connected(now());
  for (const char* frame : {"ack 0 book", "ack 1 book", "snap 1 1 5"}) text(frame);
  io.take_sent();
  run(seconds(62), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0"));
}

TEST_F(FeedTest, TwentyUnreadableMessagesInARowEndTheConnectionNineteenDoNot) {
  make();
  go_live();
  for (int i = 0; i < 19; ++i) text("{");
  text("hb");
  for (int i = 0; i < 19; ++i) text("upd 0 x 1");
  EXPECT_EQ(io.closes, 0);
  EXPECT_EQ(anomalies(Anomaly::kParseError), 38U);
  text("}");
  EXPECT_EQ(reconnects(ReconnectReason::kParseErrors), 1U);
  EXPECT_EQ(sink.states[0], State::kDown);
}

TEST_F(FeedTest, GarbageIsNoProofOfLife) {
  make();
  go_live();
  busy(0, 150, 2);
  for (int i = 0; i < 12; ++i) {
    text("garbage");
    run(seconds(1));
  }
  EXPECT_EQ(sink.states[0], State::kStale);
}

TEST_F(FeedTest, LeavesBeforeTheVenueThrowsItOut) {
  facts_.limits = {.lifetime = std::chrono::hours(1)};
  make(patient());
  go_live();
  run(minutes(53), "hb");
  EXPECT_EQ(io.closes, 0);
  for (int i = 0; i < 7 * 60 && io.connects == 1; ++i) run(seconds(1), "hb");
  EXPECT_EQ(reconnects(ReconnectReason::kPlanned), 1U);
  EXPECT_EQ(io.connects, 2);
}

TEST_F(FeedTest, AReconnectWishIsGrantedThroughTheBackoff) {
  make();
  go_live();
  text("bye");
  EXPECT_EQ(reconnects(ReconnectReason::kVenueAsked), 1U);
  EXPECT_EQ(io.connects, 1);
  run(milliseconds(600));
  EXPECT_EQ(io.connects, 2);
}

TEST_F(FeedTest, HaltsAndClosuresAreTheVenuesWord) {
  make();
  go_live();
  text("halt 0");
  text("gone 1");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 halted", "status 1 closed"));
  text("upd 0 2 3");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 3", "quote 0 2 3"));
  text("open 0");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live"));
  lose(ReconnectReason::kClosed);
  EXPECT_EQ(sink.states[1], State::kClosed) << "what is not listed is not merely down";
}

TEST_F(FeedTest, LostTradesAreAnnouncedBeforeTheNext) {
  make();
  go_live();
  text("trd 0 5 1.0");
  lose(ReconnectReason::kClosed);
  run(seconds(1));
  first().on_connected(now());
  sink.take();
  text("trd 0 9 1.1");
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 2-4", "trade 0 5 1.1"));
  EXPECT_EQ(feed->counters().trades_lost.value(), 3U);
}

TEST_F(FeedTest, AnUnknownInstrumentMakesNothing) {
  make();
  go_live();
  text("snap 77 1 5");
  EXPECT_THAT(sink.take(), IsEmpty());
  EXPECT_EQ(anomalies(Anomaly::kUnknownInstrument), 1U);
}

TEST_F(FeedTest, ACaptureIsWaitedForWithoutDeadlines) {
  FeedOptions options;
  options.passive = true;
  make(options);
  start();
  first().on_connected(now());
  text("snap 0 1 5");
  run(minutes(10));
  EXPECT_EQ(io.closes, 0);
  EXPECT_EQ(feed->counters().ack_timeouts.value(), 0U);
  EXPECT_EQ(sink.states[0], State::kStale);
}

TEST_F(FeedTest, StoppingIsForGood) {
  make();
  go_live();
  feed->stop(now());
  EXPECT_EQ(io.closes, 1);
  EXPECT_EQ(sink.states[0], State::kDown);
  run(minutes(2));
  EXPECT_EQ(io.connects, 1);
}

TEST_F(FeedTest, ItsStatusCountsInstrumentsByState) {
  make();
  go_live();
  text("upd 0 9 1");
  const auto status = feed->status();
  EXPECT_EQ(status.state, FeedState::kLive);
  EXPECT_EQ(status.instruments[static_cast<std::size_t>(State::kRecovering)], 1);
  EXPECT_EQ(status.instruments[static_cast<std::size_t>(State::kLive)], 1);
  EXPECT_EQ(status.last_message, now().wall);
}

}  // namespace
}  // namespace tickgate::feeds
