// SPDX-License-Identifier: Apache-2.0
// A feed of two lines on the toy venue: who speaks, and what clients see of it.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class TwoLines : public FeedTest {
 protected:
  void make_live() {
    facts_.heartbeat = seconds(1);
    facts_.limits = {.sends_per_second = 100, .send_burst = 100, .connects = 0};
    facts_.numbered.trades = Numbering::kContiguous;
    FeedOptions options;
    options.lines = 2;
    make(options);
    start();
    ASSERT_EQ(opened.size(), 2U);
    for (auto& one : opened) one.connection->on_connected(now());
    for (const std::size_t line : {0U, 1U}) {
      for (const char* frame : {"snap 0 1 10", "snap 1 1 20"}) text(line, frame);
    }
    run(milliseconds(1'100), "hb");
    ASSERT_EQ(feed->state(), FeedState::kLive);
    for (const auto& [id, state] : sink.states) ASSERT_EQ(state, State::kLive) << id;
    sink.take();
  }
  void cut(std::size_t line) {
    opened[line].connection->on_disconnected({ReconnectReason::kClosed, "test"}, now());
  }
  const LineCounters& line(std::size_t index) const { return feed->counters().lines.at(index); }
};

class Numbered : public TwoLines {
 protected:
  Numbered() { facts_.numbered.books = facts_.numbered.quotes = Numbering::kRising; }
};
class Spare : public TwoLines {};

TEST_F(Numbered, AreAnnouncedOnceAndToldByLine) {
  make_live();
  EXPECT_THAT(sink.take(), IsEmpty());
  const auto status = feed->status();
  ASSERT_EQ(status.connections.size(), 2U);
  EXPECT_EQ(status.connections[0].line, 1U);
  EXPECT_EQ(status.connections[1].line, 2U);
  EXPECT_EQ(line(0).up.value(), 1);
  EXPECT_EQ(line(1).up.value(), 1);
  EXPECT_EQ(status.instruments[static_cast<std::size_t>(State::kLive)], 2);
}

TEST_F(Numbered, TheFirstToBringAnUpdateWins) {
  make_live();
  text(0, "upd 0 2 11");
  text(1, "upd 0 2 11");
  text(1, "upd 0 3 12");
  EXPECT_THAT(sink.take(),
              ElementsAre("book 0 2 11", "quote 0 2 11", "book 0 3 12", "quote 0 3 12"));
  run(milliseconds(100));
  text(0, "upd 0 3 12");
  EXPECT_THAT(sink.take(), IsEmpty());
  EXPECT_GE(line(0).wins.value(), 2U);
  EXPECT_GE(line(1).wins.value(), 2U);
  EXPECT_GE(line(1).leads.value(), 1U);
  EXPECT_GE(line(1).lead_time.value(), 100'000U);
}

TEST_F(Numbered, ALineThatIsLostOrResyncsIsNotNoticed) {
  make_live();
  text(0, "upd 0 9 1");
  text(1, "upd 0 2 11");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
  text(0, "snap 0 2 11");
  cut(1);
  run(milliseconds(100));
  EXPECT_THAT(sink.take(), IsEmpty());
  EXPECT_EQ(line(1).up.value(), 0);
  EXPECT_EQ(feed->state(), FeedState::kLive) << "as the better line is";
  EXPECT_NE(feed->status().connections[1].state, FeedState::kLive);
  text(0, "upd 0 3 12");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 3 12", "quote 0 3 12"));
}

TEST_F(Numbered, BothDownIsDown) {
  make_live();
  cut(0);
  EXPECT_THAT(sink.take(), IsEmpty());
  cut(1);
  EXPECT_THAT(sink.take(), ElementsAre("status 0 down", "status 1 down"));
  EXPECT_EQ(feed->state(), FeedState::kDown);
}

TEST_F(Numbered, WhatIsOlderThanWhatWasShownIsNotShownWhenOneComesBack) {
  make_live();
  text(0, "upd 0 2 11");
  text(0, "upd 0 3 12");
  sink.take();
  cut(0);
  text(1, "upd 0 2 11");
  EXPECT_THAT(sink.take(), IsEmpty());
  text(1, "upd 0 3 12");
  text(1, "upd 0 4 13");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 4 13", "quote 0 4 13"));
}

TEST_F(Numbered, ATradeThatOneLineMissedComesFromTheOther) {
  make_live();
  for (const char* frame : {"trd 0 1 1", "trd 0 3 1"}) text(0, frame);
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 1 1"));
  for (const char* frame : {"trd 0 1 1", "trd 0 2 1", "trd 0 3 1"}) text(1, frame);
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 2 1", "trade 0 3 1"));
  EXPECT_EQ(feed->counters().trades_lost.value(), 0U);
}

TEST_F(Numbered, ATradeThatNeitherBringsIsAGapInTheEnd) {
  make_live();
  text(1, "trd 0 1 1");
  for (const char* frame : {"trd 0 1 1", "trd 0 3 1"}) text(0, frame);
  sink.take();
  run(milliseconds(2'200), "hb");
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 2-2", "trade 0 3 1"));
  EXPECT_EQ(feed->counters().trades_lost.value(), 1U);
}

TEST_F(Numbered, TheNewerWordOnTradingCounts) {
  make_live();
  text(1, "halt 0");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 halted"));
  text(0, "halt 0");
  text(0, "open 0");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live"));
  text(1, "open 0");
  EXPECT_THAT(sink.take(), IsEmpty());
}

std::string stamped(std::string_view frame, std::int64_t at) {
  return fmt::format("{} @{}", frame, 1'000'000'000 + at * 1'000);
}

TEST_F(Spare, SaysNothingWhileTheOtherSpeaks) {
  make_live();
  text(1, "upd 0 2 11");
  EXPECT_THAT(sink.take(), IsEmpty());
  text(0, "upd 0 2 11");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
}

TEST_F(Spare, TakesOverAtOnceWhenTheOtherIsLostOrBroken) {
  make_live();
  text(1, "upd 0 2 11");
  text(0, "upd 0 7 1");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
  text(1, "upd 1 2 21");
  cut(0);
  EXPECT_THAT(sink.take(), ElementsAre("book 1 2 21", "quote 1 2 21"));
  EXPECT_EQ(line(1).takeovers.value(), 2U);
}

TEST_F(Spare, TakesOverWithinAHeartbeatFromOneThatIsSilent) {
  make_live();
  text(1, "upd 0 2 11");
  run(milliseconds(700), "");
  EXPECT_THAT(sink.take(), IsEmpty());
  run(milliseconds(200), "");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
  text(1, "upd 0 3 12");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 3 12", "quote 0 3 12"));
}

TEST_F(Spare, OneThatIsAsFastIsNotTakenFrom) {
  make_live();
  for (int i = 2; i < 40; ++i) {
    text(1, stamped(fmt::format("upd 0 {} {}", i, i), i));
    run(milliseconds(300), "hb");
    text(0, stamped(fmt::format("upd 0 {} {}", i, i), i));
  }
  EXPECT_EQ(line(1).takeovers.value(), 0U);
}

TEST_F(Spare, PricesDoNotGoBackThoughItIsBehind) {
  make_live();
  for (const int i : {2, 3}) text(0, stamped(fmt::format("upd 0 {} {}", i, i), i));
  sink.take();
  cut(0);
  text(1, stamped("upd 0 2 2", 2));
  EXPECT_THAT(sink.take(), IsEmpty());
  text(1, stamped("upd 0 3 3", 3));
  text(1, stamped("upd 0 4 4", 4));
  EXPECT_THAT(sink.take(), ElementsAre("book 0 4 4", "quote 0 4 4"));
}

TEST_F(Spare, TradesAreJoinedByTheirIdsWhoeverSpeaks) {
  make_live();
  for (const char* frame : {"trd 0 1 1", "trd 0 2 1"}) text(0, frame);
  text(1, "trd 0 1 1");
  cut(0);
  for (const char* frame : {"trd 0 2 1", "trd 0 3 1"}) text(1, frame);
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 1 1", "trade 0 2 1", "trade 0 3 1"));
}

TEST_F(Spare, ALineIsReplacedWhileTheOtherSpeaksAndNeitherIsMissed) {
  facts_.make_before_break = true;
  make_live();
  text(0, "move");
  run(milliseconds(100), "hb");
  ASSERT_EQ(opened.size(), 3U);
  opened[2].connection->on_connected(now());
  for (const char* frame : {"ack 0 book", "ack 1 book", "snap 0 1 10", "snap 1 1 20"}) {
    text(2, frame);
  }
  run(milliseconds(1'300), "hb");
  EXPECT_EQ(io.closes, 1) << "replaced";
  text(2, "upd 0 2 11");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 11", "quote 0 2 11"));
  EXPECT_EQ(line(0).up.value(), 1);
}

// Of a price more than ten times off the first line, which costs 10.
class LaterLine : public Numbered {
 protected:
  void begin() {
    facts_.numbered.trades = Numbering::kContiguous;
    auto options = patient();
    options.lines = 2;
    options.plausible.factor = 10;
    make(options);
    start();
    opened[0].connection->on_connected(now());
    for (const char* frame : {"snap 0 1 10", "snap 1 1 20", "trd 0 1 10"}) text(0, frame);
    run(seconds(5), "hb");
  }
  void second_connects() {
    opened[1].connection->on_connected(now());
    sink.take();
  }
  std::uint64_t off() const {
    return feed->counters().quarantined[static_cast<std::size_t>(Implausible::kOffMedian)].value();
  }
};

TEST_F(LaterLine, JudgesItsFirstPriceByWhatTheOtherKnows) {
  begin();
  second_connects();
  text(1, "trd 0 2 1000");
  EXPECT_EQ(off(), 1U);
  text(1, "trd 0 3 11");
  EXPECT_THAT(sink.take(), IsEmpty()) << "the first line may still bring the second trade";
  text(0, "trd 0 2 10.5");
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 2 10.5", "trade 0 3 11"));
}

TEST_F(LaterLine, BelievesItsFirstPriceWhereTheOtherHasHeardNoneForAMinute) {
  begin();
  run(seconds(61), "hb");
  second_connects();
  text(1, "trd 0 2 1000");
  EXPECT_EQ(off(), 0U);
}

TEST_F(LaterLine, WhoseTradingBeginsAnewMayOpenAnywhereWhateverTheOtherKnows) {
  begin();
  second_connects();
  text(1, "snap 0 1 10");
  text(1, "halt 0");
  text(1, "open 0");
  text(1, "trd 0 2 1000");
  EXPECT_EQ(off(), 0U);
  text(1, "trd 0 3 10");
  EXPECT_EQ(off(), 1U) << "which is its level from then on";
}

}  // namespace
}  // namespace tickgate::feeds
