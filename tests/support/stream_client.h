// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tickgate::testing {

// What opens a stream.
inline constexpr std::string_view kUpgradeRequest =
    "GET /v1/stream HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// A text frame as a client sends it, masked with zeros; for texts under 126 bytes.
inline std::string client_frame(std::string_view text) {
  std::string frame{'\x81', static_cast<char>(0x80U | text.size())};
  return frame.append(4, '\0').append(text);
}

struct StreamOptions {
  int receive_buffer = 0;  // SO_RCVBUF; 0: the system's
  bool tls = false;        // any certificate will do
  bool upgrade = true;     // false: only connects (and shakes hands over TLS)
  int socket = -1;         // one made before, to be closed by the client; -1: a new one
};

// A blocking WebSocket client over a raw socket, for tests that must decide every byte. Written
// apart from the server's reader and composer: it shares no code with what it tests.
class StreamClient {
 public:
  struct Frame {
    int opcode = 0;
    std::string payload;
    // Of a Close frame; 0 when it has none.
    int close_code() const;
  };

  // Connects and upgrades; fails the test when it can't.
  explicit StreamClient(std::uint16_t port, StreamOptions options = {});
  ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  void send_frame(int opcode, std::string_view payload);
  void send_text(std::string_view text) { send_frame(1, text); }
  void send_raw(std::string_view bytes);
  // Ends our side; what the server sends can still be read.
  void end_sending();

  // What comes up to and with `end`, or all there is until the connection's end or the deadline.
  std::string read_until(std::string_view end,
                         std::chrono::milliseconds deadline = std::chrono::seconds(5));

  // The next frame, whatever it is; nullopt at the end of the connection or after the deadline.
  std::optional<Frame> next(std::chrono::milliseconds deadline = std::chrono::seconds(5));
  // The next text message in which `part` occurs; answers pings meanwhile. Fails the test when none
  // comes in time.
  std::string next_text_with(std::string_view part,
                             std::chrono::milliseconds deadline = std::chrono::seconds(5));
  // The Close frame, whatever comes before it; nullopt when the connection ends without one.
  std::optional<Frame> next_close(std::chrono::milliseconds deadline = std::chrono::seconds(5));
  bool ended() const { return ended_; }

 private:
  bool fill(std::chrono::steady_clock::time_point until);
  std::optional<Frame> pop_frame();
  bool wait(short events, std::chrono::steady_clock::time_point until) const;
  void shake_hands();

  struct Tls;

  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace tickgate::testing
