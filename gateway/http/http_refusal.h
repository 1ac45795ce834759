// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/net/address_table.h"
#include "gateway/protocol/error_code.h"

namespace tickgate::gateway {

// Why somebody was sent away who had got no further than the door. Dense, so that a counter per
// reason is an array.
enum class HttpRefusal : std::uint8_t {
  kMalformed,        // 400: not HTTP, or not as it should be
  kHeaderTooLarge,   // 431
  kTargetTooLong,    // 414
  kMethod,           // 405: not of this path
  kHttpVersion,      // 505
  kHost,             // 400: exactly one Host, of HTTP/1.1
  kForeignHost,      // 421: a name that this port does not go by
  kBody,             // 413: none is taken here, or not so large a one
  kBodyLength,       // 411: a body needs a Content-Length
  kNoUpgrade,        // 426: the stream's path wants an upgrade to WebSocket
  kStreamVersion,    // 426: Sec-WebSocket-Version must be 13
  kStreamKey,        // 400: Sec-WebSocket-Key
  kSubprotocol,      // 400: of those offered none is spoken here
  kEarlyBytes,       // 400: bytes behind an upgrade request, before its answer
  kOrigin,           // 403
  kUrlCredential,    // 400: a token has no place in a URL, which is logged on its way
  kCredentials,      // 400: two that differ
  kUnauthenticated,  // 401: whatever was wrong with the credential
  kExpired,          // 401: it was good once
  kSubject,          // 429: as many streams as its subject may have
  kUnnamed,          // 503: too many streams have shown no credential yet
  kVisitors,         // 503: too many are being answered
  kAddress,          // 429: too many of this address are
  kBytes,            // 503: requests and unread answers hold too much together
  kConnections,      // 503: too many streams, or no room at the door
  kMemory,           // 503: the memory budget is nearly spent
  kDraining,         // 503: the gateway is about to end
  kStarting,         // 503: the feeds have not said yet which run theirs is
  kAddressOpen,      // 429: too many connections of this address are open
  kAddressRate,      // 429: this address comes too often
  kAddressFailures,  // 429: too many bad credentials came from this address
  kProxyHeader,      // no answer: no PROXY header, or not as it should be
  kUntrusted,        // no answer: a PROXY header is due, and this is no trusted proxy
  kTimeout,          // no answer: nothing asked in time
  kTls,              // no answer: no TLS
  kYielded,          // no answer: asked for nothing, and made room for who came later
};
inline constexpr std::size_t kHttpRefusals = static_cast<std::size_t>(HttpRefusal::kYielded) + 1;

// Stable, for a metric's label and the log: "malformed", "header_too_large", ...
std::string_view name(HttpRefusal refusal);

unsigned status(HttpRefusal refusal);  // 0: there is no answer

HttpRefusal refusal_of(AddressTable::Refusal refusal);

// The answer of those that need no further word: from kUnauthenticated to kAddressFailures.
std::string compose_refusal(HttpRefusal refusal, bool head_only);
// What that says, without the end of its line.
std::string_view words(HttpRefusal refusal);

// 401 as plain requests are answered it, with an error object. `shown`: a credential was, and is
// not accepted; else there was none (RFC 6750, 3).
std::string compose_unauthenticated(ErrorCode code, std::string_view message, bool shown,
                                    bool head_only);

}  // namespace tickgate::gateway
