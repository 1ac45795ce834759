// SPDX-License-Identifier: Apache-2.0
// An edge where operators and probes look for feeds.
#include "gateway/server/edge_feed.h"

#include <gtest/gtest.h>

#include <string>

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::State;
using schemas::Timestamp;

EdgeReport report(State state) {
  EdgeReport edge;
  edge.state = state;
  edge.reason = state == State::kLive ? "" : "no heartbeat";
  edge.since = Timestamp{1'700'000'000'000'000};
  edge.heartbeat_age = 250ms;
  edge.instruments = 72;
  edge.messages = 1000;
  edge.epoch = "01M7WSSSZY";
  edge.connects = 2;
  return edge;
}

// What operators read of any feed they find in this one.
TEST(EdgeFeed, HasTheFieldsOfAFeed) {
  std::string json;
  append_edge_feed(json, report(State::kLive), Timestamp{1'700'000'010'000'000});
  for (const char* const field : {R"("age_ms":250)", R"("messages":1000)", R"("connections":2)",
                                  R"("anomalies":{)", R"("clock":{)", R"("paused_until":null)"}) {
    EXPECT_NE(json.find(field), json.npos) << field << json;
  }
}

TEST(EdgeFeed, IsReadyOnceItIsLive) {
  EXPECT_EQ(warmth_of(report(State::kLive)).state, feeds::FeedState::kLive);
  EXPECT_EQ(warmth_of(report(State::kStale)).state, feeds::FeedState::kStale);
  auto early = report(State::kLive);  // nobody is let in before there is an epoch
  early.epoch.clear();
  early.connected = true;
  EXPECT_EQ(warmth_of(early).state, feeds::FeedState::kSyncing);
  const auto down = warmth_of(report(State::kDown));
  EXPECT_EQ(down.state, feeds::FeedState::kDown);
  EXPECT_EQ(down.name, "nats");
  EXPECT_EQ(down.reason, "no heartbeat");
  ReadyQuestion question;
  question.patience = 15s;
  const FeedWarmth feeds[] = {down};
  question.feeds = feeds;
  EXPECT_EQ(judge_readiness(question).why,
            "starting: 0 of 1 feeds live, 1 needed; 15 s of patience left\nfeed nats is down: no "
            "heartbeat");
  question.elapsed = 20s;
  EXPECT_TRUE(judge_readiness(question).ready)
      << "it serves what there is, and says that it is old";
  question.nameless = true;
  EXPECT_EQ(judge_readiness(question).why,
            "starting: no ingest has named its numbers yet, and streams are refused\nfeed nats is "
            "down: no heartbeat");
}

}  // namespace
}  // namespace tickgate::gateway
