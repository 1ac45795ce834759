// SPDX-License-Identifier: Apache-2.0
// What of a server's bytes is the answer to a GET, over a connection on loopback.
#include "feeds/net/https_client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

struct Got {
  int status = -1;
  std::string body, failure;
};

// Of a server that answers the request with these bytes, and says no more.
Got get(const std::string& bytes) {
  asio::io_context io;
  Tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  Tcp::socket server(io);
  std::string asked;
  acceptor.async_accept(server, [&](boost::system::error_code) {
    asio::async_read_until(server, asio::dynamic_buffer(asked), "\r\n\r\n", [&](auto, std::size_t) {
      asio::async_write(server, asio::buffer(bytes), [&](auto, std::size_t) {
        boost::system::error_code ignored;
        server.shutdown(Tcp::socket::shutdown_send, ignored);
      });
    });
  });
  HttpsClient client(io, TlsTrust::create("").value(),
                     ProxyRules::create("", [](const char*) { return std::string(); }).value(),
                     {std::chrono::seconds(10), 1'000});
  Got got;
  client.get(fmt::format("http://127.0.0.1:{}/keys", acceptor.local_endpoint().port()),
             [&](const HttpsAnswer& answer, const std::string& failure) {
               got = {answer.status, std::string(answer.body), failure};
             });
  io.run();
  EXPECT_TRUE(asked.starts_with("GET /keys HTTP/1.1\r\n")) << asked;
  return got;
}

std::string answer(const std::string& body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

const std::string kEarly = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";

}  // namespace

TEST(HttpsClient, TakesTheAnswerThatIsFinal) {
  for (const auto& before : {std::string(), kEarly, "HTTP/1.1 100 Continue\r\n\r\n" + kEarly}) {
    const auto got = get(before + answer("{}"));
    EXPECT_EQ(got.status, 200) << before << got.failure;
    EXPECT_EQ(got.body, "{}") << before;
    EXPECT_EQ(got.failure, "");
  }
}

TEST(HttpsClient, InterimOnesAreNoAnswer) {
  EXPECT_EQ(get(kEarly).status, 0);
  EXPECT_NE(get(kEarly).failure, "");
  std::string many;
  for (int i = 0; i < 9; ++i) many += kEarly;
  EXPECT_EQ(get(many + answer("{}")).failure, "no answer but interim ones");
  EXPECT_EQ(get("HTTP/1.1 101 Switching Protocols\r\n\r\n" + answer("{}")).status, 101);
}

TEST(HttpsClient, ABodyHasItsWholeLengthAndNoMoreThanItMay) {
  EXPECT_EQ(get(answer(std::string(1'000, 'a'))).body.size(), 1'000U);
  EXPECT_EQ(get(answer(std::string(1'001, 'a'))).status, 0);
  EXPECT_EQ(get("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}").status, 0);
}

}  // namespace tickgate::feeds
