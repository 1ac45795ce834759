// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/client_list.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "gateway/api/json_member.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

// Only channels of which it has any.
void append_subscriptions(std::string& out, const ClientReport& client) {
  out.append(",\"subscriptions\":{");
  for (std::size_t i = 0; i < client.subscriptions.size(); ++i) {
    if (client.subscriptions[i] == 0) continue;
    if (out.back() != '{') out.push_back(',');
    fmt::format_to(std::back_inserter(out), "\"{}\":{}", name(static_cast<schemas::Channel>(i)),
                   client.subscriptions[i]);
  }
  out.push_back('}');
}

void append_client(std::string& out, const ClientReport& client) {
  out.append("{\"address\":");
  schemas::append_json_string(out, client.address);
  append_known(out, "subject", client.subject);
  append_known(out, "credential_kind", client.credential_kind);
  fmt::format_to(std::back_inserter(out), ",\"since\":{}", client.since.value());
  append_subscriptions(out, client);
  const auto& slowness = client.slowness;
  fmt::format_to(
      std::back_inserter(out),
      R"(,"patterns":{},"interval_ms":{},"floor_ms":{},"degraded":{},"unsent_bytes":{})"
      R"(,"held_bytes":{},"queued_bytes":{},"objects_sent":{},"bytes_sent":{},"folded":{})",
      client.patterns, client.interval_ms, client.floor_ms, client.floor_ms > 0,
      slowness.unsent_bytes(), slowness.held_bytes, slowness.queued_bytes, client.objects_sent,
      client.bytes_sent, client.folded);
  if (slowness.round_trip == 0) {
    out.append(",\"round_trip_us\":null");
  } else {
    fmt::format_to(std::back_inserter(out), ",\"round_trip_us\":{}", slowness.round_trip);
  }
  fmt::format_to(std::back_inserter(out), R"(,"refused":{},"rate_limited":{},"closing":{}}})",
                 client.refused, client.rate_limited, client.closing);
}

}  // namespace

std::string client_list_json(std::vector<std::optional<ClientSurvey::Found>> shards,
                             std::size_t most, schemas::Timestamp now) {
  std::vector<ClientSurvey::Found> parts;
  std::string missing;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (shards[i]) {
      parts.push_back(*std::move(shards[i]));
    } else {
      fmt::format_to(std::back_inserter(missing), "{}\"shard {}\"", missing.empty() ? "" : ",", i);
    }
  }
  const auto all = merge(std::move(parts), most);
  std::string out = fmt::format(R"({{"now":{},"clients":{},"slowest":[)", now.value(), all.clients);
  for (const auto& client : all.slowest) {
    if (out.back() != '[') out.push_back(',');
    append_client(out, client);
  }
  return out.append("],\"missing\":[").append(missing).append("]}\n");
}

}  // namespace tickgate::gateway
