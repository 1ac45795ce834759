// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/protocol/close_code.h"
#include "gateway/protocol/utf8_checker.h"
#include "gateway/websocket/opcode.h"

namespace tickgate::gateway {

struct ReaderLimits {
  std::uint32_t max_message = 65'536;   // bytes of one message, all its fragments together
  std::uint32_t max_fragments = 1'024;  // frames of one message
};

// What a client's frames mean. Every view lives only during the call, and points into the bytes fed
// (so they may be written to) or into the reader. The reader must not be destroyed by the callee.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  // A whole message; text is valid UTF-8.
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;
  // The client's Close frame, checked: a code is one that may be sent, `reason` is UTF-8.
  virtual void on_close(std::optional<std::uint16_t> code, std::string_view reason) = 0;
  // The client broke the protocol or a limit: kProtocolError, kBadUtf8 or kMessageTooLarge. `why`
  // is a literal of at most 123 bytes, fit for our Close frame.
  virtual void on_error(CloseReason reason, std::string_view why) = 0;
};

// RFC 6455 from the server's side, pure: masked client frames in, events out. However the bytes are
// cut, the events are the same. Holds memory only for what has begun and not ended: nothing while
// idle, at most twice max_message at any time, and only for bytes that have really come.
class FrameReader {
 public:
  explicit FrameReader(ReaderLimits limits) : limits_(limits) {}

  // Consumes all of `bytes`, unmasking them in place. After on_close, on_error or stop() no event
  // comes any more. Returns open().
  bool feed(std::span<char> bytes, FrameSink& sink);

  // For the owner, also from inside a callback: no more events, whatever comes. What the reader
  // held is freed at the end of the feed, or here. It goes on to look for the client's Close.
  void stop();

  bool open() const { return state_ != State::kEnded && !silent_; }
  // The client's Close has come, or none can: where frames begin is not known any more.
  bool ended() const { return state_ == State::kEnded; }
  // Bytes on the heap on behalf of an unfinished message or control frame.
  std::size_t held_bytes() const;

 private:
  enum class State : std::uint8_t { kHeader, kPayload, kEnded };

  // What has begun and not ended.
  struct Unfinished {
    std::string message;
    std::string control;  // a control frame may come in pieces inside a message in fragments
    std::uint32_t fragments = 0;
    Utf8Checker utf8;
  };

  std::span<char> read_header(std::span<char> bytes, FrameSink& sink);
  std::span<char> read_payload(std::span<char> bytes, FrameSink& sink);
  std::size_t header_size() const;
  bool check_start(FrameSink& sink);
  bool begin_frame(FrameSink& sink);
  void accept_control(std::string_view chunk, FrameSink& sink);
  void accept_data(std::string_view chunk, FrameSink& sink);
  void deliver_control(std::string_view payload, FrameSink& sink);
  void deliver_close(std::string_view payload, FrameSink& sink);
  bool check_length(std::size_t length_bytes, std::uint64_t length, FrameSink& sink);
  bool fail(FrameSink& sink, CloseReason reason, std::string_view why);
  void unmask(std::span<char> bytes);
  Unfinished& unfinished();
  void release_if_idle();

  Opcode opcode() const { return static_cast<Opcode>(first_ & 0x0F); }
  bool fin() const { return (first_ & 0x80) != 0; }

  std::unique_ptr<Unfinished> unfinished_;
  ReaderLimits limits_;
  std::uint32_t payload_left_ = 0;          // of the current frame
  std::array<unsigned char, 14> header_{};  // as far as it has come
  std::uint8_t header_filled_ = 0;          //
  unsigned char first_ = 0;                 // first byte of the current frame
  std::array<unsigned char, 4> mask_{};     // turned, so that the next payload byte meets [0]
  Opcode message_ = Opcode::kContinuation;  // kind of the message in fragments, if one has begun
  State state_ = State::kHeader;
  bool silent_ = false;  // frames are passed over; only a Close still matters
  bool feeding_ = false;
};

}  // namespace tickgate::gateway
