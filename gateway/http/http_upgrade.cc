// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/credential.h"
#include "gateway/http/http_request_reader.h"
#include "gateway/http/http_text.h"
#include "gateway/http/request_head.h"

// The upgrade to WebSocket.
namespace tickgate::gateway {

// RFC 6455, 4.2.1.
HttpRequestReader::Outcome HttpRequestReader::check_upgrade(const RequestHead& head) {
  if (request_.head_only) return refuse(HttpRefusal::kMethod, "the stream is for GET");
  if (head.version != 11) return refuse(HttpRefusal::kHttpVersion, "an upgrade needs HTTP/1.1");
  if (!head.has_token("Upgrade", "websocket") || !head.has_token("Connection", "upgrade")) {
    return refuse(HttpRefusal::kNoUpgrade, "this is a WebSocket endpoint");
  }
  if (head.only("Sec-WebSocket-Version") != "13") {
    return refuse(HttpRefusal::kStreamVersion, "Sec-WebSocket-Version must be 13");
  }
  const auto key = head.only("Sec-WebSocket-Key");
  if (!key || !is_websocket_key(*key)) {
    return refuse(HttpRefusal::kStreamKey, "exactly one Sec-WebSocket-Key of 16 bytes is needed");
  }
  response_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  response_ += websocket_accept(*key);
  if (!choose_subprotocol(head)) return Outcome::kRefused;
  if (buffer_.size() > head_size_) {
    return refuse(HttpRefusal::kEarlyBytes, "frames must wait for the answer");
  }
  response_ += "\r\n\r\n";
  return Outcome::kUpgrade;
}

// Compared exactly, unlike the other tokens: a browser compares the echo exactly too. Whoever
// offers none speaks ours; whoever speaks only others would not understand us. "bearer." is how
// browsers hand over a token, which is no protocol.
bool HttpRequestReader::choose_subprotocol(const RequestHead& head) {
  const auto& ours = rules_->subprotocol;
  if (ours.empty()) return true;
  bool others = false;
  for (const auto offer : head.all("Sec-WebSocket-Protocol")) {
    for (const auto name : split_list(offer)) {
      if (name == ours) {
        response_ += "\r\nSec-WebSocket-Protocol: " + ours;
        return true;
      }
      others = others || !name.starts_with(kBearerPrefix);
    }
  }
  return !others || fail(HttpRefusal::kSubprotocol,
                         "none of these subprotocols is spoken here: offer " + ours + ", or none");
}

}  // namespace tickgate::gateway
