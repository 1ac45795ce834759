// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/peer.h"

// What a proxy says of a client before the first byte of it: the PROXY protocol, version 1 and 2,
// as HAProxy's proxy-protocol.txt describes it. Whether it is there is configured, never guessed.
namespace tickgate::gateway {

struct ProxyHeader {
  enum class Status : std::uint8_t {
    kNeedMore,  // it may become one
    kWhole,
    kBad,  // none, longer than may be, an address that is none, a checksum that is wrong
  };
  Status status = Status::kBad;
  std::size_t size = 0;        // bytes of it, when it is whole; behind them the client speaks
  std::optional<Peer> client;  // nullopt when whole: the proxy speaks for itself (LOCAL, UNKNOWN,
                               // or no TCP over IP)
};

// Longest of either version: a line with its end, and sixteen bytes with what they announce.
inline constexpr std::size_t kMostProxyLine = 107;
inline constexpr std::size_t kMostProxyHeader = 4'096;

// Of the first bytes of a connection, at least all those of the header that have come. However they
// are cut, the outcome is the same. Pure.
ProxyHeader parse_proxy_header(std::string_view bytes);

// Reads it off a connected socket, and not a byte of what is behind it: that is for TLS. `kept`
// holds what has come between two calls. Never waits: kNeedMore until the socket is readable again;
// kBad also for one that has ended.
ProxyHeader read_proxy_header(int descriptor, std::string& kept);

}  // namespace tickgate::gateway
