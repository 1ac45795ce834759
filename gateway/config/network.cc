// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

namespace tickgate::gateway {
namespace {

constexpr std::size_t kMostDigits = 45;  // digits of an address: INET6_ADDRSTRLEN less its end
constexpr unsigned kBits = 128;
constexpr unsigned kMapped = 96;  // of an IPv4 address, before it

bool bit(const AddressBytes& address, unsigned index) {
  return (address.at(index / 8) >> (7U - index % 8) & 1U) != 0;
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  if (text.empty() || text.size() > kMostDigits || text.find('\0') != text.npos)
    return std::nullopt;
  const std::string ended(text);
  AddressBytes bytes{};
  if (text.find(':') != text.npos) {
    return ::inet_pton(AF_INET6, ended.c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                   : std::nullopt;
  }
  bytes[10] = bytes[11] = 0xFF;
  return ::inet_pton(AF_INET, ended.c_str(), bytes.data() + 12) == 1 ? std::optional(bytes)
                                                                     : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  const bool plain = text == "0" || !text.starts_with('0');
  if (read.ec != std::errc{} || read.ptr != end || !plain) return std::nullopt;
  return port;
}

bool Network::contains(const AddressBytes& address) const {
  const std::size_t whole = prefix / 8;
  if (!std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.begin())) {
    return false;
  }
  for (unsigned i = static_cast<unsigned>(whole) * 8; i < prefix; ++i) {
    if (bit(first, i) != bit(address, i)) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return Network{*address, kBits};
  const bool four = text.find(':') == text.npos;
  const auto bits = parse_port(text.substr(slash + 1));  // written as a port is
  if (!bits || *bits > (four ? kBits - kMapped : kBits)) return std::nullopt;
  const unsigned prefix = *bits + (four ? kMapped : 0U);
  for (unsigned i = prefix; i < kBits; ++i) {
    if (bit(*address, i)) return std::nullopt;
  }
  return Network{*address, prefix};
}

}  // namespace tickgate::gateway
