// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/close_code.h"

#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

// In the order of CloseReason.
constexpr std::array<CloseInfo, kCloseReasons> kTable{{
    {1000, "normal", "", ComeBack::kYes},
    {1001, "going_away", "going away", ComeBack::kYes},
    {1002, "protocol_error", "protocol error", ComeBack::kNo},
    {1003, "unsupported_data", "send text, not binary", ComeBack::kNo},
    {1007, "bad_utf8", "text is not UTF-8", ComeBack::kNo},
    {1009, "message_too_large", "message too large", ComeBack::kNo},
    {1011, "internal_error", "internal error: come back later, with a growing delay",
     ComeBack::kLater},
    {1012, "restart", "restart: come back now", ComeBack::kYes},
    {1013, "overloaded", "overloaded: come back later, with a growing delay", ComeBack::kLater},
    {4008, "slow_consumer",
     "slow consumer, nothing was read for too long: come back now, and ask for less",
     ComeBack::kYes},
    {4010, "no_pong", "no pong, nothing came for too long: come back now", ComeBack::kYes},
    {4400, "too_many_bad_requests", "too many bad requests: mend the client", ComeBack::kNo},
    {4401, "not_authenticated", "not authenticated: come back with valid credentials",
     ComeBack::kNo},
    {4403, "not_entitled", "not entitled: come back with other credentials", ComeBack::kNo},
    {4429, "connection_limit", "connection or subscription limit reached: come back later",
     ComeBack::kLater},
    {0, "peer_lost", "", ComeBack::kYes},
}};

}  // namespace

const CloseInfo& close_info(CloseReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  TICKGATE_CHECK(index < kTable.size());
  return kTable[index];
}

std::array<CloseReason, kCloseReasons> all_close_reasons() {
  std::array<CloseReason, kCloseReasons> reasons{};
  for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i] = static_cast<CloseReason>(i);
  return reasons;
}

}  // namespace tickgate::gateway
