// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "absl/strings/ascii.h"

namespace tickgate::gateway {

namespace ip = boost::asio::ip;

Peer peer_of(const ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  const auto six =
      address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
  return {{six.to_bytes()}, endpoint.port()};
}

PeerAddress peer_of(const Socket& socket, std::uint16_t& port) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  const auto peer = error ? Peer{} : peer_of(endpoint);
  port = peer.port;
  return peer.address;
}

namespace {

// Of a node behind its address (RFC 7239, 6): digits, perhaps with zeros in front, or a name that
// stands for it, which leaves it unknown: 0.
std::optional<std::uint16_t> parse_node_port(std::string_view text) {
  const auto is_of_name = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  if (text.starts_with('_')) {
    const bool named = text.size() > 1 && std::ranges::all_of(text, is_of_name);
    return named ? std::optional<std::uint16_t>(0) : std::nullopt;
  }
  constexpr std::size_t kMostDigits = 5;
  if (text.size() > kMostDigits) return std::nullopt;
  while (text.size() > 1 && text.starts_with('0')) text.remove_prefix(1);
  return parse_port(text);
}

}  // namespace

std::optional<Peer> parse_peer(std::string_view text) {
  if (const auto address = parse_address(text)) return Peer{{*address}, 0};
  auto host = text, port = std::string_view();
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (host.find(':') == host.npos) return std::nullopt;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  const auto address = parse_address(host);
  if (!address) return std::nullopt;
  if (port.empty()) return Peer{{*address}, 0};
  const auto number = port.starts_with(':') ? parse_node_port(port.substr(1)) : std::nullopt;
  return number ? std::optional(Peer{{*address}, *number}) : std::nullopt;
}

std::string address_text(const PeerAddress& address) {
  const ip::address_v6 six(address.bytes);
  if (six.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, six).to_string();
  return six.to_string();
}

std::string peer_text(const PeerAddress& address, std::uint16_t port) {
  const ip::address_v6 six(address.bytes);
  if (six.is_unspecified()) return "unknown";
  const auto text = address_text(address);
  return six.is_v4_mapped() ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

}  // namespace tickgate::gateway
