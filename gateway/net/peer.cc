// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

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
  const auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
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
