// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asio's types are in here: for websocket_client.cc, https_client.cc and dialer.cc only.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feeds/feed/feed_counters.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"
#include "feeds/net/url.h"

namespace tickgate::feeds {

using TcpSocket = boost::asio::ip::tcp::socket;
using TlsStream = boost::asio::ssl::stream<TcpSocket>;

struct DialFailure {
  ReconnectReason reason = ReconnectReason::kRefused;
  std::string detail;
};

// Makes one connection: the name to addresses, TCP to the first that answers (a black hole costs
// 1.5 s, not the attempt), through a proxy where one is to be used, then TLS with the host's name
// demanded and verified. Answers once, later, unless cancelled. On the io_context's thread.
class Dialer : public std::enable_shared_from_this<Dialer> {
 public:
  // Exactly one of the three is set.
  struct Result {
    std::unique_ptr<TcpSocket> plain;
    std::unique_ptr<TlsStream> tls;
    const DialFailure* failure = nullptr;
  };
  using Callback = std::function<void(Result)>;

  Dialer(boost::asio::io_context& io, TlsTrust trust, const ProxyRules& proxies, Url url);

  void dial(Callback callback);
  void cancel();

 private:
  using Error = boost::system::error_code;
  using Endpoint = boost::asio::ip::tcp::endpoint;

  void on_resolved(const Error& error, const boost::asio::ip::tcp::resolver::results_type& results);
  void try_next();
  void on_connected(const Error& error);
  void open_tunnel();
  void read_tunnel_head();
  void on_tunnel_bytes(const Error& error);
  void connected();
  void handshake();
  bool verify(bool trusted, X509_STORE_CTX* store);
  void fail(ReconnectReason reason, std::string detail);
  void finish(Result result);
  // Calls `expired` unless the timer is set anew before; finish() and cancel() stop it.
  void set_timer(std::chrono::milliseconds time, std::function<void()> expired);

  TlsTrust trust_;
  Url url_;
  std::optional<Proxy> proxy_;
  Callback callback_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<TlsStream> stream_;  // its lowest layer serves plain connections too
  std::vector<Endpoint> endpoints_;
  std::size_t next_ = 0;
  std::size_t timer_turn_ = 0;
  std::size_t attempt_ = 0;  // a late answer of an abandoned one is told by it
  std::chrono::steady_clock::time_point connect_deadline_;
  std::string tunnel_request_, tunnel_head_;
  std::array<char, 1024> peeked_{};
  std::string last_error_;
  std::string certificate_;  // what was wrong with it, and whose it is
  DialFailure failure_;
};

}  // namespace tickgate::feeds
