// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/peer.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

namespace tickgate::gateway {

namespace ip = boost::asio::ip;

PeerAddress peer_of(const Socket& socket, std::uint16_t& port) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  port = error ? std::uint16_t{0} : peer.port();
  if (error) return {};
  const auto address = peer.address();
  return {(address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6())
              .to_bytes()};
}

std::string peer_text(const PeerAddress& address, std::uint16_t port) {
  const ip::address_v6 six(address.bytes);
  if (six.is_unspecified()) return "unknown";
  if (six.is_v4_mapped()) {
    return fmt::format("{}:{}", ip::make_address_v4(ip::v4_mapped, six).to_string(), port);
  }
  return fmt::format("[{}]:{}", six.to_string(), port);
}

}  // namespace tickgate::gateway
