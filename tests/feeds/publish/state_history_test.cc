// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/state_history.h"

#include <gtest/gtest.h>

#include <string>

#include "feeds/publish/publisher.h"
#include "tests/support/silent_sink.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::State;
using schemas::Timestamp;

schemas::InstrumentStatus status_of(std::uint32_t id, State state, std::string_view reason) {
  schemas::InstrumentStatus status;
  status.header.instrument = InstrumentId{id};
  status.state = status.quote_state = state;
  status.reason = reason;
  status.quote_reason = reason;
  return status;
}

TEST(StateHistory, TheNewestComesFirstAndEachInstrumentHasItsOwn) {
  StateHistory history;
  history.note(status_of(3, State::kDown, "connecting"), Timestamp{1});
  history.note(status_of(7, State::kHalted, "halted"), Timestamp{2});
  history.note(status_of(3, State::kLive, ""), Timestamp{3});
  const auto changes = history.of(InstrumentId{3});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].at, Timestamp{3});
  EXPECT_EQ(changes[0].state, State::kLive);
  EXPECT_EQ(changes[1].reason, "connecting");
  EXPECT_EQ(history.of(InstrumentId{7}).front().reason, "halted");
  EXPECT_TRUE(history.of(InstrumentId{8}).empty());
}

TEST(StateHistory, HoldsTwentyAndNoTextLongerThanAChangeHasIt) {
  StateHistory history;
  for (int i = 0; i < 1'000; ++i) {
    history.note(status_of(0, State::kStale, "reason " + std::to_string(i)), Timestamp{i});
    history.note(status_of(1, State::kStale, "the same"), Timestamp{i});
  }
  const auto changes = history.of(InstrumentId{0});
  ASSERT_EQ(changes.size(), StateHistory::kMost);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].reason, "reason " + std::to_string(999 - i));
  }
  EXPECT_EQ(history.texts(), StateHistory::kMost + 1);
}

TEST(StateHistory, APublisherNotesStatesAndReasonsAndNoNotes) {
  SilentSink sink;
  Publisher publisher(sink);
  const InstrumentId id{0};
  const auto set = [&](State state, State quote, std::string_view reason, std::string_view note,
                       std::int64_t at) {
    publisher.set_status(id, {state, reason}, {quote, reason}, note, Timestamp{at});
  };
  set(State::kLive, State::kLive, "", "", 1);
  set(State::kLive, State::kLive, "", "quiet, confirmed 30 s ago", 2);
  set(State::kLive, State::kLive, "", "quiet, confirmed 60 s ago", 3);
  set(State::kRecovering, State::kLive, "", "", 4);
  set(State::kRecovering, State::kLive, "another reason", "", 5);
  const auto changes = publisher.history().of(id);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].at, Timestamp{5});
  EXPECT_EQ(changes[1].at, Timestamp{4});
  EXPECT_EQ(changes[1].quote_state, State::kLive);
  EXPECT_EQ(changes[2].at, Timestamp{1});
}

}  // namespace
}  // namespace tickgate::feeds
