// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/admin_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>

namespace tickgate::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Parser = http::response_parser<http::string_body>;
using Error = boost::system::error_code;

constexpr std::chrono::seconds kEachWait{5};
constexpr std::chrono::seconds kAll{15};
constexpr std::uint64_t kMostBytes = 4U << 20U;

absl::Status failed(std::string_view what, const Error& error) {
  const bool late = error == asio::error::would_block || error == asio::error::try_again ||
                    error == asio::error::in_progress || error == asio::error::timed_out;
  const auto why = late ? std::string("no answer in time") : error.message();
  return absl::UnavailableError(fmt::format("{}: {}", what, why));
}

// Of every wait for this socket, connecting too.
void set_patience(tcp::socket& socket) {
  const timeval time{kEachWait.count(), 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    ::setsockopt(socket.native_handle(), SOL_SOCKET, option, &time, sizeof(time));
  }
}

Error connect(asio::io_context& io, const feeds::Url& to, tcp::socket& socket) {
  Error error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(to.host, to.port, error);
  if (error) return error;
  for (const auto& one : found) {
    socket.close(error);
    socket.open(one.endpoint().protocol(), error);
    if (error) continue;
    set_patience(socket);
    socket.connect(one.endpoint(), error);
    if (!error) break;
  }
  return error;
}

Error read(tcp::socket& socket, Parser& parser) {
  const auto until = std::chrono::steady_clock::now() + kAll;
  std::string came;  // and was not taken yet
  std::array<char, 16'384> buffer{};
  Error error;
  while (!parser.is_done() && std::chrono::steady_clock::now() < until) {
    const auto size = socket.read_some(asio::buffer(buffer), error);
    if (error == asio::error::eof) {
      Error at_end;
      parser.put_eof(at_end);
      return at_end;
    }
    if (error) return error;
    came.append(buffer.data(), size);
    const auto taken = parser.put(asio::buffer(came), error);
    if (error && error != http::error::need_more) return error;
    came.erase(0, taken);
  }
  return parser.is_done() ? Error() : Error(asio::error::timed_out);
}

}  // namespace

absl::StatusOr<AdminResponse> ask_admin(const feeds::Url& base, std::string_view target) {
  asio::io_context io;
  tcp::socket socket(io);
  const auto where = base.authority();
  if (const auto error = connect(io, base, socket)) return failed(where, error);
  std::string_view prefix = base.target;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  const auto request = fmt::format(
      "GET {}{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: tickgate\r\n\r\n", prefix,
      target, where);
  Error error;
  asio::write(socket, asio::buffer(request), error);
  if (error) return failed(where, error);
  Parser parser;
  parser.eager(true);
  parser.body_limit(kMostBytes);
  if (error = read(socket, parser); error) return failed(where, error);
  const auto& answer = parser.get();
  const auto type = answer[http::field::content_type];
  return AdminResponse{answer.result_int(), std::string(type.data(), type.size()), answer.body()};
}

}  // namespace tickgate::gateway
