// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/shown_states.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::State;
using schemas::Timestamp;

constexpr InstrumentId kBitcoin{2};
constexpr EdgeWord kNothing{};
constexpr EdgeWord kStale{State::kStale, "late", Timestamp{900}};

schemas::InstrumentStatus said(std::uint64_t sequence, State state, State quote_state) {
  schemas::InstrumentStatus status;
  status.header.instrument = kBitcoin;
  status.header.channel = schemas::Channel::kStatus;
  status.header.sequence = schemas::SequenceNumber{sequence};
  status.state = state;
  status.quote_state = quote_state;
  status.since = Timestamp{100};
  status.quote_since = Timestamp{200};
  return status;
}

TEST(ShownStates, IsDownUntilSomethingIsSaid) {
  ShownStates states;
  const auto first = states.appear(kBitcoin, Timestamp{5});
  EXPECT_EQ(first.state, State::kDown);
  EXPECT_EQ(first.header.sequence.value(), 1U);
  EXPECT_FALSE(states.say(kBitcoin, kStale).has_value()) << "it is worse already";
}

TEST(ShownStates, OfTheTwoTheWorseIsShownOfQuoteAndBookApart) {
  ShownStates states;
  states.appear(kBitcoin, {});
  const auto live = states.say(said(7, State::kRecovering, State::kLive), kNothing);
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->header.sequence.value(), 7U);
  const auto stale = states.say(kBitcoin, kStale);
  ASSERT_TRUE(stale.has_value());
  EXPECT_EQ(stale->state, State::kRecovering);
  EXPECT_EQ(stale->since.value(), 100);
  EXPECT_EQ(stale->quote_state, State::kStale);
  EXPECT_EQ(stale->quote_since.value(), 900);
  EXPECT_EQ(stale->quote_reason.view(), "late");
  const auto again = states.say(kBitcoin, kNothing);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->quote_state, State::kLive);
  EXPECT_EQ(again->quote_since.value(), 200);
}

TEST(ShownStates, NumbersAreCountedOnAndNeverGoBack) {
  ShownStates states;
  std::uint64_t last = states.appear(kBitcoin, {}).header.sequence.value();
  const auto expect_next = [&](const std::optional<schemas::InstrumentStatus>& shown) {
    ASSERT_TRUE(shown.has_value());
    EXPECT_GT(shown->header.sequence.value(), last);
    last = shown->header.sequence.value();
  };
  expect_next(states.say(said(1, State::kLive, State::kLive), kNothing));
  expect_next(states.say(kBitcoin, kStale));
  expect_next(states.say(said(2, State::kDown, State::kDown), kStale));
  expect_next(states.say(said(3, State::kLive, State::kLive), kNothing));
  expect_next(states.say(said(1'003, State::kHalted, State::kLive), kNothing));
  EXPECT_EQ(last, 1'003U);
  expect_next(states.say(said(900, State::kLive, State::kLive), kNothing));
  states.remove(kBitcoin);
  EXPECT_EQ(states.appear(kBitcoin, {}).header.sequence.value(), last + 2);
}

TEST(ShownStates, WhatTheIngestSaysMeanwhileIsShownWhenTheEdgeHasNothingToSay) {
  ShownStates states;
  states.appear(kBitcoin, {});
  states.say(said(1, State::kLive, State::kLive), kStale);
  EXPECT_FALSE(states.say(said(2, State::kLive, State::kLive), kStale).has_value());
  EXPECT_TRUE(states.say(said(3, State::kDown, State::kDown), kStale).has_value());
  EXPECT_FALSE(states.say(kBitcoin, kNothing).has_value());
}

}  // namespace
}  // namespace tickgate::feeds
