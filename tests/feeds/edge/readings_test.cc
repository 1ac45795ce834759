// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using What = ReadOrder::What;

struct Asked final : EdgeOrders {
  void subscribe(const std::string&) override {}
  void unsubscribe(const std::string&) override {}
  void get(const std::string& subject) override { gets.push_back(subject); }
  void read(const ReadOrder& order) override { reads.push_back(order); }
  void drop_last() override {}
  void publish(const std::string&, std::string) override {}

  std::vector<std::string> gets;
  std::vector<ReadOrder> reads;
};

class ReadingsTest : public ::testing::Test {
 protected:
  void wait(int ms) {
    now_ += milliseconds(ms);
    readings_.look(now_);
  }
  std::vector<std::string> take_gets() { return std::exchange(asked_.gets, {}); }

  Asked asked_;
  Readings readings_{asked_};
  Readings::Moment now_ = std::chrono::seconds{5};
};

TEST_F(ReadingsTest, AValueIsGotTwice) {
  readings_.get("a", now_);
  EXPECT_THAT(take_gets(), ElementsAre("a"));
  wait(240);
  EXPECT_THAT(take_gets(), IsEmpty());
  wait(10);
  EXPECT_THAT(take_gets(), ElementsAre("a"));
  wait(10'000);
  EXPECT_THAT(take_gets(), IsEmpty());
}

TEST_F(ReadingsTest, WhatFailedIsTriedAgainAndOnceAtATime) {
  for (int i = 0; i < 5; ++i) readings_.on_get_failed("a", now_);
  wait(500);
  EXPECT_THAT(take_gets(), ElementsAre("a"));
  readings_.on_get_failed("a", now_);
  readings_.clear_gets();
  wait(500);
  EXPECT_THAT(take_gets(), IsEmpty());
  readings_.on_get_failed("a", now_);
  wait(500);
  EXPECT_THAT(take_gets(), ElementsAre("a"));
}

TEST_F(ReadingsTest, AReadingIsTriedUntilItIsGood) {
  readings_.read(What::kValues, "q.*", now_);
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(asked_.reads.size(), static_cast<std::size_t>(i + 1));
    EXPECT_FALSE(readings_.on_read(asked_.reads.back().ticket, false, now_).has_value());
    wait(490);
    wait(10);
  }
  EXPECT_TRUE(readings_.reads(What::kValues));
  EXPECT_EQ(readings_.on_read(asked_.reads.back().ticket, true, now_)->subject, "q.*");
  EXPECT_FALSE(readings_.reads(What::kValues));
}

TEST_F(ReadingsTest, TradesAreGivenUpOnForLiveOnesWait) {
  readings_.read(What::kTrades, "t.*", now_);
  for (int i = 1; i < Readings::kMostTries; ++i) {
    EXPECT_FALSE(readings_.on_read(asked_.reads.back().ticket, false, now_).has_value());
    wait(500);
  }
  EXPECT_TRUE(readings_.on_read(asked_.reads.back().ticket, false, now_).has_value());
  EXPECT_FALSE(readings_.reads(What::kTrades));
}

TEST_F(ReadingsTest, WhatWasClearedDoesNotCount) {
  readings_.read(What::kValues, "q.*", now_);
  readings_.read(What::kTrades, "t.*", now_);
  readings_.clear(What::kValues);
  EXPECT_FALSE(readings_.on_read(asked_.reads[0].ticket, true, now_).has_value());
  EXPECT_TRUE(readings_.reads(What::kTrades));
  EXPECT_TRUE(readings_.on_read(asked_.reads[1].ticket, true, now_).has_value());
}

}  // namespace
}  // namespace tickgate::feeds
