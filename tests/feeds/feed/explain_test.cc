// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using schemas::Timestamp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr schemas::InstrumentId kFirst{0}, kSecond{1};

class ExplainTest : public FeedTest {
 protected:
  Explanation told(schemas::InstrumentId id = kFirst) { return *feed->explain(id, now()); }
  const ChannelReport& channel(const Explanation& all, Channel which) {
    for (const auto& one : all.channels) {
      if (one.channel == which) return one;
    }
    ADD_FAILURE() << name(which);
    return all.channels.front();
  }
  std::uint64_t count(Tally tally) { return told().tallies[static_cast<std::size_t>(tally)].all; }
};

TEST_F(ExplainTest, OfALiveOneTheConnectionTheChannelsAndTheWayToLive) {
  facts_.websocket_url = "wss://user:word@toy.example:99/ws?key=secret";
  make();
  go_live();
  const auto all = told();
  EXPECT_EQ(all.feed, "toy");
  EXPECT_EQ(all.connection.host, "toy.example:99");
  EXPECT_EQ(all.connection.state, FeedState::kLive);
  EXPECT_EQ(all.connection.symbols, 2U);
  EXPECT_EQ(all.status.state, State::kLive);
  EXPECT_EQ(channel(all, Channel::kBook).sequence, 1U);
  EXPECT_EQ(channel(all, Channel::kTrade).sequence, 0U);
  EXPECT_EQ(channel(all, Channel::kTrade).received, schemas::kNoTime);
  ASSERT_EQ(all.changes.size(), 3U);
  EXPECT_EQ(all.changes[0].state, State::kLive);
  EXPECT_EQ(all.changes[2].state, State::kDown);
  EXPECT_FALSE(feed->explain(schemas::InstrumentId{7}, now()).has_value());
}

TEST_F(ExplainTest, WhenItWillBeStaleIsWhenItIs) {
  make();
  go_live();
  busy(0, 150, 2);
  run(milliseconds(500), "upd 1 2 20");
  const auto rhythm = channel(told(), Channel::kBook).rhythm;
  ASSERT_TRUE(rhythm.known);
  EXPECT_EQ(rhythm.patience, seconds(3));
  EXPECT_GT(rhythm.stale_in, seconds(2));
  const auto stale_at = steady + rhythm.stale_in;
  for (int i = 3; steady < stale_at; ++i) {
    EXPECT_EQ(told().status.state, State::kLive);
    text(fmt::format("upd 1 {} 20", i));
    run(milliseconds(50));
  }
  run(milliseconds(100));
  EXPECT_EQ(told().status.state, State::kStale);
  EXPECT_LT(channel(told(), Channel::kBook).rhythm.stale_in, Monotonic(0));
  EXPECT_EQ(channel(told(), Channel::kTrade).rhythm.stale_in, Monotonic::max());
}

TEST_F(ExplainTest, CountsWhatBefellThisOneAndNotTheOther) {
  make();
  go_live();
  text("upd 0 3 10.3");
  EXPECT_EQ(count(Tally::kGap), 1U);
  EXPECT_EQ(count(Tally::kResync), 1U);
  text("upd 0 9 10.3");
  EXPECT_EQ(count(Tally::kGap), 1U) << "it was broken";
  EXPECT_EQ(told(kSecond).tallies[0].all + told(kSecond).tallies[1].all, 0U);
  EXPECT_EQ(told().changes[0].state, State::kRecovering);
  toy->events().on_checksum_verified(kFirst);
  toy->events().on_trades_lost(kFirst, 5);
  EXPECT_EQ(count(Tally::kChecksumVerified), 1U);
  EXPECT_EQ(count(Tally::kTradeLost), 5U);
}

TEST_F(ExplainTest, TheLastRefusalIsWithoutCredentials) {
  FeedOptions options;
  options.credentials = {Secret("thekey"), Secret("thesecret")};
  make(options);
  start();
  first().on_connected(now());
  EXPECT_EQ(told().refusal.at, schemas::kNoTime);
  text("ref 0 trade no,thekey,may");
  const auto refusal = told().refusal;
  EXPECT_EQ(refusal.channel, Channel::kTrade);
  EXPECT_EQ(refusal.message, "no,***,may");
  toy->events().on_refused({kFirst, Channel::kBook}, std::string(100'000, 'x'));
  EXPECT_EQ(told().refusal.message.size(), InstrumentTallies::kMostMessage);
}

TEST_F(ExplainTest, WhileThereIsNoConnectionTheReasonStands) {
  make();
  go_live();
  lose(ReconnectReason::kClosed);
  const auto all = told();
  EXPECT_EQ(all.connection.state, FeedState::kDown);
  EXPECT_EQ(all.connection.reason, "closed: test");
  EXPECT_EQ(all.status.state, State::kDown);
  EXPECT_THAT(all.changes[0].reason, HasSubstr("closed"));
}

class ExplainQuarantine : public ExplainTest {
 protected:
  // Instruments that cost 10 and 20, over as many lines.
  void begin(std::uint32_t lines) {
    facts_.numbered.books = facts_.numbered.quotes = Numbering::kRising;
    facts_.numbered.trades = Numbering::kContiguous;
    auto options = patient();
    options.plausible.factor = 10;
    options.lines = lines;
    make(options);
    start();
    ASSERT_EQ(opened.size(), lines);
    for (auto& one : opened) one.connection->on_connected(now());
    for (std::size_t line = 0; line < lines; ++line) {
      for (const char* frame : {"snap 0 1 10", "snap 1 1 20", "trd 0 1 10.5"}) text(line, frame);
    }
    run(seconds(1));
  }
  std::vector<std::string> newest(schemas::InstrumentId id = kFirst) {
    std::vector<std::string> all;
    for (const auto& tick : told(id).quarantined.newest) {
      all.push_back(fmt::format("{} {}", name(tick.channel), tick.price));
    }
    return all;
  }
  std::uint64_t off(schemas::InstrumentId id = kFirst) {
    return told(id).quarantined.counts[static_cast<std::size_t>(Implausible::kOffMedian)].all;
  }
};

TEST_F(ExplainQuarantine, TheTicksOfThisOneByReasonAndTheNewestFew) {
  begin(1);
  EXPECT_THAT(newest(), IsEmpty());
  for (int i = 2; i < 9; ++i) text(fmt::format("trd 0 {} 100{}", i, i));
  text("trd 1 1 20");
  text("trd 1 2 4000");
  const auto all = told().quarantined;
  EXPECT_EQ(off(), 7U);
  EXPECT_EQ(all.counts[static_cast<std::size_t>(Implausible::kBadPrice)].all, 0U);
  ASSERT_EQ(all.newest.size(), QuarantineReport::kMost);
  EXPECT_THAT(newest(),
              ElementsAre("trade 1008", "trade 1007", "trade 1006", "trade 1005", "trade 1004"));
  EXPECT_EQ(all.newest[0].message, "trd 0 8 1008");
  EXPECT_EQ(all.newest[0].reference, "10.5");
  EXPECT_EQ(off(kSecond), 1U);
  EXPECT_THAT(newest(kSecond), ElementsAre("trade 4000"));
}

TEST_F(ExplainQuarantine, WhatBothLinesSawIsOneTick) {
  begin(2);
  text(0, "trd 0 2 1000");
  run(milliseconds(500));
  text(1, "trd 0 2 1000");
  EXPECT_THAT(newest(), ElementsAre("trade 1000"));
  text(1, "upd 0 2 500");
  text(0, "upd 0 2 500");
  text(0, "trd 0 3 1000");
  EXPECT_THAT(newest(), ElementsAre("trade 1000", "book 500", "trade 1000"));
  EXPECT_EQ(off(), 3U);
  EXPECT_EQ(feed->counters().quarantined[static_cast<std::size_t>(Implausible::kOffMedian)].value(),
            3U);
}

TEST(InstrumentTallies, QuarantinedTicksAreCountedByReasonAndDay) {
  constexpr std::int64_t kDay = 86'400'000'000;
  InstrumentTallies tallies;
  const schemas::InstrumentId id{2};
  tallies.add(id, Implausible::kBadSize, Timestamp{kDay - 1});
  tallies.add(id, Implausible::kBadSize, Timestamp{kDay});
  tallies.add(id, Implausible::kCrossedBook, Timestamp{kDay});
  const auto counts = tallies.quarantined(id, Timestamp{kDay});
  EXPECT_EQ(counts[static_cast<std::size_t>(Implausible::kBadSize)].all, 2U);
  EXPECT_EQ(counts[static_cast<std::size_t>(Implausible::kBadSize)].today, 1U);
  EXPECT_EQ(counts[static_cast<std::size_t>(Implausible::kCrossedBook)].today, 1U);
  EXPECT_EQ(tallies.quarantined(id, Timestamp{2 * kDay})[1].today, 0U);
  EXPECT_EQ(tallies.counts(id, Timestamp{kDay})[0].all, 0U);
}

TEST(InstrumentTallies, ADayEndsAtMidnightUtc) {
  constexpr std::int64_t kDay = 86'400'000'000;
  InstrumentTallies tallies;
  const schemas::InstrumentId id{5};
  const auto gap = [&](std::int64_t now) { return tallies.counts(id, Timestamp{now})[0]; };
  EXPECT_EQ(gap(0).all, 0U);
  tallies.add(id, Tally::kGap, Timestamp{kDay - 1});
  tallies.add(id, Tally::kGap, Timestamp{kDay - 1}, 2);
  EXPECT_EQ(gap(kDay - 1).today, 3U);
  EXPECT_EQ(gap(kDay).today, 0U) << "though nothing was counted since";
  tallies.add(id, Tally::kGap, Timestamp{kDay});
  EXPECT_EQ(gap(kDay).today, 1U);
  EXPECT_EQ(gap(kDay).all, 4U);
}

}  // namespace
}  // namespace tickgate::feeds
