// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/replies.h"

#include <fmt/format.h>

#include <iterator>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using schemas::append_json_string;

template <typename... Parts>
void append(std::string& out, fmt::format_string<Parts...> format, Parts&&... parts) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Parts>(parts)...);
}

// A list, comma separated, in brackets.
template <typename Items, typename Append>
void append_all(std::string& out, const Items& items, Append&& append_one) {
  out.push_back('[');
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_one(items[i]);
  }
  out.push_back(']');
}

void append_interval(std::string& out, std::optional<schemas::Interval> interval) {
  if (interval.has_value()) append(out, R"(,"interval":"{}")", name(*interval));
}

void append_limit(std::string& out, std::uint32_t limit, std::string_view plan) {
  append(out, R"(,"limit":{})", limit);
  if (!plan.empty()) append_json_string(out.append(R"(,"plan":)"), plan);
}

void append_acknowledgement(std::string& out, std::string_view type, const Acknowledgement& ack) {
  append(out, R"({{"type":"{}","id":{},"channel":"{}","accepted":[{}],"rejected":)", type, ack.id,
         name(ack.channel), ack.accepted);
  append_all(out, ack.rejected, [&](const Rejection& rejection) {
    out.append(R"({"symbol":)");
    append_json_string(out, rejection.symbol);
    append(out, R"(,"code":"{}")", name(rejection.code));
    if (!rejection.near.empty()) {
      append_all(out.append(R"(,"did_you_mean":)"), rejection.near,
                 [&out](std::string_view symbol) { append_json_string(out, symbol); });
    }
    if (rejection.limit > 0) append_limit(out, rejection.limit, ack.plan);
    out.push_back('}');
  });
  append_interval(out, ack.interval);
}

}  // namespace

std::string& Replies::next() {
  if (!text_.empty()) text_.push_back(',');
  return text_;
}

void Replies::move_to(std::string& out) {
  out.append(text_);
  std::string().swap(text_);
}

void Replies::add_subscribed(const Acknowledgement& ack, std::uint32_t interval_ms,
                             std::string_view epoch) {
  append_acknowledgement(next(), "subscribed", ack);
  if (ack.depth > 0) append(text_, R"(,"depth":{})", ack.depth);
  append(text_, R"(,"interval_ms":{},"epoch":"{}"}})", interval_ms, epoch);
}

void Replies::add_unsubscribed(const Acknowledgement& ack) {
  append_acknowledgement(next(), "unsubscribed", ack);
  text_.push_back('}');
}

void Replies::add_list(std::string_view id, std::span<const ListedSubscriptions> subscriptions,
                       std::span<const ListedPattern> patterns) {
  auto& out = next();
  append(out, R"({{"type":"list","id":{},"subscriptions":)", id);
  append_all(out, subscriptions, [&out](const ListedSubscriptions& entry) {
    append(out, R"({{"channel":"{}","interval_ms":{})", name(entry.channel), entry.interval_ms);
    if (entry.depth > 0) append(out, R"(,"depth":{})", entry.depth);
    append_interval(out, entry.interval);
    if (entry.stamps) out.append(R"(,"stamps":true)");
    out.append(R"(,"symbols":)");
    append_all(out, entry.symbols,
               [&out](std::string_view symbol) { append_json_string(out, symbol); });
    out.push_back('}');
  });
  out.append(R"(,"patterns":)");
  append_all(out, patterns, [&out](const ListedPattern& held) {
    append(out, R"({{"channel":"{}","pattern":"{}")", name(held.channel), held.pattern);
    append_interval(out, held.interval);
    out.push_back('}');
  });
  out.push_back('}');
}

void Replies::add_error(std::string_view id, ErrorCode code, std::string_view message, bool fatal) {
  auto& out = next();
  append(out, R"({{"type":"error","id":{},"code":"{}","message":)", id, name(code));
  append_json_string(out, message);
  append(out, R"(,"fatal":{}}})", fatal);
}

void Replies::add_rate_limited(std::string_view id, std::int64_t retry_after_ms) {
  append(next(),
         R"({{"type":"error","id":{},"code":"{}","message":"too many requests wait already",)"
         R"("retry_after_ms":{},"fatal":false}})",
         id, name(ErrorCode::kRateLimited), retry_after_ms);
}

void Replies::add_authenticated(std::string_view id, std::string_view subject,
                                std::optional<schemas::Timestamp> expires) {
  auto& out = next();
  append(out, R"({{"type":"authenticated","id":{},"subject":)", id);
  append_json_string(out, subject);
  out.append(R"(,"expires":)");
  expires.has_value() ? append(out, "{}}}", expires->value()) : void(out.append("null}"));
}

void Replies::add_auth_expiring(std::int64_t in_ms) {
  append(next(), R"({{"type":"auth_expiring","in_ms":{}}})", in_ms);
}

void Replies::add_pong(std::string_view id, std::string_view echo) {
  auto& out = next();
  append(out, R"({{"type":"pong","id":{},"echo":)", id);
  append_json_string(out, echo);
  out.push_back('}');
}

void Replies::add_heartbeat(schemas::Timestamp now) {
  append(next(), R"({{"type":"heartbeat","time":{}}})", now.value());
}

void Replies::add_degraded(std::uint32_t interval_ms) {
  append(next(), R"({{"type":"degraded","interval_ms":{},"reason":"slow_consumer"}})", interval_ms);
}

void Replies::add_restored() { next().append(R"({"type":"restored"})"); }

void Replies::add_drain(std::int64_t reconnect_after_ms) {
  append(next(), R"({{"type":"drain","reconnect_after_ms":{}}})", reconnect_after_ms);
}

}  // namespace tickgate::gateway
