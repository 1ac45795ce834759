// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/edge_feed.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "feeds/feed/feed_counters.h"
#include "gateway/api/clock_report_text.h"
#include "gateway/config/cluster_values.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using feeds::FeedState;
using schemas::State;

FeedState feed_state(const EdgeReport& edge) {
  // Before there is an epoch nobody is let in.
  if (edge.state == State::kLive && !edge.epoch.empty()) return FeedState::kLive;
  if (edge.state == State::kStale) return FeedState::kStale;
  return edge.connected ? FeedState::kSyncing : FeedState::kDown;
}

}  // namespace

FeedWarmth warmth_of(const EdgeReport& edge) {
  FeedWarmth warmth;
  warmth.name = kNatsVenue;
  warmth.state = feed_state(edge);
  warmth.reason = edge.reason;
  warmth.instruments = static_cast<std::int64_t>(edge.instruments);
  return warmth;
}

void append_edge_feed(std::string& out, const EdgeReport& edge, schemas::Timestamp now) {
  const auto at = std::back_inserter(out);
  const auto since = edge.since == schemas::kNoTime ? now : edge.since;
  fmt::format_to(at, R"({{"feed":"{0}","venue":"{0}","state":"{1}","since":{2},"reason":)",
                 kNatsVenue, feeds::name(feed_state(edge)), since.value());
  schemas::append_json_string(out, edge.reason);
  if (edge.heartbeat_age) {
    const auto age = std::chrono::duration_cast<std::chrono::microseconds>(*edge.heartbeat_age);
    fmt::format_to(at, R"(,"last_message":{},"age_ms":{})", now.value() - age.count(),
                   age / std::chrono::milliseconds(1));
  } else {
    out.append(R"(,"last_message":null,"age_ms":null)");
  }
  out.append(R"(,"venue_age_ms":null,"clock":)");
  append_clock_json(out, feeds::ClockReport{});
  out.append(",\"instruments\":{");
  for (std::size_t i = 0; i < feeds::kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    fmt::format_to(at, R"({}"{}":{})", i > 0 ? "," : "", name(state),
                   state == edge.state ? edge.instruments : 0);
  }
  fmt::format_to(at,
                 R"(}},"messages":{},"bytes":0,"connections":{},"resyncs":0,"held_back":0)"
                 R"(,"trades_lost":{},"checksums_verified":0,"anomalies":{{)",
                 edge.messages, edge.connects, edge.trades_lost);
  for (std::size_t i = 0; i < feeds::kAnomalyCount; ++i) {
    fmt::format_to(at, R"({}"{}":0)", i > 0 ? "," : "", name(static_cast<feeds::Anomaly>(i)));
  }
  out.append(R"(},"paused_until":null,"pause_reason":""})");
}

}  // namespace tickgate::gateway
