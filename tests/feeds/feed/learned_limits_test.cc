// SPDX-License-Identifier: Apache-2.0
// How much one connection may carry, learned from what the venue refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Five symbols over one connection, of which the venue grants two.
class LearnedLimits : public FeedTest {
 protected:
  void open_five() {
    FeedOptions options;
    options.pairs = {"A-USD", "B-USD", "C-USD", "D-USD", "E-USD"};
    make(options);
    start();
    first().on_connected(now());
    run(milliseconds(500));
    text("snap 0 1 10");
    text("snap 1 1 20");
    sink.take();
  }
  void refuse_three() {
    text("full 2 3 4");
    run(milliseconds(100), "hb");
  }
  void connect(std::size_t index) {
    opened[index].connection->on_connected(now());
    run(milliseconds(100), "hb");
  }
  // The two that were granted, moved on.
  void tell(int sequence) {
    for (int i = 0; i < 2; ++i) text(fmt::format("upd {} {} {}", i, sequence, sequence));
  }
};

TEST_F(LearnedLimits, WhatIsRefusedGoesToFurtherConnectionsAndNothingGrantedGoesDown) {
  open_five();
  refuse_three();
  ASSERT_EQ(opened.size(), 3U);
  EXPECT_THAT(opened[0].connection->pairs(), ElementsAre("A-USD", "B-USD"));
  EXPECT_THAT(opened[1].connection->pairs(), ElementsAre("C-USD", "D-USD"));
  EXPECT_THAT(opened[2].connection->pairs(), ElementsAre("E-USD"));
  EXPECT_EQ(feed->counters().symbols_per_connection.value(), 2);
  tell(2);
  connect(1);
  connect(2);
  text(1, "snap 0 7 30");
  text(1, "snap 1 7 40");
  text(2, "snap 0 7 50");
  tell(3);
  run(seconds(1), "hb");
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(sink.states[i], State::kLive) << i;
  const auto lines = sink.take();
  for (const char* never : {"status 0", "status 1", "instrument"}) {
    EXPECT_THAT(lines, Not(Contains(StartsWith(never))));
  }
  EXPECT_THAT(lines, Contains("book 4 1 50"));
  EXPECT_EQ(feed->state(), FeedState::kLive);
  EXPECT_EQ(feed->status().connections.size(), 3U);
  EXPECT_EQ(feed->status().instruments[static_cast<std::size_t>(State::kLive)], 5);
  EXPECT_EQ(io.closes, 0);
}

TEST_F(LearnedLimits, WhatTheFullOneStillSaysOfThemIsNobodys) {
  open_five();
  refuse_three();
  sink.take();
  text("trd 2 7 1");
  text("snap 3 7 1");
  text("ref 4 book no");
  run(minutes(3), "hb");
  EXPECT_THAT(sink.take(), Not(Contains(testing::HasSubstr(" live"))));
  EXPECT_EQ(anomalies(Anomaly::kUnknownInstrument), 0U);
}

TEST_F(LearnedLimits, ItIsRememberedWhenTheConnectionIsMadeAnew) {
  open_five();
  refuse_three();
  lose(ReconnectReason::kClosed);
  run(seconds(1), "hb");
  io.take_sent();
  first().on_connected(now());
  run(milliseconds(500));
  EXPECT_THAT(io.take_sent(), ElementsAre("sub 0", "sub 1"));
  text("snap 0 5 10");
  text("upd 1 9 1");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(LearnedLimits, ASmallerOneOfAFurtherConnectionIsMetLikewise) {
  open_five();
  refuse_three();
  connect(1);
  text(1, "snap 0 1 1");
  text(1, "full 1");
  run(milliseconds(100), "hb");
  ASSERT_EQ(opened.size(), 4U);
  EXPECT_THAT(opened[3].connection->pairs(), ElementsAre("D-USD"));
  EXPECT_EQ(feed->counters().symbols_per_connection.value(), 1);
}

TEST_F(LearnedLimits, WhereNothingIsGrantedItIsARefusal) {
  open_five();
  text("full 0 1 2 3 4");
  run(seconds(1), "hb");
  EXPECT_EQ(opened.size(), 1U);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sink.states[i], State::kDown) << i;
    EXPECT_EQ(sink.reasons[i], "refused: too many books");
  }
  io.take_sent();
  run(minutes(2), "hb");
  EXPECT_GE(io.take_sent().size(), 5U) << "asked for again";
}

TEST_F(LearnedLimits, TradesOfWhatMovesGoOnAndWhatIsMissingIsAGap) {
  for (const bool counted : {true, false}) {
    continues_ = counted;
    opened.clear();
    sink.lines.clear();
    open_five();
    text("trd 2 5 1");
    const auto sequence = feed->publisher().has_trades(schemas::InstrumentId(2));
    EXPECT_TRUE(sequence);
    refuse_three();
    connect(1);
    text(1, "snap 0 7 30");
    text(1, "trd 0 8 2");
    run(milliseconds(100), "hb");
    const auto lines = sink.take();
    EXPECT_THAT(lines, Contains("trade 2 1 1"));
    EXPECT_THAT(lines, Contains(counted ? "gap 2 2-3" : "gap 2 2-2"));
    EXPECT_THAT(lines, Contains(counted ? "trade 2 4 2" : "trade 2 3 2"));
  }
}

TEST_F(LearnedLimits, ResyncsAndRefusalsOfThoseThatStayGoOn) {
  channels_ = {schemas::Channel::kTrade};
  facts_.limits = {.sends_per_second = 100, .send_burst = 100};
  open_five();
  text("ack 0 trade");
  text("ref 1 trade no");
  text("full 0 3 4");
  run(milliseconds(100), "hb");
  ASSERT_EQ(opened.size(), 3U);
  EXPECT_THAT(opened[0].connection->pairs(), ElementsAre("B-USD", "C-USD"));
  io.take_sent();
  text("upd 1 9 1");  // of B, by the numbering of the adapter that knew five
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 1"));
  text("snap 1 9 1");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.notes[1], "trades are missing: refused: no");
  std::vector<std::string> sent;
  for (int i = 0; i < 62; ++i) {
    run(seconds(1), "hb");
    for (auto& one : io.take_sent()) sent.push_back(std::move(one));
  }
  EXPECT_THAT(sent, Contains("ask 1 trade"));
  EXPECT_THAT(sent, Not(Contains("ask 0 trade")));
}

TEST_F(LearnedLimits, AMessageTooLargeToReadHarmsOnlyItsOwnSymbol) {
  FeedOptions options;
  for (int i = 0; i < 7; ++i) options.pairs.push_back(fmt::format("P{}-USD", i));
  make(options);
  start();
  const auto ends_by_it = [](const Opened& one) {
    return std::ranges::find(one.connection->pairs(), "P5-USD") != one.connection->pairs().end();
  };
  std::vector<int> answered(64, 0);
  for (int step = 0; step < 600; ++step) {
    for (std::size_t i = 0; i < opened.size(); ++i) {
      auto& one = opened[i];
      const int attempts = i == 0 ? io.connects : one.io.connects;
      if (answered[i] == attempts) continue;
      answered[i] = attempts;
      one.connection->on_connected(now());
      for (std::size_t s = 0; s < one.connection->pairs().size(); ++s) {
        if (one.connection->pairs()[s] != "P5-USD") text(i, fmt::format("snap {} 1 1", s));
      }
      if (!ends_by_it(one)) continue;
      one.connection->on_disconnected(
          {ReconnectReason::kParseErrors, "too large", seconds(0), true}, now());
    }
    run(milliseconds(100), "hb");
  }
  for (std::uint32_t i = 0; i < 7; ++i) {
    if (i != 5) {
      EXPECT_EQ(sink.states[i], State::kLive) << i;
    }
  }
  EXPECT_NE(sink.states[5], State::kLive);
  EXPECT_EQ(feed->counters().symbols_per_connection.value(), 0) << "it is no limit";
  EXPECT_LE(feed->status().connections.size(), 4U);
}

TEST_F(LearnedLimits, AReplacementThatMayCarryLessIsGivenUpAndTheOldOneGoesOn) {
  facts_.make_before_break = true;
  FeedOptions options;
  make(options);
  start();
  first().on_connected(now());
  for (const char* frame : {"snap 0 1 10", "snap 1 1 20", "move"}) text(frame);
  run(milliseconds(100), "hb");
  ASSERT_EQ(opened.size(), 2U);
  opened[1].connection->on_connected(now());
  text(1, "full 1");
  sink.take();
  run(milliseconds(200), "hb");
  EXPECT_THAT(sink.take(), IsEmpty());
  text("upd 0 2 11");
  EXPECT_EQ(sink.take().size(), 2U);
}

}  // namespace
}  // namespace tickgate::feeds
