// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "feeds/feed/feed_counters.h"

namespace tickgate::feeds {

// Why there is no connection (any more).
struct Disconnect {
  ReconnectReason reason = ReconnectReason::kClosed;
  std::string_view detail;              // for people: "certificate has expired, subject CN=..."
  std::chrono::seconds retry_after{0};  // what a refusing venue asked for; 0: nothing
  bool oversized = false;               // by a message beyond VenueLimits::max_frame_bytes
};

// The answer to a fetch. status 0: there was none.
struct HttpAnswer {
  std::string_view target;  // the URL asked for
  int status = 0;
  std::string_view body;  // padded like a frame
  std::chrono::seconds retry_after{0};
  std::chrono::microseconds took{0};  // from asking, a connection being there; 0: not known
};

// What moves one connection's bytes: the network, a capture's player, a test. At most one socket at
// a time. Everything is answered later, by a call into the connection, never from within these
// calls; after close() nothing of that socket comes any more, answers to its fetches included.
class FeedIo {
 public:
  virtual ~FeedIo() = default;

  // Answered by Connection::on_connected or Connection::on_disconnected.
  virtual void connect(const std::string& url) = 0;
  virtual void send(std::string text) = 0;
  // Whoever logs or records what is sent must not have this.
  virtual void send_secret(std::string text) { send(std::move(text)); }
  virtual void close() = 0;
  // Answered by Connection::on_http.
  virtual void fetch(const std::string& url) = 0;
};

}  // namespace tickgate::feeds
