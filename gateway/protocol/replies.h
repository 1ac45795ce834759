// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/protocol/error_code.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// The objects of schemas/protocol.md that are not ticks, appended to `out`. `id` is JSON already.

struct Rejection {
  std::string symbol;
  ErrorCode code{};
};

struct Acknowledgement {
  std::string_view id;
  schemas::Channel channel{};
  std::string_view accepted;  // symbols as JSON strings, comma separated
  std::vector<Rejection> rejected;
};

void append_subscribed(std::string& out, const Acknowledgement& ack, std::uint32_t interval_ms,
                       std::string_view epoch);
void append_unsubscribed(std::string& out, const Acknowledgement& ack);
void append_error(std::string& out, std::string_view id, ErrorCode code, std::string_view message,
                  bool fatal);
void append_rate_limited(std::string& out, std::int64_t retry_after_ms);
void append_pong(std::string& out, std::string_view id, std::string_view echo);
void append_heartbeat(std::string& out, schemas::Timestamp now);
void append_degraded(std::string& out, std::uint32_t interval_ms);
void append_restored(std::string& out);
void append_drain(std::string& out, std::int64_t reconnect_after_ms);

// One entry of the answer to "list".
struct ListedSubscriptions {
  schemas::Channel channel{};
  std::uint32_t interval_ms = 0;
  std::uint8_t depth = 0;  // of a book; 0 elsewhere
  std::vector<std::string_view> symbols;
};
struct ListedPattern {
  schemas::Channel channel{};
  std::string_view pattern;
};
void append_list(std::string& out, std::string_view id,
                 std::span<const ListedSubscriptions> subscriptions,
                 std::span<const ListedPattern> patterns);

}  // namespace tickgate::gateway
