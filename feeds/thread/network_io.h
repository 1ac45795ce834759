// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "feeds/capture/capture.h"
#include "feeds/feed/feed.h"
#include "feeds/feed/feed_io.h"
#include "feeds/net/https_client.h"
#include "feeds/net/tls_trust.h"
#include "feeds/net/websocket_client.h"
#include "feeds/publish/ring_fan.h"
#include "feeds/thread/feed_thread.h"

namespace tickgate::feeds {

// A feed's bytes over the network: one WebSocket, and the fetches beside it. Reads the clock, once
// per event, and ends each event's batch. On the io_context's thread.
class NetworkIo final : public FeedIo, public WebSocketEvents {
 public:
  // `tap` may be null; `conn` is the number its records carry. Of `credentials` no record holds
  // any.
  NetworkIo(boost::asio::io_context& io, TlsTrust trust, Credentials credentials, FeedTap* tap,
            std::uint32_t conn);
  ~NetworkIo() override;

  // Before the first event. Both outlive their last event.
  void attach(Feed& feed, RingFan& fan);

  void connect(const std::string& url) override;
  void send(std::string text) override;
  void send_secret(std::string text) override;
  void close() override;
  void fetch(const std::string& url) override;

 private:
  void on_socket_open() override;
  void on_socket_bytes(std::size_t count) override;
  void on_socket_text(std::string_view message) override;
  void on_socket_binary(std::string_view message) override;
  void on_socket_closed(const Disconnect& disconnect) override;
  void tap_record(CaptureKind kind, std::string_view target, std::string_view data);

  boost::asio::io_context& io_;
  TlsTrust trust_;
  Credentials credentials_;
  FeedTap* tap_;
  std::uint32_t conn_;
  Feed* feed_ = nullptr;
  RingFan* fan_ = nullptr;
  std::string url_;
  std::unique_ptr<WebSocketClient> socket_;
  HttpsClient https_;
};

// The clocks, for those who drive feeds.
Moment moment_now();

}  // namespace tickgate::feeds
