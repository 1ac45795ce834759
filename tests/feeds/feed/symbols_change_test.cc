// SPDX-License-Identifier: Apache-2.0
// Symbols that a feed is to carry, or no more, while it runs, on the toy venue.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SymbolsChange : public FeedTest {
 protected:
  // "A-USD" and "B-USD" are live.
  void live(FeedOptions options = {}) {
    facts_.heartbeat = seconds(1);
    channels_ = {schemas::Channel::kTrade};
    make(std::move(options));
    go_live();
    text("ack 0 trade");
    text("ack 1 trade");
  }
  void add(std::vector<std::string> pairs) { feed->add(pairs, now()); }
  void remove(std::vector<std::string> pairs, std::vector<std::string> others = {}) {
    feed->remove(pairs, others, now());
  }
  std::uint64_t all_anomalies() const {
    std::uint64_t sum = 0;
    for (const auto& one : feed->counters().anomalies) sum += one.value();
    return sum;
  }
};

TEST_F(SymbolsChange, OneMoreIsAskedForOverTheConnectionThereIs) {
  live();
  add({"C-USD"});
  EXPECT_THAT(sink.take(), ElementsAre("instrument 2", "status 2 recovering"));
  run(milliseconds(200), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("sub 2", "ask 2 trade")) << "and nothing else";
  text("snap 2 1 30");
  text("trd 2 5 31");
  EXPECT_THAT(sink.take(),
              ElementsAre("status 2 live", "book 2 1 30", "quote 2 1 30", "trade 2 1 31"));
  EXPECT_EQ(opened.size(), 1U);
  EXPECT_EQ(io.connects, 1);
  EXPECT_EQ(feed->status().connections.front().symbols, 3U);
  EXPECT_EQ(feed->state(), FeedState::kLive);
  add({"C-USD"});  // it is there
  run(milliseconds(200), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
}

TEST_F(SymbolsChange, OneLessIsUnsubscribedAndNothingOfItComesOrIsCounted) {
  live();
  text("trd 0 1 10");
  sink.take();
  remove({"A-USD"});
  EXPECT_THAT(sink.take(), ElementsAre("removed 0"));
  run(milliseconds(200), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("unsub 0"));
  const auto before = all_anomalies();
  for (const char* frame : {"upd 0 2 11", "upd 0 9 12", "trd 0 1 10", "ack 0 book", "halt 0"}) {
    text(frame);
  }
  run(seconds(30), "hb");
  EXPECT_EQ(all_anomalies(), before);
  EXPECT_EQ(feed->counters().ack_timeouts.value(), 0U);
  EXPECT_THAT(sink.take(), Each(HasSubstr(" 1 "))) << "of the other one";
  const auto id = schemas::InstrumentId(0);
  EXPECT_FALSE(feed->owns(id));
  EXPECT_EQ(feed->explain(id, now()), std::nullopt);
  EXPECT_EQ(feed->publisher().cache().status(id), nullptr);
  EXPECT_EQ(feed->status().connections.front().symbols, 1U);
  std::int64_t instruments = 0;
  for (const auto& one : feed->counters().instruments) instruments += one.value();
  EXPECT_EQ(instruments, 1);
  text("upd 1 2 21");
  EXPECT_THAT(sink.take(), Contains("quote 1 2 21"));
  EXPECT_EQ(io.connects, 1);
}

TEST_F(SymbolsChange, OneThatReturnsBeginsAnewAndItsNumbersGoOn) {
  live();
  text("trd 0 1 10");
  sink.take();
  remove({"A-USD"});
  sink.take();
  add({"A-USD"});
  EXPECT_THAT(sink.take(), ElementsAre("instrument 0", "status 0 recovering"));
  run(milliseconds(200), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("unsub 0", "sub 2", "ask 2 trade"));
  text("snap 2 7 11");
  text("trd 2 9 12");
  EXPECT_THAT(sink.take(),
              ElementsAre("status 0 live", "book 0 2 11", "quote 0 2 11", "trade 0 2 12"))
      << "and no gap for what was traded meanwhile";
  // Down, recovering, live, one left out for "closed", recovering, live.
  EXPECT_EQ(feed->publisher().last_sequence(schemas::InstrumentId(0), schemas::Channel::kStatus),
            6U);
}

TEST_F(SymbolsChange, WhatHasNoRoomGoesOverAFurtherConnectionThatEndsWithIt) {
  facts_.symbols_per_connection = 2;
  live();
  add({"C-USD", "D-USD", "E-USD"});
  ASSERT_EQ(opened.size(), 3U);
  EXPECT_THAT(opened[1].connection->pairs(), ElementsAre("C-USD", "D-USD"));
  EXPECT_THAT(opened[2].connection->pairs(), ElementsAre("E-USD"));
  EXPECT_EQ(feed->status().connections.size(), 3U);
  opened[1].connection->on_connected(now());
  remove({"C-USD", "D-USD"});
  EXPECT_EQ(opened[1].connection, nullptr) << "it carried nothing else";
  EXPECT_EQ(opened[1].io.closes, 1);
  EXPECT_EQ(io.closes, 0);
  EXPECT_EQ(feed->status().connections.size(), 2U);
  remove({"B-USD"});
  add({"F-USD"});  // where there is room
  EXPECT_THAT(first().pairs(), ElementsAre("A-USD", "F-USD"));
  EXPECT_EQ(opened.size(), 3U);
}

TEST_F(SymbolsChange, TheLastConnectionStaysForWhatComes) {
  live();
  remove({"A-USD", "B-USD"});
  run(seconds(5), "hb");
  EXPECT_EQ(io.closes, 0);
  add({"C-USD"});
  run(milliseconds(200), "hb");
  text("snap 2 1 30");
  EXPECT_EQ(sink.states[2], State::kLive);
  EXPECT_EQ(io.connects, 1);
}

TEST_F(SymbolsChange, WhileThereIsNoConnectionTheNextOneHasThem) {
  live();
  lose(ReconnectReason::kClosed);
  sink.take();
  add({"C-USD"});
  remove({"A-USD"});
  EXPECT_THAT(sink.take(), ElementsAre("instrument 2", "status 2 down", "removed 0"));
  run(seconds(5));
  ASSERT_EQ(io.connects, 2);
  remove({"B-USD"});  // while the attempt is under way
  add({"D-USD"});
  first().on_connected(now());
  run(seconds(1), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("sub 0", "ask 0 trade", "sub 1", "ask 1 trade"));
  text("snap 0 1 30");
  text("snap 1 1 40");
  EXPECT_EQ(sink.states[2], State::kLive);
  EXPECT_EQ(sink.states[3], State::kLive);
}

TEST_F(SymbolsChange, AnotherFeedGoesOnWithItAndItIsNotRemoved) {
  SequenceMemory memory;
  surroundings_.memory = &memory;
  live();
  remove({"A-USD"}, {"A-USD"});
  EXPECT_THAT(sink.take(), IsEmpty());
  EXPECT_FALSE(feed->owns(schemas::InstrumentId(0)));
  const auto numbers = memory.known(schemas::InstrumentId(0)).ticks;
  EXPECT_EQ(numbers[static_cast<std::size_t>(schemas::Channel::kQuote)], 1U);
  feed->end({"B-USD"}, now());
  EXPECT_THAT(sink.take(), ElementsAre("status 1 down"));
  EXPECT_EQ(memory.known(schemas::InstrumentId(1))
                .ticks[static_cast<std::size_t>(schemas::Channel::kQuote)],
            1U);
  make();  // the same venue's, anew
  start();
  EXPECT_THAT(sink.take(),
              ElementsAre("instrument 0", "status 0 down", "instrument 1", "status 1 down"));
  EXPECT_EQ(feed->publisher().last_sequence(schemas::InstrumentId(1), schemas::Channel::kQuote),
            1U);
}

TEST_F(SymbolsChange, AFeedThatEndsRemovesAllAndClosesItsConnections) {
  live();
  feed->end({}, now());
  EXPECT_THAT(sink.take(), ElementsAre("status 0 down", "status 1 down", "removed 0", "removed 1"));
  EXPECT_EQ(io.closes, 1);
}

TEST_F(SymbolsChange, OfTwoLinesBothChange) {
  FeedOptions options;
  options.lines = 2;
  make(options);
  start();
  for (auto& one : opened) one.connection->on_connected(now());
  for (std::size_t line = 0; line < 2; ++line) {
    text(line, "snap 0 1 10");
    text(line, "snap 1 1 20");
  }
  run(milliseconds(200), "hb");
  sink.take();
  add({"C-USD"});
  EXPECT_THAT(sink.take(), Contains("instrument 2"));
  run(milliseconds(200), "hb");
  text(1, "snap 2 1 30");
  EXPECT_EQ(sink.states[2], State::kLive);
  remove({"A-USD", "C-USD"});
  EXPECT_THAT(sink.take(), Contains("removed 2"));
  text(0, "upd 0 2 11");
  text(1, "upd 0 2 11");
  text(0, "snap 2 1 30");
  run(seconds(10), "hb");
  EXPECT_THAT(sink.take(), Each(Not(HasSubstr(" 0 "))));
  std::int64_t instruments = 0;
  for (const auto& one : feed->counters().instruments) instruments += one.value();
  EXPECT_EQ(instruments, 1);
  add({"A-USD"});
  run(milliseconds(200), "hb");
  text(0, "snap 3 5 12");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(SymbolsChange, HundredsOfRoundsOverOneConnection) {
  live();
  for (int round = 0; round < 300; ++round) {
    remove({"A-USD"});
    add({"A-USD"});
    run(milliseconds(1'000), "hb");
    text(fmt::format("snap {} 1 {}", round + 2, 10 + round));
    ASSERT_EQ(sink.states[0], State::kLive) << round << sink.reasons[0];
    ASSERT_EQ(sink.states[1], State::kLive) << round;
    text(fmt::format("upd 1 {} 20", round + 2));
  }
  EXPECT_EQ(io.connects, 1);
  EXPECT_EQ(all_anomalies(), 0U);
  EXPECT_EQ(first().pairs().size(), 2U);
}

}  // namespace
}  // namespace tickgate::feeds
