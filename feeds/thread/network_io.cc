// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/network_io.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace tickgate::feeds {

Moment moment_now() {
  using std::chrono::duration_cast;
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return {schemas::Timestamp(duration_cast<std::chrono::microseconds>(wall).count()),
          duration_cast<Monotonic>(steady)};
}

NetworkIo::NetworkIo(boost::asio::io_context& io, Settings settings, std::uint32_t conn,
                     Connection& connection, RingFan& fan)
    : io_(io), settings_(std::move(settings)), conn_(conn), connection_(connection), fan_(fan) {}

NetworkIo::~NetworkIo() = default;

void NetworkIo::connect(const std::string& url) {
  url_ = url;
  const auto parsed = parse_url(url);
  if (!parsed || !parsed->websocket) {
    // The configuration's check lets none pass; a later answer all the same.
    boost::asio::post(io_, [this] {
      on_socket_closed({ReconnectReason::kRefused, "not a wss:// URL"});
    });
    return;
  }
  const WebSocketClient::Limits limits{.message_bytes = connection_.limits().max_frame_bytes};
  socket_ = std::make_unique<WebSocketClient>(io_, settings_.trust, settings_.proxies, *parsed,
                                              limits, *this);
}

void NetworkIo::send(std::string text) {
  tap_record(CaptureKind::kSent, "", text);
  if (socket_) socket_->send(std::move(text));
}

void NetworkIo::send_secret(std::string text) {
  tap_record(CaptureKind::kSent, "", "***");
  if (socket_) socket_->send(std::move(text));
}

void NetworkIo::close() {
  if (socket_) socket_->close();
  cancel_fetches();
}

void NetworkIo::cancel_fetches() {
  for (auto& client : https_) {
    if (client) client->cancel();
  }
  fetching_.fill(0);
}

void NetworkIo::fetch(const std::string& url) {
  const auto idle = std::ranges::min_element(fetching_);
  const auto index = static_cast<std::size_t>(idle - fetching_.begin());
  if (!https_[index]) https_[index].emplace(io_, settings_.trust, settings_.proxies);
  ++*idle;
  https_[index]->get(url, [this, index](const HttpAnswer& answer, const std::string& failure) {
    --fetching_[index];
    if (!failure.empty()) {
      log::warning(
          "feeds.network", "a fetch failed",
          {{"feed", connection_.options().name},
           {"url", without_credentials(log::redact_url(answer.target), settings_.credentials)},
           {"reason", failure}});
    }
    if (answer.status == 200) tap_record(CaptureKind::kHttp, answer.target, answer.body);
    connection_.on_http(answer, moment_now());
    fan_.flush();
  });
}

void NetworkIo::on_socket_open() {
  tap_record(CaptureKind::kOpen, url_, "");
  connection_.on_connected(moment_now());
  fan_.flush();
}

void NetworkIo::on_socket_bytes(std::size_t count) { connection_.on_bytes(count, moment_now()); }

// Step 1 of a tick's life: the frame is read, and stamped here, by the clock of this machine.
void NetworkIo::on_socket_text(std::string_view message) {
  tap_record(CaptureKind::kText, "", message);
  connection_.on_text(message, moment_now());
  fan_.flush();
}

void NetworkIo::on_socket_binary(std::string_view message) {
  tap_record(CaptureKind::kBinary, "", message);
  connection_.on_binary(message, moment_now());
  fan_.flush();
}

void NetworkIo::on_socket_closed(const Disconnect& disconnect) {
  cancel_fetches();
  connection_.on_disconnected(disconnect, moment_now());
  fan_.flush();
}

void NetworkIo::tap_record(CaptureKind kind, std::string_view target, std::string_view data) {
  if (settings_.tap == nullptr) return;
  CaptureRecord record;
  record.time_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  record.venue = connection_.options().venue;
  record.conn = conn_;
  record.kind = kind;
  record.target = target;
  record.data = data;
  if (settings_.credentials.empty()) return settings_.tap->on_record(record);
  const auto clean_target = without_credentials(target, settings_.credentials);
  const auto clean_data = without_credentials(data, settings_.credentials);
  record.target = clean_target;
  record.data = clean_data;
  settings_.tap->on_record(record);
}

}  // namespace tickgate::feeds
