// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickgate::gateway {

// The `code` of an error or of a rejected symbol: what a client's program may decide by. Described
// in schemas/protocol.md; a name that was sent once is never changed.
enum class ErrorCode : std::uint8_t {
  kBadRequest,          // its form is wrong; `message` says where
  kUnknownOp,           //
  kUnknownChannel,      // a channel of the protocol that is not served
  kUnknownSymbol,       //
  kTooManySymbols,      // more subscriptions, or patterns, than one client may have
  kRateLimited,         //
  kNotReady,            // the book is not whole
  kNotSubscribed,       // to be ended, and is not held
  kUnknownInterval,     // of a bar
  kUnauthenticated,     // nobody knows who asks: no credential, or none that is accepted
  kTokenExpired,        // the credential was good once
  kForbidden,           // not for whoever asks
  kTooManyConnections,  // as many streams as the subject may have
};

inline constexpr std::array<std::string_view, 13> kErrorCodeNames{
    "bad_request",   "unknown_op", "unknown_channel",     "unknown_symbol",   "too_many_symbols",
    "rate_limited",  "not_ready",  "not_subscribed",      "unknown_interval", "unauthenticated",
    "token_expired", "forbidden",  "too_many_connections"};
static_assert(kErrorCodeNames.size() ==
              static_cast<std::size_t>(ErrorCode::kTooManyConnections) + 1);

constexpr std::string_view name(ErrorCode code) {
  return kErrorCodeNames.at(static_cast<std::size_t>(code));
}

}  // namespace tickgate::gateway
