// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/admin_answers.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

TEST(AdminAnswers, AFeedHasWhatItsEntrySays) {
  const auto feeds = read_feeds(
      R"([{"feed":"kraken","state":"stale","since":5,"reason":"silent","age_ms":9,"venue_age_ms":null,
          "instruments":{"live":1,"stale":2},"messages":7,
          "anomalies":{"gap":2,"duplicate":4,"parse_error":1,"bad_time":2}}])");
  ASSERT_TRUE(feeds.ok());
  ASSERT_EQ(feeds->size(), 1U);
  const auto& feed = feeds->front();
  EXPECT_EQ(feed.name, "kraken");
  EXPECT_EQ(feed.state, "stale");
  EXPECT_EQ(feed.reason, "silent");
  EXPECT_EQ(feed.since, 5);
  EXPECT_EQ(feed.age_ms, 9);
  EXPECT_EQ(feed.venue_age_ms, std::nullopt);
  EXPECT_EQ(feed.messages, 7U);
  EXPECT_EQ(feed.gaps, 2U);
  EXPECT_EQ(feed.faults, 3U) << "neither gaps nor duplicates";
  EXPECT_EQ(feed.live, 1U);
  EXPECT_EQ(feed.instruments, 3U);
}

TEST(AdminAnswers, APauseIsTheReasonWhereThereIsNoOther) {
  const auto feeds = read_feeds(R"([{"reason":"","pause_reason":"asked to wait"}])");
  ASSERT_TRUE(feeds.ok());
  EXPECT_EQ(feeds->front().reason, "asked to wait");
}

TEST(AdminAnswers, AClientsBacklogIsWhatItHasNotTakenAnywhere) {
  const auto clients = read_clients(
      R"({"now":9,"clients":1,"missing":["shard 1"],"slowest":[{"address":"[::1]:5","since":3,
          "subscriptions":{"quote":2,"book":1},"floor_ms":500,"degraded":true,"unsent_bytes":1,
          "held_bytes":2,"queued_bytes":4,"bytes_sent":10,"folded":6,"round_trip_us":null,
          "closing":false}]})");
  ASSERT_TRUE(clients.ok());
  EXPECT_EQ(clients->now, 9);
  EXPECT_EQ(clients->missing, std::vector<std::string>{"shard 1"});
  const auto& client = clients->slowest.at(0);
  EXPECT_EQ(client.address, "[::1]:5");
  EXPECT_EQ(client.subscriptions, 3U);
  EXPECT_EQ(client.backlog_bytes, 7U);
  EXPECT_EQ(client.round_trip_us, std::nullopt);
  EXPECT_TRUE(client.degraded);
  EXPECT_FALSE(client.closing);
  EXPECT_EQ(client.floor_ms, 500U);
}

TEST(AdminAnswers, AnotherVersionsAnswerIsReadAsFarAsItGoes) {
  const auto feeds =
      read_feeds(R"([{"feed":7,"since":"x","messages":-1,"instruments":[]},3,null])");
  ASSERT_TRUE(feeds.ok());
  EXPECT_EQ(feeds->size(), 3U);
  EXPECT_EQ(feeds->front().name, "");
  EXPECT_TRUE(read_clients(R"({"slowest":[{},4]})").ok());
}

TEST(AdminAnswers, WhatIsNoAnswerIsSaid) {
  for (const auto* const body : {"", "<html>", "{}", "[", "not found"}) {
    EXPECT_FALSE(read_feeds(body).ok()) << body;
    EXPECT_FALSE(read_clients(body).ok()) << body;
  }
}

}  // namespace
}  // namespace tickgate::gateway
