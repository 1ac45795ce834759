// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "feeds/feed/feed_io.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"
#include "feeds/net/url.h"

namespace boost::asio {
class io_context;
}

namespace tickgate::feeds {

// What a WebSocket says to whoever opened it, on the io_context's thread.
class WebSocketEvents {
 public:
  virtual ~WebSocketEvents() = default;
  virtual void on_socket_open() = 0;
  // Bytes have arrived, of a message or of a ping: the peer is alive.
  virtual void on_socket_bytes(std::size_t count) = 0;
  // A whole message, of text or binary; 64 zero bytes follow it. The view lives during the call.
  virtual void on_socket_text(std::string_view message) = 0;
  virtual void on_socket_binary(std::string_view message) = 0;
  // It never came up, or is gone. Nothing follows.
  virtual void on_socket_closed(const Disconnect& disconnect) = 0;
};

// One WebSocket to a venue: TLS with chain and name verified (plain only to this host), pings
// answered, no compression offered, every step with a deadline. Never calls back from within a
// call, nor after close(). On the io_context's thread.
class WebSocketClient {
 public:
  struct Limits {
    std::size_t message_bytes = std::size_t{16} << 20U;
    std::size_t unsent_bytes = std::size_t{4} << 20U;  // more waits to be sent: the venue is stuck
  };

  // Opens at once. `events` is told until close() or on_socket_closed().
  WebSocketClient(boost::asio::io_context& io, TlsTrust trust, const ProxyRules& proxies,
                  const Url& url, Limits limits, WebSocketEvents& events);
  ~WebSocketClient();  // as close()
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  void send(std::string text);
  // Says goodbye, waits for the answer a second at most, on its own.
  void close();

  class Session;

 private:
  std::shared_ptr<Session> session_;
};

}  // namespace tickgate::feeds
