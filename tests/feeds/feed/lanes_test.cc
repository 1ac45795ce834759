// SPDX-License-Identifier: Apache-2.0
// A feed of several connections, and connections that are replaced before they are closed, on the
// toy venue.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Five symbols, two a connection.
class SeveralConnections : public FeedTest {
 protected:
  void make_five() {
    facts_.symbols_per_connection = 2;
    facts_.heartbeat = seconds(1);
    FeedOptions options;
    options.pairs = {"A-USD", "B-USD", "C-USD", "D-USD", "E-USD"};
    make(options);
    start();
  }
  void make_live() {
    make_five();
    ASSERT_EQ(opened.size(), 3U);
    for (auto& one : opened) one.connection->on_connected(now());
    for (const char* frame : {"snap 0 1 10", "snap 1 1 20"}) {
      text(0, frame);
      text(1, frame);
    }
    text(2, "snap 0 1 30");
    run(milliseconds(100), "hb");
    ASSERT_EQ(feed->state(), FeedState::kLive);
    sink.take();
  }
};

TEST_F(SeveralConnections, ShareTheSymbolsInTheOrderOfTheConfiguration) {
  make_five();
  ASSERT_EQ(opened.size(), 3U);
  EXPECT_THAT(opened[0].connection->pairs(), ElementsAre("A-USD", "B-USD"));
  EXPECT_THAT(opened[1].connection->pairs(), ElementsAre("C-USD", "D-USD"));
  EXPECT_THAT(opened[2].connection->pairs(), ElementsAre("E-USD"));
  EXPECT_EQ(feed->publisher().cache().status(schemas::InstrumentId(4))->state, State::kDown);
}

TEST_F(SeveralConnections, AreOneToWhoeverFitsIntoOne) {
  facts_.symbols_per_connection = 2;
  make();
  start();
  EXPECT_EQ(opened.size(), 1U);
  EXPECT_EQ(feed->status().connections.size(), 1U);
}

TEST_F(SeveralConnections, ACaptureHasOne) {
  facts_.symbols_per_connection = 1;
  FeedOptions options;
  options.passive = true;
  make(options);
  start();
  EXPECT_EQ(opened.size(), 1U);
}

TEST_F(SeveralConnections, LosingOneTakesDownItsSymbolsOnly) {
  make_live();
  opened[1].connection->on_disconnected({ReconnectReason::kClosed, "test"}, now());
  EXPECT_THAT(sink.take(), ElementsAre("status 2 down", "status 3 down"));
  const auto status = feed->status();
  EXPECT_EQ(status.state, FeedState::kDown) << "the worst of them";
  EXPECT_EQ(status.reason, "1 of 3 connections: closed: test");
  ASSERT_EQ(status.connections.size(), 3U);
  EXPECT_EQ(status.connections[0].state, FeedState::kLive);
  EXPECT_EQ(status.connections[1].state, FeedState::kDown);
  EXPECT_EQ(status.connections[1].reason, "closed: test");
  EXPECT_EQ(status.connections[1].symbols, 2U);
  EXPECT_EQ(status.connections[2].symbols, 1U);
  text(2, "upd 0 2 31");
  EXPECT_THAT(sink.take(), ElementsAre("book 4 2 31", "quote 4 2 31"));
  run(seconds(1), "hb");
  opened[1].connection->on_connected(now());
  text(1, "snap 0 5 11");
  text(1, "snap 1 5 21");
  run(milliseconds(100), "hb");
  EXPECT_EQ(feed->state(), FeedState::kLive);
  EXPECT_EQ(feed->status().reason, "");
}

TEST_F(SeveralConnections, ASilentOneIsStaleByItself) {
  make_live();
  for (int i = 0; i < 5; ++i) {
    text(0, "hb");
    text(2, "hb");
    for (auto& one : opened) one.connection->on_bytes(2, now());
    run(seconds(1));
  }
  EXPECT_EQ(sink.states[2], State::kStale);
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(feed->status().connections[1].state, FeedState::kStale);
  EXPECT_EQ(feed->state(), FeedState::kStale);
}

TEST_F(SeveralConnections, ResyncTheirOwn) {
  make_live();
  for (auto& one : opened) one.take_sent();
  text(1, "upd 1 9 1");
  EXPECT_THAT(opened[1].take_sent(), ElementsAre("resub 1"));
  EXPECT_THAT(sink.take(), ElementsAre("status 3 recovering"));
}

TEST_F(SeveralConnections, ComeOneAfterTheOtherWhereTheVenueLimitsThat) {
  facts_.limits.between_connects = seconds(3);
  make_five();
  EXPECT_EQ(opened.size(), 1U);
  run(milliseconds(2900));
  EXPECT_EQ(opened.size(), 1U);
  run(milliseconds(200));
  EXPECT_EQ(opened.size(), 2U);
  run(seconds(4));
  EXPECT_EQ(opened.size(), 3U);
}

// Two symbols over one connection whose planned end comes within the hour.
class MakeBeforeBreak : public FeedTest {
 protected:
  void make_live() {
    facts_.make_before_break = true;
    facts_.limits = {.sends_per_second = 100, .send_burst = 100, .lifetime = hours(1)};
    make(patient());
    go_live();
    text(0, "trd 0 1 1");
    sink.take();
  }
  // Until another connection is opened; it connects.
  void open_another() {
    text(0, "move");
    run(milliseconds(100), "hb");
    ASSERT_EQ(opened.size(), 2U);
    opened[1].connection->on_connected(now());
    sink.take();
  }
  void sync_another() {
    for (const char* frame : {"ack 0 book", "ack 1 book", "snap 0 1 10.0", "snap 1 1 20.0"}) {
      text(1, frame);
    }
  }
  bool replaced() const { return io.closes == 1; }
};

TEST_F(MakeBeforeBreak, AtThePlannedEndTheNewOneIsSyncedBeforeTheOldOneIsClosed) {
  make_live();
  for (int i = 0; i < 3600 && opened.size() == 1; ++i) run(seconds(1), "hb");
  ASSERT_EQ(opened.size(), 2U);
  opened[1].connection->on_connected(now());
  EXPECT_THAT(opened[1].take_sent(), ElementsAre("sub 0", "sub 1"));
  run(seconds(3), "hb");
  EXPECT_FALSE(replaced());
  sync_another();
  run(milliseconds(500), "hb");
  EXPECT_FALSE(replaced()) << "the old one may have more to say";
  run(seconds(1), "hb");
  EXPECT_TRUE(replaced());
  EXPECT_EQ(opened[1].io.closes, 0);
  EXPECT_THAT(sink.take(), IsEmpty()) << "nobody has noticed";
  EXPECT_EQ(reconnects(ReconnectReason::kPlanned), 1U);
  text(1, "upd 0 2 10.5");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 10.5", "quote 0 2 10.5"));
  EXPECT_EQ(feed->status().state, FeedState::kLive);
}

TEST_F(MakeBeforeBreak, WhatTheNewOneAloneHasHeardIsPublishedWhenItTakesOver) {
  make_live();
  open_another();
  sync_another();
  text(1, "upd 1 2 21");
  EXPECT_THAT(sink.take(), IsEmpty());
  run(milliseconds(1200), "hb");
  EXPECT_TRUE(replaced());
  EXPECT_THAT(sink.take(), ElementsAre("book 1 2 21", "quote 1 2 21"));
}

std::string stamped(std::string_view frame, std::int64_t at) {
  return fmt::format("{} @{}", frame, 1'000'000'000 + at * 1'000);
}

TEST_F(MakeBeforeBreak, PricesDoNotGoBackThoughTheNewOneIsBehind) {
  make_live();
  open_another();
  text(1, stamped("snap 0 1 10.0", 1));
  text(1, "snap 1 1 20.0");
  text(0, stamped("upd 0 2 11", 2));
  text(0, stamped("upd 0 3 12", 3));
  sink.take();
  run(milliseconds(1200), "hb");
  ASSERT_TRUE(replaced());
  text(1, stamped("upd 0 2 11", 2));
  EXPECT_THAT(sink.take(), IsEmpty());
  text(1, stamped("upd 0 3 12", 3));
  text(1, stamped("upd 0 4 13", 4));
  EXPECT_THAT(sink.take(), ElementsAre("book 0 4 13", "quote 0 4 13"));
}

TEST_F(MakeBeforeBreak, NoTradeComesTwiceWhicheverIsAhead) {
  make_live();
  open_another();
  text(0, "trd 0 2 1");
  sync_another();
  text(1, "trd 0 2 1");
  text(1, "trd 0 3 1");
  text(0, "trd 0 3 1");
  text(0, "trd 0 4 1");
  text(0, "trd 1 1 1");
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 2 1", "trade 0 3 1", "trade 0 4 1", "trade 1 1 1"));
  run(milliseconds(1200), "hb");
  ASSERT_TRUE(replaced());
  for (const char* frame : {"trd 0 4 1", "trd 1 1 1", "trd 0 5 1", "trd 1 2 1"}) text(1, frame);
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 5 1", "trade 1 2 1"));
}

TEST_F(MakeBeforeBreak, NorDoesOneThatOnlyTheFeedCanRecognise) {
  continues_ = false;
  make_live();
  open_another();
  sync_another();
  for (const char* frame : {"trd 0 2 1", "trd 0 3 1"}) text(0, frame);
  text(1, "trd 0 2 1");
  sink.take();
  run(milliseconds(1200), "hb");
  ASSERT_TRUE(replaced());
  for (const char* frame : {"trd 0 3 1", "trd 0 4 1"}) text(1, frame);
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 4 1"));
}

TEST_F(MakeBeforeBreak, WhereNobodyCanCountAGapOfOneSaysThatSomethingMayBeMissing) {
  continues_ = false;
  make_live();
  open_another();
  sync_another();
  text(1, "trd 0 7 1");
  sink.take();
  run(seconds(9), "hb");
  EXPECT_FALSE(replaced());
  run(seconds(2), "hb");
  ASSERT_TRUE(replaced());
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 2-2", "trade 0 3 1"));
}

TEST_F(MakeBeforeBreak, TradesThatOnlyTheNewOneHeardFollowThoseOfTheOldOne) {
  make_live();
  open_another();
  sync_another();
  text(0, "trd 0 2 1");
  for (const char* frame : {"trd 0 2 1", "trd 0 3 1", "trd 0 4 1"}) text(1, frame);
  sink.take();
  run(milliseconds(1200), "hb");
  ASSERT_TRUE(replaced());
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 3 1", "trade 0 4 1"));
}

TEST_F(MakeBeforeBreak, TradesThatDoNotJoinAreWaitedForAndThenAGap) {
  make_live();
  open_another();
  sync_another();
  text(1, "trd 0 4 1");
  run(seconds(5), "hb");
  EXPECT_FALSE(replaced()) << "the old one lags";
  text(0, "trd 0 2 1");
  sink.take();
  run(seconds(6), "hb");
  ASSERT_TRUE(replaced());
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 3-3", "trade 0 4 1"));
  EXPECT_EQ(feed->counters().trades_lost.value(), 1U);
}

TEST_F(MakeBeforeBreak, WhenTheOldOneIsLostTheNewOneTakesOverAtOnce) {
  make_live();
  open_another();
  text(1, "ack 0 book");
  text(1, "snap 0 1 10.0");
  text(1, "trd 0 3 1");
  sink.take();
  lose(ReconnectReason::kClosed);
  EXPECT_THAT(sink.take(), ElementsAre("status 1 recovering", "gap 0 2-2", "trade 0 3 1"));
  text(1, "snap 1 1 20");
  EXPECT_EQ(sink.states[1], State::kLive);
  EXPECT_EQ(reconnects(ReconnectReason::kClosed), 1U);
  run(milliseconds(100));
  EXPECT_EQ(opened.size(), 2U);
  EXPECT_EQ(feed->state(), FeedState::kLive);
}

TEST_F(MakeBeforeBreak, ANewOneThatFailsIsTriedAgainAndHarmsNobody) {
  make_live();
  text(0, "move");
  for (std::size_t i = 1; i < 4; ++i) {
    for (int wait = 0; wait < 700 && opened.size() == i; ++wait) run(milliseconds(50), "hb");
    ASSERT_EQ(opened.size(), i + 1);
    opened[i].connection->on_disconnected({ReconnectReason::kRefused, "429"}, now());
  }
  EXPECT_EQ(io.closes, 0);
  text(0, "upd 0 2 11");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
  EXPECT_EQ(reconnects(ReconnectReason::kRefused), 3U);
}

TEST_F(MakeBeforeBreak, ANewOneThatNeverSyncsIsGivenUp) {
  make_live();
  open_another();
  text(1, "ack 0 book");
  text(1, "ack 1 book");
  text(1, "snap 0 1 10.0");
  for (int i = 0; i < 605; ++i) {
    if (opened[1].io.closes == 0) text(1, "hb");
    run(seconds(1), "hb");
  }
  EXPECT_EQ(opened[1].io.closes, 1);
  EXPECT_EQ(io.closes, 0);
  EXPECT_THAT(sink.take(), IsEmpty());
}

TEST_F(MakeBeforeBreak, AHaltThatTheNewOneHeardHolds) {
  make_live();
  open_another();
  sync_another();
  text(1, "halt 1");
  EXPECT_THAT(sink.take(), IsEmpty());
  run(milliseconds(1200), "hb");
  EXPECT_THAT(sink.take(), ElementsAre("status 1 halted"));
}

TEST_F(MakeBeforeBreak, SoDoesOneOfWhichTheNewOneHasHeardNothing) {
  make_live();
  text(0, "halt 1");
  EXPECT_THAT(sink.take(), ElementsAre("status 1 halted"));
  open_another();
  sync_another();
  run(milliseconds(1200), "hb");
  EXPECT_EQ(feed->publisher().cache().status(schemas::InstrumentId(1))->state, State::kHalted);
  EXPECT_EQ(io.closes, 1) << "the new one has taken over";
  text(1, "open 1");
  EXPECT_EQ(feed->publisher().cache().status(schemas::InstrumentId(1))->state, State::kLive);
}

TEST_F(MakeBeforeBreak, StoppingClosesBoth) {
  make_live();
  open_another();
  feed->stop(now());
  EXPECT_EQ(io.closes, 1);
  EXPECT_EQ(opened[1].io.closes, 1);
  EXPECT_EQ(sink.states[0], State::kDown);
}

TEST_F(MakeBeforeBreak, WithoutTheFlagAPlannedEndIsAsEver) {
  facts_.limits.lifetime = hours(1);
  make();
  go_live();
  for (int i = 0; i < 3600 && io.closes == 0; ++i) run(seconds(1), "hb");
  EXPECT_EQ(io.closes, 1);
  EXPECT_EQ(opened.size(), 1U);
  EXPECT_EQ(sink.states[0], State::kDown);
}

}  // namespace
}  // namespace tickgate::feeds
