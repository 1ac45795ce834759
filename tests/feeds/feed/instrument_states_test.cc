// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/instrument_states.h"

#include <gtest/gtest.h>

#include "schemas/instrument.h"
#include "tests/support/silent_sink.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using schemas::State;

constexpr Monotonic kCheck = 50ms;

class InstrumentStatesTest : public testing::Test {
 protected:
  InstrumentStatesTest() {
    const auto& instrument = registry.add("toy", "A-USD");
    publisher.announce(instrument);
    states.add(instrument.id, at(0ms));
    states.connected(at(0ms));
  }

  static Moment at(Monotonic time) { return {schemas::Timestamp{time.count()}, time}; }
  void update(InstrumentStates::Entry& entry, Monotonic now) {
    entry.synced = true;
    states.updated(entry, schemas::Channel::kBook, at(now));
  }

  schemas::InstrumentRegistry registry;
  SilentSink nowhere;
  Publisher publisher{nowhere};
  FeedCounters counters;
  Rhythm::Settings rhythm{.floor = 1s};
  InstrumentStates states{publisher, counters, rhythm};
};

}  // namespace

// Slow at first, so that minutes of silence are nothing; then quick until that is forgotten, so
// that seconds are much; then silent. In most checks it is not looked at: it may not be called live
// for longer because of it.
TEST_F(InstrumentStatesTest, IsStaleAtTheVeryCheckThatFindsItSilentBeyondItsRhythm) {
  constexpr Monotonic kQuick = 10min, kSilent = 75min;
  auto& entry = states.entries().front();
  for (Monotonic now = kCheck; now < kSilent + 3min; now += kCheck) {
    if (now < kQuick ? now % 21s == 0s : now < kSilent) update(entry, now);
    states.check(at(now));
    if (!entry.synced) continue;
    const auto& book = entry.book_rhythm();
    ASSERT_EQ(entry.state, now - book.last() > book.patience(rhythm) ? State::kStale : State::kLive)
        << "after " << now / 1ms << " ms";
    ASSERT_EQ(entry.state == State::kStale, now >= kSilent + rhythm.floor) << now / 1ms;
  }
}

TEST_F(InstrumentStatesTest, WhatIsSaidOfOneThatIsLiveIsToldAtTheNextCheck) {
  auto& entry = states.entries().front();
  update(entry, 50ms);
  states.check(at(50ms));
  ASSERT_EQ(entry.state, State::kLive);
  entry.missing.set(schemas::Channel::kTicker, "asked again");
  states.look_soon(entry);
  states.check(at(100ms));
  EXPECT_TRUE(entry.note_shown);
}

TEST_F(InstrumentStatesTest, ThoseThatWereSilentWithTheVenueSayWhyTheyAreStillStale) {
  auto& entry = states.entries().front();
  update(entry, 50ms);
  states.doubt(StaleReason::kVenueSilent, "the venue is silent", at(60ms));
  states.check(at(100ms));
  ASSERT_EQ(entry.state, State::kStale);
  states.believe();
  states.check(at(150ms));
  EXPECT_EQ(publisher.cache().status(entry.id)->reason.view(),
            "no fresh value since the venue was silent");
}

}  // namespace tickgate::feeds
