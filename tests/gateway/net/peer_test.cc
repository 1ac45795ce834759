// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace tickgate::gateway {

TEST(Peer, IsWrittenInTheFormOfItsFamily) {
  const auto text = [](const char* address) {
    return peer_text({boost::asio::ip::make_address_v6(address).to_bytes()}, 5000);
  };
  EXPECT_EQ(text("::ffff:192.0.2.1"), "192.0.2.1:5000");
  EXPECT_EQ(text("2001:db8::1"), "[2001:db8::1]:5000");
  EXPECT_EQ(text("::1"), "[::1]:5000");
  EXPECT_EQ(peer_text({}, 0), "unknown");
}

TEST(Peer, IsThatOfASocketOrNone) {
  boost::asio::io_context io;
  for (const bool six : {false, true}) {
    const auto loopback =
        six ? boost::asio::ip::make_address("::1") : boost::asio::ip::make_address("127.0.0.1");
    Acceptor acceptor(io);
    const boost::asio::ip::tcp::endpoint any{loopback, 0};
    boost::system::error_code error;
    acceptor.open(any.protocol());
    acceptor.bind(any, error);
    if (error) continue;  // no IPv6 here
    acceptor.listen();
    Socket client(io), served(io);
    client.connect(acceptor.local_endpoint());
    acceptor.accept(served);
    std::uint16_t port = 0;
    const auto peer = peer_of(served, port);
    EXPECT_EQ(port, client.local_endpoint().port());
    EXPECT_EQ(peer_text(peer, port), (six ? "[::1]:" : "127.0.0.1:") + std::to_string(port));
  }
  std::uint16_t port = 7;
  EXPECT_EQ(peer_text(peer_of(Socket(io), port), port), "unknown");
  EXPECT_EQ(port, 0);
}

}  // namespace tickgate::gateway
