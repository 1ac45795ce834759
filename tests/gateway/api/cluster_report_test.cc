// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/cluster_report.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/api/explain_answer.h"
#include "gateway/api/venue_board.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::State;
using schemas::Timestamp;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

EdgeReport live() {
  EdgeReport edge;
  edge.state = State::kLive;
  edge.since = Timestamp{1'700'000'000'000'000};
  edge.connected = true;
  edge.server = "nats://a:4222";
  edge.epoch = "01JE8Q2V9K";
  edge.fence = 7;
  edge.ingest = "ingest-a";
  edge.heartbeat_age = 200ms;
  edge.delay = 1500us;
  edge.subscriptions = 5;
  edge.instruments = 72;
  return edge;
}

TEST(ClusterReport, AnEdgeInJson) {
  std::string json;
  append_edge_json(json, live());
  EXPECT_EQ(json, R"({"state":"live","since":1700000000000000,"reason":"","connected":true,)"
                  R"("server":"nats://a:4222","ingest":"ingest-a","fence":7,"epoch":"01JE8Q2V9K",)"
                  R"("heartbeat_age_ms":200,"delay_ms":1,"subscriptions":5,"instruments":72})");
  json.clear();
  append_edge_json(json, {});
  EXPECT_TRUE(has(json, R"("state":"down","since":null,)")) << json;
  EXPECT_TRUE(has(json, R"("ingest":null,"fence":null,"epoch":null,"heartbeat_age_ms":null)"));
}

TEST(ClusterReport, AnIngestInJson) {
  IngestReport ingest;
  ingest.name = "a";
  ingest.connected = ingest.leads = true;
  ingest.server = "nats://a";
  ingest.leader = "a";
  ingest.fence = 9;
  ingest.epoch = "E";
  ingest.lease_age = 320ms;
  std::string json;
  append_ingest_json(json, ingest);
  EXPECT_EQ(json,
            R"({"name":"a","leads":true,"leader":"a","fence":9,"epoch":"E","lease_age_ms":320,)"
            R"("connected":true,"server":"nats://a","reason":""})");
}

TEST(ClusterReport, AnEdgeInWords) {
  EXPECT_EQ(edge_words(live()),
            "from the ingest ingest-a over NATS (fence 7, epoch 01JE8Q2V9K), last sign of life 0.2 "
            "s ago");
  auto stale = live();
  stale.state = State::kStale;
  stale.reason = "no heartbeat of the ingest for 1.6 s";
  EXPECT_TRUE(has(edge_words(stale), "; the edge is stale: no heartbeat of the ingest for 1.6 s"));
  EXPECT_EQ(edge_words({}), "over NATS, of no ingest yet");
}

TEST(ClusterReport, WhatAnEdgeExplainsHasItsOwnState) {
  schemas::InstrumentRegistry registry;
  ExplainAnswer answer;
  answer.instrument = &registry.add("kraken", "BTC-USD");
  answer.now = Timestamp{1'700'000'002'000'000};
  answer.status.emplace();
  answer.status->state = answer.status->quote_state = State::kStale;
  answer.status->since = answer.status->quote_since = Timestamp{1'700'000'001'000'000};
  answer.edge = live();
  answer.values = {{schemas::Channel::kQuote, 12, Timestamp{1'700'000'000'500'000}}};
  EXPECT_TRUE(has(explain_words(answer), "from the ingest ingest-a over NATS (fence 7"));
  const auto json = explain_json(answer);
  EXPECT_TRUE(has(json, R"("edge":{"state":"live",)")) << json;
  EXPECT_TRUE(
      has(json, R"("values":[{"channel":"quote","seq":12,"age_ms":1500,"venue_age_ms":null}]})"))
      << json;
  const auto text = explain_text(answer);
  EXPECT_TRUE(has(text, "  quote         seq 12, received 1.5 s ago\n")) << text;
  answer.edge.reset();
  EXPECT_TRUE(has(explain_json(answer), R"("edge":null)"));
}

constexpr std::string_view kVenues =
    R"([{"name":"kraken","venue":"kraken","state":"live","since":5,"reason":"","rate":1.0},)"
    R"({"name":"x","venue":"x","state":"down","since":5,"reason":"it is \"state\":\"live\"","rate":null},)"
    R"({"name":"y","venue":"y","state":"live","since":5,"reason":"","rate":1.0}])";

TEST(ClusterReport, NobodyVouchesForWhatWasLive) {
  EXPECT_EQ(
      greyed_venues(kVenues, State::kStale, "no \"heartbeat\""),
      R"([{"name":"kraken","venue":"kraken","state":"stale","since":5,"reason":"no \"heartbeat\"","rate":1.0},)"
      R"({"name":"x","venue":"x","state":"down","since":5,"reason":"it is \"state\":\"live\"","rate":null},)"
      R"({"name":"y","venue":"y","state":"stale","since":5,"reason":"no \"heartbeat\"","rate":1.0}])");
  EXPECT_EQ(greyed_venues("[]\n", State::kDown, "x"), "[]\n");
  EXPECT_EQ(greyed_venues(R"(broken "state":"live")", State::kDown, "x"),
            R"(broken "state":"down")");
}

}  // namespace
}  // namespace tickgate::gateway
