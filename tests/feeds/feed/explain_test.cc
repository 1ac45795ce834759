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
using testing::HasSubstr;

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
