// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickgate::gateway {

// Why a connection ended; every connection ends with exactly one. Dense, so that a counter per
// reason is an array. What a client does about each: schemas/protocol.md.
enum class CloseReason : std::uint8_t {
  kNormal,              // the client said Close, or we end it in peace
  kGoingAway,           //
  kProtocolError,       // RFC 6455 was broken
  kUnsupportedData,     // binary where text is due
  kBadUtf8,             //
  kMessageTooLarge,     // also too many fragments
  kInternalError,       // a bug of ours, and nothing else
  kRestart,             // drain
  kOverloaded,          //
  kSlowConsumer,        // the socket took nothing for the write deadline
  kNoPong,              //
  kTooManyBadRequests,  //
  kNotAuthenticated,    //
  kNotEntitled,         //
  kConnectionLimit,     // connections or subscriptions
  kPeerLost,            // TCP ended, or failed, without a Close frame: nothing can be sent
};
inline constexpr std::size_t kCloseReasons = static_cast<std::size_t>(CloseReason::kPeerLost) + 1;

enum class ComeBack : std::uint8_t {
  kYes,    // at once, after the delay given, or as the client likes
  kLater,  // with backoff
  kNo,     // not before something was changed: the client mended, other credentials
};

struct CloseInfo {
  std::uint16_t code;     // for the Close frame; 0 where none can be sent
  std::string_view name;  // stable, for a metric's label and the log
  std::string_view text;  // for the Close frame, at most 123 bytes
  ComeBack come_back;
};

// Static storage; the reference lives for ever.
const CloseInfo& close_info(CloseReason reason);

// The reasons in order, for whoever must make a counter of each.
std::array<CloseReason, kCloseReasons> all_close_reasons();

// May an endpoint put this code into a Close frame (RFC 6455, 7.4, and IANA's registry)?
constexpr bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace tickgate::gateway
