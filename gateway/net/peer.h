// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/config/network.h"
#include "gateway/net/socket.h"

namespace tickgate::gateway {

// An address in 16 bytes, IPv4 as IPv6 maps it; zeros where there is none.
struct PeerAddress {
  AddressBytes bytes{};
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

// Whom a connection comes from: what its socket says, or whoever speaks for him (proxy_header.h,
// gateway/http/forwarded.h). Asked once, while it is connected, for a reset takes it away.
struct Peer {
  PeerAddress address;
  std::uint16_t port = 0;  // 0: not known
};

Peer peer_of(const boost::asio::ip::tcp::endpoint& endpoint);
// Zeros where it is not connected.
PeerAddress peer_of(const Socket& socket, std::uint16_t& port);

// What a proxy writes of a client: 192.0.2.1, 192.0.2.1:5000, [2001:db8::1], [2001:db8::1]:5000,
// 2001:db8::1. nullopt for anything else, "unknown" among it.
std::optional<Peer> parse_peer(std::string_view text);

// Both of them, in the form of ListenAddress: 192.0.2.1:5000, [2001:db8::1]:5000.
std::string peer_text(const PeerAddress& address, std::uint16_t port);
// The address alone: 192.0.2.1, 2001:db8::1.
std::string address_text(const PeerAddress& address);

}  // namespace tickgate::gateway
