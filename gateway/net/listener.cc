// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>

namespace tickgate::gateway {
namespace {

constexpr int kBacklog = 4'096;  // the kernel's own limit caps it

using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

absl::Status refused(const ListenAddress& address, const boost::system::error_code& error) {
  return absl::UnavailableError(
      fmt::format("cannot listen on {}: {}", address.text(), error.message()));
}

boost::system::error_code bind_and_listen(Acceptor& acceptor, const ListenAddress& address,
                                          bool shared) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address.host, error);
  if (error) return error;
  const boost::asio::ip::tcp::endpoint endpoint(ip, address.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(boost::asio::socket_base::reuse_address(true), error);
  if (!error && shared) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  return error;
}

}  // namespace

absl::Status open_listener(Acceptor& acceptor, const ListenAddress& address, bool shared) {
  const auto error = bind_and_listen(acceptor, address, shared);
  if (!error) return absl::OkStatus();
  boost::system::error_code ignored;
  acceptor.close(ignored);
  return refused(address, error);
}

absl::Status check_listen_address(const ListenAddress& address) {
  if (address.port == 0) return absl::OkStatus();
  boost::asio::io_context io;
  Acceptor probe(io);
  const auto error = bind_and_listen(probe, address, false);
  return error ? refused(address, error) : absl::OkStatus();
}

}  // namespace tickgate::gateway
