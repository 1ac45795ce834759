// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "feeds/capture/capture.h"
#include "feeds/feed/feed.h"
#include "feeds/feed/feed_io.h"
#include "feeds/net/https_client.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"
#include "feeds/net/websocket_client.h"
#include "feeds/publish/ring_fan.h"
#include "feeds/thread/feed_thread.h"

namespace tickgate::feeds {

// A connection's bytes over the network: one WebSocket, and the fetches beside it. Reads the clock,
// once per event, and ends each event's batch. On the io_context's thread.
class NetworkIo final : public FeedIo, public WebSocketEvents {
 public:
  // What every one of a feed has in common. `tap` may be null; of `credentials` no record holds
  // any.
  struct Settings {
    TlsTrust trust;
    ProxyRules proxies;
    Credentials credentials;
    FeedTap* tap = nullptr;
  };

  // `conn` is the number its records carry. The references outlive its last event.
  NetworkIo(boost::asio::io_context& io, Settings settings, std::uint32_t conn,
            Connection& connection, RingFan& fan);
  ~NetworkIo() override;

  void connect(const std::string& url) override;
  void send(std::string text) override;
  void send_secret(std::string text) override;
  void close() override;
  void fetch(const std::string& url) override;

 private:
  // A client makes one request after the other, each over a connection of its own: as many as make
  // no venue's weights wait for round trips.
  static constexpr std::size_t kFetchesAtOnce = RequestQueue::kMostInFlight;

  void cancel_fetches();
  void on_socket_open() override;
  void on_socket_bytes(std::size_t count) override;
  void on_socket_text(std::string_view message) override;
  void on_socket_binary(std::string_view message) override;
  void on_socket_closed(const Disconnect& disconnect) override;
  void tap_record(CaptureKind kind, std::string_view target, std::string_view data);

  boost::asio::io_context& io_;
  Settings settings_;
  std::uint32_t conn_;
  Connection& connection_;
  RingFan& fan_;
  std::string url_;
  std::unique_ptr<WebSocketClient> socket_;
  std::array<std::optional<HttpsClient>, kFetchesAtOnce> https_;  // since each was needed
  std::array<std::size_t, kFetchesAtOnce> fetching_{};            // by each
};

// The clocks, for those who drive feeds.
Moment moment_now();

}  // namespace tickgate::feeds
