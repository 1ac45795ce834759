// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/cluster_report.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "gateway/api/json_member.h"
#include "gateway/api/time_text.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using std::chrono::floor;
using std::chrono::milliseconds;

// Zero: null.
void append_known(std::string& out, std::string_view name, std::uint64_t number) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name,
                 number == 0 ? "null" : std::to_string(number));
}

template <typename Length>
void append_ms(std::string& out, std::string_view name, const std::optional<Length>& length) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name,
                 length ? std::to_string(floor<milliseconds>(*length).count()) : "null");
}

}  // namespace

void append_edge_json(std::string& out, const EdgeReport& edge) {
  fmt::format_to(std::back_inserter(out), R"({{"state":"{}","since":{})", name(edge.state),
                 edge.since == schemas::kNoTime ? "null" : std::to_string(edge.since.value()));
  append_text(out, "reason", edge.reason);
  fmt::format_to(std::back_inserter(out), R"(,"connected":{})", edge.connected);
  append_text(out, "server", edge.server);
  append_known(out, "ingest", edge.ingest);
  append_known(out, "fence", edge.fence);
  append_known(out, "epoch", edge.epoch);
  append_ms(out, "heartbeat_age_ms", edge.heartbeat_age);
  append_ms(out, "delay_ms", std::optional(edge.delay));
  fmt::format_to(std::back_inserter(out), R"(,"subscriptions":{},"instruments":{}}})",
                 edge.subscriptions, edge.instruments);
}

void append_ingest_json(std::string& out, const IngestReport& ingest) {
  out.append("{\"name\":");
  schemas::append_json_string(out, ingest.name);
  fmt::format_to(std::back_inserter(out), R"(,"leads":{})", ingest.leads);
  append_known(out, "leader", ingest.leader);
  append_known(out, "fence", ingest.fence);
  append_known(out, "epoch", ingest.epoch);
  append_ms(out, "lease_age_ms", ingest.lease_age);
  fmt::format_to(std::back_inserter(out), R"(,"connected":{})", ingest.connected);
  append_text(out, "server", ingest.server);
  append_text(out, "reason", ingest.reason);
  out.push_back('}');
}

std::string edge_words(const EdgeReport& edge) {
  if (edge.fence == 0) {
    return fmt::format("over NATS, of no ingest yet{}{}", edge.reason.empty() ? "" : ": ",
                       edge.reason);
  }
  const auto heard = edge.heartbeat_age
                         ? fmt::format("last sign of life {} ago", length_text(*edge.heartbeat_age))
                         : std::string("no sign of life yet");
  return fmt::format("from the ingest {} over NATS (fence {}, epoch {}), {}{}",
                     edge.ingest.empty() ? "that leads" : edge.ingest, edge.fence, edge.epoch,
                     heard,
                     edge.state == schemas::State::kLive
                         ? std::string()
                         : fmt::format("; the edge is {}: {}", name(edge.state), edge.reason));
}

}  // namespace tickgate::gateway
