// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/replies.h"

#include "absl/strings/str_cat.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::append_json_string;
using schemas::to_absl;

void append_texts(std::string& out, std::span<const std::string_view> texts) {
  out.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_json_string(out, texts[i]);
  }
  out.push_back(']');
}

void append_acknowledgement(std::string& out, std::string_view type, const Acknowledgement& ack) {
  absl::StrAppend(&out, "{\"type\":\"", to_absl(type), "\",\"id\":", to_absl(ack.id),
                  ",\"channel\":\"", to_absl(name(ack.channel)), "\",\"accepted\":[",
                  to_absl(ack.accepted), "],\"rejected\":[");
  for (std::size_t i = 0; i < ack.rejected.size(); ++i) {
    out.append(i > 0 ? ",{\"symbol\":" : "{\"symbol\":");
    append_json_string(out, ack.rejected[i].symbol);
    absl::StrAppend(&out, ",\"code\":\"", to_absl(name(ack.rejected[i].code)), "\"}");
  }
  out.push_back(']');
}

}  // namespace

void append_subscribed(std::string& out, const Acknowledgement& ack, std::uint32_t interval_ms,
                       std::string_view epoch) {
  append_acknowledgement(out, "subscribed", ack);
  absl::StrAppend(&out, ",\"interval_ms\":", interval_ms, ",\"epoch\":\"", to_absl(epoch), "\"}");
}

void append_unsubscribed(std::string& out, const Acknowledgement& ack) {
  append_acknowledgement(out, "unsubscribed", ack);
  out.push_back('}');
}

void append_error(std::string& out, std::string_view id, ErrorCode code, std::string_view message,
                  bool fatal) {
  absl::StrAppend(&out, "{\"type\":\"error\",\"id\":", to_absl(id), ",\"code\":\"",
                  to_absl(name(code)), "\",\"message\":");
  append_json_string(out, message);
  out.append(fatal ? ",\"fatal\":true}" : ",\"fatal\":false}");
}

void append_rate_limited(std::string& out, std::int64_t retry_after_ms) {
  absl::StrAppend(&out, "{\"type\":\"error\",\"id\":null,\"code\":\"",
                  to_absl(name(ErrorCode::kRateLimited)),
                  "\",\"message\":\"too many requests\",\"retry_after_ms\":", retry_after_ms,
                  ",\"fatal\":false}");
}

void append_pong(std::string& out, std::string_view id, std::string_view echo) {
  absl::StrAppend(&out, "{\"type\":\"pong\",\"id\":", to_absl(id), ",\"echo\":");
  append_json_string(out, echo);
  out.push_back('}');
}

void append_heartbeat(std::string& out, schemas::Timestamp now) {
  absl::StrAppend(&out, "{\"type\":\"heartbeat\",\"time\":", now.value(), "}");
}

void append_degraded(std::string& out, std::uint32_t interval_ms) {
  absl::StrAppend(&out, "{\"type\":\"degraded\",\"interval_ms\":", interval_ms,
                  ",\"reason\":\"slow_consumer\"}");
}

void append_restored(std::string& out) { out.append("{\"type\":\"restored\"}"); }

void append_drain(std::string& out, std::int64_t reconnect_after_ms) {
  absl::StrAppend(&out, "{\"type\":\"drain\",\"reconnect_after_ms\":", reconnect_after_ms, "}");
}

void append_list(std::string& out, std::string_view id,
                 std::span<const ListedSubscriptions> subscriptions,
                 std::span<const ListedPattern> patterns) {
  absl::StrAppend(&out, "{\"type\":\"list\",\"id\":", to_absl(id), ",\"subscriptions\":[");
  for (std::size_t i = 0; i < subscriptions.size(); ++i) {
    const auto& entry = subscriptions[i];
    absl::StrAppend(&out, i > 0 ? "," : "", "{\"channel\":\"", to_absl(name(entry.channel)),
                    "\",\"interval_ms\":", entry.interval_ms);
    if (entry.depth > 0) absl::StrAppend(&out, ",\"depth\":", entry.depth);
    out.append(",\"symbols\":");
    append_texts(out, entry.symbols);
    out.push_back('}');
  }
  out.append("],\"patterns\":[");
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    absl::StrAppend(&out, i > 0 ? "," : "", "{\"channel\":\"", to_absl(name(patterns[i].channel)),
                    "\",\"pattern\":\"", to_absl(patterns[i].pattern), "\"}");
  }
  out.append("]}");
}

}  // namespace tickgate::gateway
