// SPDX-License-Identifier: Apache-2.0
// What the venue refuses, or never answers, on any channel: said, and asked for until it is given.
#include "feeds/feed/missing_channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(MissingChannels, SaysAllOfThemEachWithItsReason) {
  MissingChannels missing;
  missing.set(Channel::kTrade, "refused: X");
  EXPECT_EQ(missing.text(), "trades are missing: refused: X");
  missing.set(Channel::kTicker, "refused: Y");
  EXPECT_EQ(missing.text(), "trades are missing: refused: X; ticker is missing: refused: Y");
  EXPECT_TRUE(missing.clear(Channel::kTrade));
  EXPECT_FALSE(missing.clear(Channel::kTrade));
  EXPECT_EQ(missing.text(), "ticker is missing: refused: Y");
}

TEST(MissingChannels, ThatDoNotFitWithTheirReasonsAreStillAllNamed) {
  MissingChannels missing;
  missing.set(Channel::kQuote, "asked again");
  missing.set(Channel::kTrade, "asked again");
  EXPECT_EQ(missing.text(), "quotes, trades are missing: asked again");
  missing.set(Channel::kTicker, "refused: " + std::string(80, 'x'));
  EXPECT_THAT(missing.text(),
              testing::StartsWith("quotes, trades, ticker are missing: asked again; refused: x"));
}

class Missing : public FeedTest {
 protected:
  void go_live_with(std::vector<Channel> channels) {
    channels_ = std::move(channels);
    make(patient());
    start();
    first().on_connected(now());
    for (const char* frame : {"ack 0 book", "ack 1 book", "snap 0 1 10", "snap 1 1 20"}) {
      text(frame);
    }
    run(seconds(2), "hb");
    io.take_sent();
  }
  void acknowledge(std::string_view channel) {
    for (int i = 0; i < 2; ++i) text(fmt::format("ack {} {}", i, channel));
  }
};

TEST_F(Missing, ARefusedChannelIsAskedForAgainForEverAndOnlyIt) {
  go_live_with({Channel::kTrade, Channel::kTicker});
  acknowledge("ticker");
  text("ack 1 trade");
  text("ref 0 trade no");
  for (int i = 0; i < 20; ++i) {
    run(seconds(14), "hb");
    EXPECT_THAT(io.take_sent(), IsEmpty()) << i;
    for (int s = 0; s < 115 && io.sent.empty(); ++s) run(seconds(1), "hb");
    EXPECT_THAT(io.take_sent(), ElementsAre("ask 0 trade")) << i;
    text("ref 0 trade no");
    EXPECT_EQ(sink.notes[0], "trades are missing: refused: no");
    EXPECT_EQ(sink.states[0], State::kLive);
    // Beyond the first few the pace is the slowest: at least every two minutes.
  }
  run(minutes(2) + seconds(1), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("ask 0 trade"));
  text("ack 0 trade");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
  run(minutes(5), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
}

TEST_F(Missing, WhatIsNeverAnsweredIsAskedForAgainAndSaid) {
  go_live_with({Channel::kTrade, Channel::kTicker});
  text("ack 0 ticker");
  acknowledge("trade");
  run(seconds(9), "hb");
  EXPECT_EQ(sink.notes[1], "ticker is missing: asked again");
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
  EXPECT_EQ(sink.states[1], State::kLive);
  run(minutes(1), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("ask 1 ticker"));
  run(minutes(9), "hb");
  EXPECT_GE(io.take_sent().size(), 4U);
  EXPECT_EQ(sink.notes[1], "ticker is missing: asked again");
}

TEST_F(Missing, AnAcknowledgementOfAnotherChannelDoesNotWipeTheNote) {
  go_live_with({Channel::kTrade, Channel::kTicker});
  text("ref 0 trade no");
  text("ref 0 ticker x");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.notes[0], "trades are missing: refused: no; ticker is missing: refused: x");
  text("ack 0 ticker");
  text("ack 0 book");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.notes[0], "trades are missing: refused: no");
}

TEST_F(Missing, DataIsAnAnswer) {
  go_live_with({Channel::kTrade});
  text("ref 0 trade no");
  text("trd 0 1 5");
  text("trd 1 1 5");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
  run(minutes(3), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
}

TEST_F(Missing, ANewConnectionBeginsWithoutOldRefusals) {
  go_live_with({Channel::kTrade});
  text("ref 0 trade no");
  lose(ReconnectReason::kClosed);
  run(seconds(1));
  first().on_connected(now());
  acknowledge("trade");
  text("snap 0 5 10");
  run(milliseconds(100), "hb");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.notes[0], "rhythm not known yet");
}

}  // namespace
}  // namespace tickgate::feeds
