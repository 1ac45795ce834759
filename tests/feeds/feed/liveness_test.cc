// SPDX-License-Identifier: Apache-2.0
// What "live" means: what dies, alone or with others, is stale in time; what is quiet is not.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class LivenessTest : public FeedTest {
 protected:
  // Book updates and trades of the first instrument at this pace, and heartbeats, for so long.
  struct Traffic {
    Monotonic book{}, quote{}, trade{}, ticker{};  // between two; 0: none
    bool heartbeats = true;
    bool other = false;  // the second instrument lives, too
  };
  void go(Monotonic time, const Traffic& traffic) {
    const auto due = [this](Monotonic each) {
      return each.count() > 0 && steady.count() % each.count() == 0;
    };
    for (const auto end = steady + time; steady < end;) {
      run(milliseconds(50));
      if (traffic.other && due(seconds(1))) text(fmt::format("upd 1 {0} {0}", ++other));
      if (due(traffic.book)) text(fmt::format("upd 0 {0} {0}", ++sequence));
      if (due(traffic.quote)) text(fmt::format("quo 0 {0} {0}", ++quote));
      if (due(traffic.trade)) text(fmt::format("trd 0 {} 1", ++trade));
      if (due(traffic.ticker)) text(fmt::format("tic 0 1 {}", ++trade));
      if (traffic.heartbeats && due(seconds(1))) text("hb");
    }
  }
  // How long it takes under this traffic until the first instrument is not live.
  Monotonic dies_after(const Traffic& traffic, Monotonic most = minutes(20)) {
    const auto began = steady;
    while (sink.states[0] == State::kLive && steady - began < most) go(milliseconds(50), traffic);
    return steady - began;
  }
  void answer_probes(bool same) {
    for (const auto& target : std::exchange(io.fetched, {})) {
      const auto theirs = same ? target.substr(target.rfind(' ') + 1) : "77";
      first().on_http({target, 200, theirs, {}}, now());
    }
  }
  std::uint64_t stale(StaleReason reason) const {
    return feed->counters().stale[static_cast<std::size_t>(reason)].value();
  }

  std::uint64_t sequence = 1, other = 1, quote = 100, trade = 0;
};

constexpr Monotonic kTick = milliseconds(100);

TEST_F(LivenessTest, ABookThatDiesWhileTradesGoOnIsStaleInTwoToFourSecondsAndAskedForAlone) {
  make();
  go_live();
  go(minutes(2) + milliseconds(300), {.book = seconds(1), .trade = seconds(1), .other = true});
  ASSERT_EQ(steady.count() % 1'000'000, 0) << "the last ones are just now";
  io.take_sent();
  const auto after = dies_after({.trade = seconds(1), .other = true});
  EXPECT_GE(after, seconds(2));
  EXPECT_LE(after, seconds(4));
  EXPECT_EQ(sink.reasons[0], "book silent, trades go on");
  EXPECT_EQ(sink.quote_states[0], State::kStale) << "a quote made of a book is as fresh as it";
  EXPECT_EQ(stale(StaleReason::kSiblings), 1U);
  go(seconds(5), {.trade = seconds(1), .other = true});
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0")) << "once, and no other";
  EXPECT_EQ(sink.states[1], State::kLive);
  EXPECT_EQ(sink.states[0], State::kStale) << "meanwhile";
  text("snap 0 900 9");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(LivenessTest, TradesOfOneReadAreNoEvidenceAgainstABook) {
  make();
  go_live();
  for (int i = 0; i < 100; ++i) text(fmt::format("trd 0 {} 1", ++trade));
  run(seconds(5), "hb");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(LivenessTest, ABusyConnectionThatIsMuteIsStaleAfterThreeSeconds) {
  make();
  go_live();
  go(seconds(15), {.book = milliseconds(50), .heartbeats = false});
  const auto after = dies_after({.heartbeats = false});
  EXPECT_GE(after, seconds(3));
  EXPECT_LE(after, seconds(3) + kTick);
  EXPECT_EQ(sink.reasons[0], "the venue is silent");
  EXPECT_EQ(sink.states[1], State::kStale);
}

TEST_F(LivenessTest, TwoOutagesAreSeenAfterThreeSecondsEach) {
  make();
  go_live();
  go(seconds(20), {.book = milliseconds(50)});
  for (const auto outage : {seconds(12), seconds(60)}) {
    const auto after = dies_after({.heartbeats = false});
    EXPECT_LE(after, seconds(3) + kTick) << outage.count();
    go(outage - after, {.heartbeats = false});
    if (io.closes > 0) break;
    go(seconds(20), {.book = milliseconds(50)});
    EXPECT_EQ(sink.states[0], State::kLive);
  }
}

TEST_F(LivenessTest, OfWhichLittleWasSeenHasAMinuteAndAWordForIt) {
  make();
  go_live();
  go(seconds(1), {.book = milliseconds(100), .heartbeats = false});
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
  const auto after = dies_after({.heartbeats = true});
  EXPECT_GE(after, seconds(58));
  EXPECT_LE(after, seconds(60) + kTick);
  EXPECT_EQ(sink.reasons[0], "only heartbeats");
  EXPECT_GE(stale(StaleReason::kOnlyHeartbeats), 1U);
}

TEST_F(LivenessTest, TheWordIsGoneWhenItsRhythmIsKnown) {
  make();
  go_live();
  go(seconds(15), {.book = milliseconds(100)});
  EXPECT_EQ(sink.notes[0], "");
}

TEST_F(LivenessTest, AProbeThatDiffersMakesItStaleAtHalfItsPatience) {
  can_probe_ = true;
  make();
  go_live();
  go(seconds(1), {.book = milliseconds(100)});
  io.take_sent();
  go(seconds(29), {});
  answer_probes(false);
  go(seconds(2), {});
  EXPECT_THAT(io.fetched, Contains("probe 0 11"));
  EXPECT_EQ(sink.states[0], State::kLive);
  answer_probes(false);
  EXPECT_EQ(sink.states[0], State::kStale);
  EXPECT_EQ(sink.reasons[0], "the venue has another book");
  go(seconds(1), {});
  EXPECT_THAT(io.take_sent(), Contains("resub 0"));
  text("snap 0 77 7");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_GE(feed->counters().probes[1].value(), 1U);
}

TEST_F(LivenessTest, AnInstrumentThatTradesOnceAnHourIsNeverStaleWhileTheVenueConfirmsIt) {
  can_probe_ = true;
  FeedOptions options;
  options.planned_reconnect = {};
  make(options);
  go_live();
  for (int minute = 0; minute < 24 * 60; ++minute) {
    for (int i = 0; i < 60; ++i) {
      run(seconds(1), "hb");
      answer_probes(true);
      ASSERT_EQ(sink.states[0], State::kLive) << minute;
    }
    if (minute % 60 == 59) text(fmt::format("upd 0 {} 1", ++sequence));
  }
  EXPECT_LE(feed->counters().probes[0].value(), 2U * 24 * 10);
  EXPECT_GE(feed->counters().probes[0].value(), 2U * 24 * 6);
}

TEST_F(LivenessTest, AConfirmedOneSaysSoBesideLive) {
  can_probe_ = true;
  make();
  go_live();
  go(seconds(31), {});
  answer_probes(true);
  EXPECT_EQ(sink.notes[0], "quiet, confirmed 0 s ago");
  go(seconds(35), {});
  EXPECT_EQ(sink.notes[0], "quiet, confirmed 30 s ago");
}

TEST_F(LivenessTest, WithoutAnAnswerItIsStaleAtItsPatienceAndProbedEverMoreSlowly) {
  can_probe_ = true;
  make();
  go_live();
  EXPECT_LE(dies_after({}), seconds(60) + kTick);
  EXPECT_GE(feed->counters().probes[2].value(), 1U);
  io.fetched.clear();
  go(minutes(4), {});
  EXPECT_LE(io.fetched.size(), 8U);
  EXPECT_GE(io.fetched.size(), 4U);
}

TEST_F(LivenessTest, ProbesArePaced) {
  can_probe_ = true;
  facts_.limits.fetch_weight_per_second = 1000;
  FeedOptions options;
  for (int i = 0; i < 100; ++i) options.pairs.push_back(fmt::format("P{}-USD", i));
  make(options);
  start();
  first().on_connected(now());
  for (int i = 0; i < 100; ++i) text(fmt::format("snap {} 1 1", i));
  run(seconds(34), "hb");
  EXPECT_GE(io.fetched.size(), 6U);
  EXPECT_LE(io.fetched.size(), 22U);
}

TEST_F(LivenessTest, SilentTradesAreANoteAndAreAskedForAgain) {
  make();
  go_live();
  const Traffic whole{.book = milliseconds(200), .trade = milliseconds(500), .other = true};
  go(minutes(2), whole);
  io.take_sent();
  go(seconds(8), {.book = milliseconds(200), .other = true});
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.notes[0], "trades are silent: asked again");
  EXPECT_THAT(io.take_sent(), ElementsAre("ask 0 trade"));
  go(seconds(5), whole);
  EXPECT_EQ(sink.notes[0], "");
}

TEST_F(LivenessTest, SoAreSilentTickers) {
  make();
  go_live();
  go(minutes(2), {.book = milliseconds(200), .ticker = seconds(1)});
  go(seconds(9), {.book = milliseconds(200)});
  EXPECT_EQ(sink.notes[0], "tickers are silent: asked again");
  EXPECT_THAT(io.take_sent(), Contains("ask 0 ticker"));
}

// A venue whose quotes are not made of its books.
class OwnQuotes : public LivenessTest {
 protected:
  OwnQuotes() { facts_.quotes_from_book = false; }
};

TEST_F(OwnQuotes, AQuoteIsLiveFromItsFirstValueWhateverTheBookWaitsFor) {
  make();
  start();
  first().on_connected(now());
  sink.take();
  text("quo 0 1 10");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  EXPECT_EQ(sink.quote_states[0], State::kLive);
  EXPECT_THAT(sink.take(), Contains("quote 0 1 10"));
  text("snap 0 1 9");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_THAT(sink.take(), Not(Contains(StartsWith("quote")))) << "it has one of its own";
}

TEST_F(OwnQuotes, UntilThereIsOneTheBooksBestIsTheQuote) {
  make();
  start();
  first().on_connected(now());
  text("snap 0 1 9");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_THAT(sink.take(), Contains("quote 0 1 9"));
}

TEST_F(OwnQuotes, AQuoteThatIsNoneIsRecoveringUntilTheNext) {
  make();
  go_live();
  text("quo 0 1 10");
  text("bad 0 crossed");
  EXPECT_EQ(sink.quote_states[0], State::kRecovering);
  EXPECT_EQ(sink.states[0], State::kRecovering);
  text("quo 0 1 11");
  EXPECT_EQ(sink.quote_states[0], State::kLive);
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(OwnQuotes, WhatTheBookWasMeanwhileComesWithTheNextQuote) {
  make();
  go_live();
  text("quo 0 1 10");
  text("bad 0 crossed");
  sink.take();
  text("upd 0 2 20");
  text("upd 0 3 30");
  EXPECT_THAT(sink.take(), Not(Contains(StartsWith("book")))) << "its instrument is recovering";
  text("quo 0 1 11");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "book 0 2 30", "quote 0 3 11"));
  text("bad 0 crossed");
  text("upd 0 4 40");
  text("upd 0 6 60");
  text("quo 0 1 12");
  EXPECT_EQ(sink.states[0], State::kRecovering) << "a gap";
  EXPECT_THAT(sink.take(), Not(Contains(StartsWith("book")))) << "40 is not its book any more";
  text("snap 0 7 70");
  EXPECT_THAT(sink.take(), Contains("book 0 3 70"));
}

TEST_F(OwnQuotes, TheBookDiesAlone) {
  make();
  go_live();
  go(minutes(1), {.book = milliseconds(100), .quote = milliseconds(100)});
  EXPECT_LE(dies_after({.quote = milliseconds(100)}), seconds(3) + kTick);
  EXPECT_EQ(sink.quote_states[0], State::kLive);
  EXPECT_EQ(sink.reasons[0], "silent beyond its rhythm");
}

TEST_F(OwnQuotes, TheQuotesDieAloneAndAreAskedForAlone) {
  make();
  go_live();
  go(minutes(1), {.book = milliseconds(100), .quote = milliseconds(100)});
  io.take_sent();
  const auto after = dies_after({.book = milliseconds(100), .trade = milliseconds(500)});
  EXPECT_LE(after, seconds(3) + kTick);
  EXPECT_EQ(sink.quote_states[0], State::kStale);
  go(seconds(1), {.book = milliseconds(100), .trade = milliseconds(500)});
  EXPECT_THAT(io.take_sent(), ElementsAre("ask 0 quote"));
}

TEST_F(OwnQuotes, TwoMeansThatTheOldOneIsNotLiveAfterAReconnect) {
  make();
  go_live();
  text("quo 0 1 10");
  lose(ReconnectReason::kClosed);
  run(seconds(1));
  first().on_connected(now());
  sink.take();
  text("snap 0 5 12");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_THAT(sink.take(), Contains(HasSubstr(" 12")));
}

}  // namespace
}  // namespace tickgate::feeds
