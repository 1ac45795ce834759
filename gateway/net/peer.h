// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gateway/net/socket.h"

namespace tickgate::gateway {

// Whose address it was: asked of a socket while it is connected, for a reset takes it away. IPv4 as
// IPv6 maps it; zeros where there is none.
struct PeerAddress {
  std::array<std::uint8_t, 16> bytes{};
};

// Both of them, in the form of ListenAddress: 192.0.2.1:5000, [2001:db8::1]:5000.
std::string peer_text(const PeerAddress& address, std::uint16_t port);
PeerAddress peer_of(const Socket& socket, std::uint16_t& port);

}  // namespace tickgate::gateway
