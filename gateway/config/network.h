// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickgate::gateway {

// An IPv6 address, or an IPv4 one as IPv6 maps it (RFC 4291, 2.5.5.2), in network order.
using AddressBytes = std::array<std::uint8_t, 16>;

// Digits only, of either family, without brackets, port or zone; nullopt for anything else. As
// inet_pton() has it, so nothing that is nearly an address is one: not 192.0.2.256, not 192.0.2.
std::optional<AddressBytes> parse_address(std::string_view text);

// Digits of 0..65535, without a sign or a leading zero.
std::optional<std::uint16_t> parse_port(std::string_view text);

// All addresses that begin alike: "10.0.0.0/8", "2001:db8::/32", or one address by itself.
struct Network {
  AddressBytes first{};
  unsigned prefix = 128;  // bits, 0..128; of an IPv4 network 96 more than it is written with

  bool contains(const AddressBytes& address) const;
};

// nullopt unless it is written as above, the bits behind the prefix being zero.
std::optional<Network> parse_network(std::string_view text);

}  // namespace tickgate::gateway
