// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/admin_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace tickgate::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Error = boost::system::error_code;

constexpr std::chrono::seconds kEachWait{5};
constexpr std::chrono::seconds kAll{15};
constexpr std::uint64_t kMostBytes = 4U << 20U;

}  // namespace

// Held by its handlers; whoever ends it closes the socket, which ends those.
class AdminQuestion::Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& io, const AdminPort& port, std::string_view target, Callback callback)
      : resolver_(io),
        socket_(io),
        timer_(io),
        trust_(port.trust),
        host_(port.url.host),
        port_(port.url.port),
        where_(port.url.authority()),
        callback_(std::move(callback)) {
    if (trust_) tls_.emplace(socket_, trust_->context());
    std::string_view prefix = port.url.target;
    while (prefix.ends_with('/')) prefix.remove_suffix(1);
    request_ = fmt::format(
        "GET {}{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: tickgate\r\n", prefix,
        target, where_);
    if (!port.token.empty()) request_.append("Authorization: Bearer ").append(port.token + "\r\n");
    request_.append("\r\n");
    parser_.eager(true);
    parser_.body_limit(kMostBytes);
  }

  void begin() { resolve(); }

  void end() {
    callback_ = nullptr;
    Error ignored;
    socket_.close(ignored);
    resolver_.cancel();
    timer_.cancel();
  }

 private:
  // `next` with what came, unless there is an error or nobody waits any more.
  template <typename Next>
  auto then(Next next) {
    return [self = shared_from_this(), next](const Error& error, const auto& came) {
      if (!self->callback_) return;
      if (error) return self->fail(error);
      next(came);
    };
  }

  void resolve() {
    wait();
    resolver_.async_resolve(host_, port_, then([this](const auto& found) { connect(found); }));
  }

  void connect(const tcp::resolver::results_type& found) {
    wait();
    asio::async_connect(socket_, found,
                        then([this](const tcp::endpoint&) { tls_ ? handshake() : write(); }));
  }

  void handshake() {
    wait();
    Error ignored;
    asio::ip::make_address(host_, ignored);
    if (ignored.failed()) {  // a name: the macro that sets it has an old-style cast
      std::string name = host_;
      SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               name.data());
    }
    tls_->set_verify_callback(asio::ssl::host_name_verification(host_), ignored);
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](const Error& error) {
                            if (!self->callback_) return;
                            error ? self->fail(error) : self->write();
                          });
  }

  // On the one that is spoken over.
  template <typename Work>
  void with_stream(Work work) {
    if (tls_) {
      work(*tls_);
    } else {
      work(socket_);
    }
  }

  void write() {
    wait();
    with_stream([this](auto& stream) {
      asio::async_write(stream, asio::buffer(request_), then([this](std::size_t) { read(); }));
    });
  }

  void read() {
    wait();
    const auto take = [self = shared_from_this()](const Error& error, std::size_t size) {
      if (self->callback_) self->take(error, size);
    };
    with_stream([&](auto& stream) { stream.async_read_some(asio::buffer(buffer_), take); });
  }

  void take(const Error& error, std::size_t size) {
    const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    if (error && !ended) return fail(error);
    Error wrong;
    came_.append(buffer_.data(), size);
    came_.erase(0, parser_.put(asio::buffer(came_), wrong));
    if (wrong == http::error::need_more) wrong = {};
    if (!wrong && error) {
      if (!parser_.got_some()) return fail(error);  // nothing at all: Beast must not be asked
      parser_.put_eof(wrong);
    }
    if (wrong) return fail(wrong);
    if (!parser_.is_done()) return read();
    const auto& answer = parser_.get();
    const auto type = answer[http::field::content_type];
    tell(AdminResponse{answer.result_int(), std::string(type.data(), type.size()), answer.body()});
  }

  // Each step has its time, and all together.
  void wait() {
    timer_.expires_at(std::min(Clock::now() + kEachWait, until_));
    timer_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error && self->callback_ && self->timer_.expiry() <= Clock::now()) {
        self->fail(asio::error::timed_out);
      }
    });
  }

  void fail(const Error& error) {
    const auto why = error == asio::error::timed_out ? "no answer in time"
                     : error == asio::error::eof     ? "closed without an answer"
                                                     : error.message();
    tell(absl::UnavailableError(fmt::format("{}: {}", where_, why)));
  }

  void tell(absl::StatusOr<AdminResponse> answer) {
    const auto callback = std::exchange(callback_, nullptr);
    end();
    callback(std::move(answer));
  }

  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  const std::optional<feeds::TlsTrust> trust_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  const Clock::time_point until_ = Clock::now() + kAll;
  const std::string host_, port_, where_;
  std::string request_;
  std::array<char, 16'384> buffer_{};
  std::string came_;  // and was not taken yet
  http::response_parser<http::string_body> parser_;
  Callback callback_;  // none: nobody waits
};

AdminQuestion::AdminQuestion(asio::io_context& io, const AdminPort& port, std::string_view target,
                             Callback callback)
    : exchange_(std::make_shared<Exchange>(io, port, target, std::move(callback))) {
  exchange_->begin();
}

AdminQuestion::~AdminQuestion() { exchange_->end(); }

absl::StatusOr<AdminResponse> ask_admin(const AdminPort& port, std::string_view target) {
  asio::io_context io;
  std::optional<absl::StatusOr<AdminResponse>> answer;
  const AdminQuestion question(io, port, target,
                               [&answer](auto came) { answer = std::move(came); });
  io.run();
  return *std::move(answer);
}

}  // namespace tickgate::gateway
