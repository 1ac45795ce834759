// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/top/table.h"

namespace tickgate::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

Model market(std::size_t feeds, std::size_t clients) {
  Model model;
  model.version = "1.2.3";
  for (std::size_t i = 0; i < feeds; ++i) {
    FeedRow row;
    row.told.name = "feed-" + std::to_string(i);
    row.told.state = "down";
    row.told.reason = "connection refused by the host of the venue";
    model.feeds.push_back(row);
  }
  for (std::size_t i = 0; i < clients; ++i) {
    ClientRow row;
    row.told.address = "10.0.0." + std::to_string(i) + ":1";
    row.told.backlog_bytes = 100 - i;
    row.told.round_trip_us = static_cast<std::int64_t>(i);
    model.clients.push_back(row);
  }
  return model;
}

std::string text_of(const std::vector<StyledLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += line.plain() + "\n";
  return text;
}

std::string picture(const Model& model, const Situation& situation = {}, ScreenSize size = {}) {
  return text_of(lay_out(&model, situation, size));
}

TEST(TopLayout, FitsIntoEverySize) {
  const auto model = market(30, 30);
  Situation silent;
  silent.silence = Situation::Silence{{}, 12, "refused"};
  for (std::size_t width = 1; width < 140; width += 3) {
    for (std::size_t height = 1; height < 60; ++height) {
      for (const auto& situation : {Situation(), silent}) {
        const auto lines = lay_out(&model, situation, {width, height});
        ASSERT_LE(lines.size(), height);
        for (const auto& line : lines) ASSERT_LE(line.plain().size(), width);
      }
    }
  }
}

TEST(TopLayout, FeedsAndClientsShareTheRoomAndSayWhoIsLeftOut) {
  const auto text = picture(market(30, 30), {}, {80, 30});
  EXPECT_THAT(text, HasSubstr("feed-0 "));
  EXPECT_THAT(text, HasSubstr("10.0.0.0:1"));
  EXPECT_THAT(text, HasSubstr("more"));
  EXPECT_THAT(picture(market(3, 3), {}, {80, 30}), Not(HasSubstr("more")));
}

TEST(TopLayout, OnALowScreenFeedsComeBeforeClients) {
  const auto text = picture(market(2, 9), {}, {80, 10});
  EXPECT_THAT(text, HasSubstr("feed-1"));
  EXPECT_THAT(text, Not(HasSubstr("CLIENT")));
  EXPECT_THAT(picture(market(20, 9), {}, {80, 20}), HasSubstr("10.0.0.0"));
}

TEST(TopLayout, AReasonKeepsItsRoomOnANarrowScreen) {
  const auto narrow = picture(market(1, 0), {}, {80, 24});
  EXPECT_THAT(narrow, HasSubstr("connection refus"));
  EXPECT_THAT(narrow, Not(HasSubstr("CLOCK")));
  EXPECT_THAT(picture(market(1, 0), {}, {200, 24}), HasSubstr("CLOCK"));
}

TEST(TopLayout, ClientsAreSortedAsIsAskedFor) {
  Situation situation;
  const auto model = market(0, 2);
  const auto first = [&] {
    const auto text = picture(model, situation);
    return text.find("10.0.0.0") < text.find("10.0.0.1") ? 0 : 1;
  };
  EXPECT_EQ(first(), 0) << "by their backlog";
  situation.order = ClientOrder::kRoundTrip;
  EXPECT_EQ(first(), 1);
  EXPECT_THAT(picture(model, situation), HasSubstr("clients by ping"));
}

TEST(TopLayout, SilenceStandsAboveWhatIsOld) {
  Situation situation;
  situation.where = "127.0.0.1:9100";
  situation.silence = Situation::Silence{{}, 12, "Connection refused"};
  const auto model = market(1, 0);
  const auto lines = lay_out(&model, situation, {});
  EXPECT_THAT(lines[0].plain(),
              HasSubstr("127.0.0.1:9100 does not answer since 00:00:00 UTC, 12s"));
  EXPECT_EQ(lines[1].plain(), "Connection refused");
  EXPECT_THAT(lines[2].painted(true), HasSubstr("\x1b[2m")) << "faint: it was so before";
  EXPECT_THAT(text_of(lay_out(nullptr, situation, {})), HasSubstr("does not answer"));
}

TEST(TopLayout, NothingFromTheNetworkReachesTheTerminalAsItIs) {
  auto model = market(1, 1);
  model.version = model.feeds[0].told.name = model.feeds[0].told.state = "\x1b[31m";
  model.feeds[0].told.reason = model.clients[0].told.address = "\x1b]0;title\x07";
  model.stages.push_back({"\x1b[5m", {}, {}});
  Situation situation;
  situation.where = "\x1b[2J";
  for (const auto& line : lay_out(&model, situation, {})) {
    EXPECT_THAT(line.plain(), Not(HasSubstr("\x1b")));
    EXPECT_THAT(line.plain(), Not(HasSubstr("\x07")));
  }
  EXPECT_THAT(lay_out_plain(model, situation), Not(HasSubstr("\x1b")));
  model.clients_problem = "\x1b[5m";
  EXPECT_THAT(picture(model, situation), Not(HasSubstr("\x1b")));
}

TEST(TopLayout, WithoutColoursTheStateIsStillMarked) {
  const StyledLine line("down", Style::kBad);
  EXPECT_EQ(line.painted(true), "\x1b[1;31mdown\x1b[0m");
  EXPECT_EQ(line.painted(false), "\x1b[1mdown\x1b[0m");
  EXPECT_EQ(line.plain(), "down");
}

TEST(TopLayout, WhatALimitIsNearIsMarked) {
  auto model = market(0, 0);
  model.open_fds = 970;
  model.max_fds = 1'000;
  EXPECT_THAT(lay_out(&model, {}, {})[1].painted(true),
              HasSubstr("\x1b[1;31m  descriptors 970 of 1k\x1b[0m"));
}

TEST(TopLayout, AShardThatStandsStillIsNamed) {
  auto model = market(0, 0);
  model.missing = {"shard 1"};
  EXPECT_THAT(picture(model, {}, {200, 24}), HasSubstr("shard 1 DOES NOT ANSWER"));
}

TEST(TopLayout, APipeGetsAllOfIt) {
  const auto text = lay_out_plain(market(100, 100), {});
  EXPECT_THAT(text, HasSubstr("feed-99"));
  EXPECT_THAT(text, HasSubstr("10.0.0.99:1"));
  EXPECT_THAT(text, HasSubstr("CLOCK"));
  EXPECT_THAT(text, Not(HasSubstr("quit")));
}

TEST(TopLayout, HelpSaysWhatTheColumnsMean) {
  Situation situation;
  situation.help = true;
  EXPECT_THAT(picture(market(1, 1), situation), HasSubstr("BACKLOG  what a client has not taken"));
}

TEST(Table, TheLeastImportantColumnGoesFirst) {
  Table table({{"A", 10, false, 0}, {"B", 10, true, 1}, {"C", 10, true, 2}, {"D", 0, false, 0}});
  table.add({{"a"}, {"b"}, {"c"}, {"d"}});
  EXPECT_EQ(table.lines(40, 9)[0].plain(), "A                    B           C  D");
  EXPECT_EQ(table.lines(36, 9)[0].plain(), "A                    B  D");
  EXPECT_EQ(table.lines(20, 9)[1].plain(), "a           d");
}

}  // namespace
}  // namespace tickgate::gateway
