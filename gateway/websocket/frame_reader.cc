// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/frame_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tickgate::gateway {
namespace {

std::uint64_t read_big_endian(const unsigned char* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | bytes[i];
  return value;
}

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return true;
  }
  return false;
}

std::string_view view_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

bool FrameReader::feed(std::span<char> bytes, FrameSink& sink) {
  feeding_ = true;
  while (!ended() && !bytes.empty()) {
    bytes = state_ == State::kHeader ? read_header(bytes, sink) : read_payload(bytes, sink);
  }
  feeding_ = false;
  if (!open()) unfinished_.reset();
  return open();
}

void FrameReader::stop() {
  silent_ = true;
  if (!feeding_) unfinished_.reset();  // else a view of it may be in the sink's hands
}

std::size_t FrameReader::held_bytes() const {
  if (!unfinished_) return 0;
  return sizeof(Unfinished) + unfinished_->message.capacity() + unfinished_->control.capacity();
}

// Behind a text that is not UTF-8, or a message too large, the frames are still sound.
bool FrameReader::fail(FrameSink& sink, CloseReason reason, std::string_view why) {
  silent_ = true;
  if (reason == CloseReason::kProtocolError) state_ = State::kEnded;
  sink.on_error(reason, why);
  return false;
}

FrameReader::Unfinished& FrameReader::unfinished() {
  if (!unfinished_) unfinished_ = std::make_unique<Unfinished>();
  return *unfinished_;
}

// Between two frames, unless a message in fragments is under way.
void FrameReader::release_if_idle() {
  if (message_ == Opcode::kContinuation) unfinished_.reset();
}

// Known once its first two bytes are there.
std::size_t FrameReader::header_size() const {
  const unsigned length = header_[1] & 0x7FU;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + sizeof mask_;
}

// Errors are found at the same byte however the header is cut: after its second, and its last.
std::span<char> FrameReader::read_header(std::span<char> bytes, FrameSink& sink) {
  const std::size_t due = header_filled_ < 2 ? 2 : header_size();
  const std::size_t size = std::min(due - header_filled_, bytes.size());
  std::memcpy(header_.data() + header_filled_, bytes.data(), size);
  header_filled_ = static_cast<std::uint8_t>(header_filled_ + size);
  bytes = bytes.subspan(size);
  if (header_filled_ < due) return bytes;
  if (due == 2) {
    check_start(sink);
    return bytes;
  }
  if (begin_frame(sink) && payload_left_ == 0) return read_payload(bytes, sink);
  return bytes;
}

// What the first two bytes tell.
bool FrameReader::check_start(FrameSink& sink) {
  const auto protocol_error = [&](std::string_view why) {
    if (!silent_) return fail(sink, CloseReason::kProtocolError, why);
    state_ = State::kEnded;
    return false;
  };
  first_ = header_[0];
  if ((first_ & 0x70U) != 0) return protocol_error("reserved bits set, no extension agreed");
  if (!is_known(opcode())) return protocol_error("reserved opcode");
  if ((header_[1] & 0x80U) == 0) return protocol_error("client frames must be masked");
  if (is_control(opcode())) {
    if (!fin()) return protocol_error("fragmented control frame");
    if ((header_[1] & 0x7FU) > 125) return protocol_error("control frame over 125 bytes");
    return true;
  }
  if (silent_) return true;
  const bool continues = message_ != Opcode::kContinuation;
  if (opcode() == Opcode::kContinuation) {
    return continues || protocol_error("continuation of no message");
  }
  return !continues || protocol_error("a message inside a message in fragments");
}

// The whole header is there: lengths and limits, before a byte of payload is kept.
bool FrameReader::begin_frame(FrameSink& sink) {
  const std::size_t length_bytes = header_size() - 2 - sizeof mask_;
  const std::uint64_t length =
      length_bytes == 0 ? header_[1] & 0x7FU : read_big_endian(&header_[2], length_bytes);
  if (!silent_) check_length(length_bytes, length, sink);
  if (length > UINT32_MAX) state_ = State::kEnded;  // no Close comes behind that in time
  if (ended()) return false;
  std::memcpy(mask_.data(), &header_[2 + length_bytes], sizeof mask_);
  payload_left_ = static_cast<std::uint32_t>(length);
  header_filled_ = 0;
  state_ = State::kPayload;
  return true;
}

bool FrameReader::check_length(std::size_t length_bytes, std::uint64_t length, FrameSink& sink) {
  if ((length_bytes == 2 && length < 126) || (length_bytes == 8 && length < 65'536)) {
    return fail(sink, CloseReason::kProtocolError, "length not in its shortest form");
  }
  if ((length >> 63U) != 0) {
    return fail(sink, CloseReason::kProtocolError, "length with its top bit set");
  }
  if (is_control(opcode())) return true;
  const bool in_fragments = message_ != Opcode::kContinuation;
  const std::size_t before = in_fragments ? unfinished().message.size() : 0;
  if (length > limits_.max_message - before) {
    return fail(sink, CloseReason::kMessageTooLarge,
                fmt::format("message too large: at most {} bytes", limits_.max_message));
  }
  if ((in_fragments || !fin()) && ++unfinished().fragments > limits_.max_fragments) {
    return fail(sink, CloseReason::kMessageTooLarge, "message in too many fragments");
  }
  if (!in_fragments && !fin()) message_ = opcode();
  return true;
}

std::span<char> FrameReader::read_payload(std::span<char> bytes, FrameSink& sink) {
  const auto chunk = bytes.first(std::min<std::size_t>(payload_left_, bytes.size()));
  payload_left_ -= static_cast<std::uint32_t>(chunk.size());
  if (payload_left_ == 0) state_ = State::kHeader;  // before the sink, which may stop() us
  if (silent_) {
    if (payload_left_ == 0 && opcode() == Opcode::kClose) state_ = State::kEnded;
    return bytes.subspan(chunk.size());
  }
  unmask(chunk);
  if (is_control(opcode())) {
    accept_control(view_of(chunk), sink);
  } else {
    accept_data(view_of(chunk), sink);
  }
  return bytes.subspan(chunk.size());
}

void FrameReader::accept_control(std::string_view chunk, FrameSink& sink) {
  const bool held = unfinished_ && !unfinished_->control.empty();
  if (payload_left_ != 0 || held) unfinished().control.append(chunk);
  if (payload_left_ != 0) return;
  deliver_control(held ? unfinished_->control : chunk, sink);
  if (!held) return;
  unfinished_->control = std::string();
  release_if_idle();
}

void FrameReader::deliver_control(std::string_view payload, FrameSink& sink) {
  if (opcode() == Opcode::kPing) return sink.on_ping(payload);
  if (opcode() == Opcode::kPong) return sink.on_pong(payload);
  deliver_close(payload, sink);
}

void FrameReader::deliver_close(std::string_view payload, FrameSink& sink) {
  state_ = State::kEnded;
  if (payload.empty()) return sink.on_close(std::nullopt, {});
  if (payload.size() == 1) {
    fail(sink, CloseReason::kProtocolError, "close frame of one byte");
    return;
  }
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8U |
                                               static_cast<unsigned char>(payload[1]));
  const auto reason = payload.substr(2);
  if (!may_be_sent(code)) {
    fail(sink, CloseReason::kProtocolError, "close code that must not be sent");
  } else if (!is_utf8(reason)) {
    fail(sink, CloseReason::kBadUtf8, "close reason is not UTF-8");
  } else {
    sink.on_close(code, reason);
  }
}

// A message within one chunk goes out from where it lies; anything else is put together first.
void FrameReader::accept_data(std::string_view chunk, FrameSink& sink) {
  const bool in_fragments = message_ != Opcode::kContinuation;
  const bool whole_frame = !in_fragments && payload_left_ == 0 && !unfinished_;
  const bool ends = payload_left_ == 0 && fin();
  const auto kind = in_fragments ? message_ : opcode();

  Utf8Checker alone;
  auto& utf8 = whole_frame ? alone : unfinished().utf8;
  if (kind == Opcode::kText && (!utf8.feed(chunk) || (ends && !utf8.complete()))) {
    fail(sink, CloseReason::kBadUtf8, "text is not UTF-8");
    return;
  }
  if (whole_frame) {
    return kind == Opcode::kText ? sink.on_text(chunk) : sink.on_binary(chunk);
  }
  auto& message = unfinished_->message;
  message.append(chunk);
  if (!ends) return;
  message_ = Opcode::kContinuation;
  kind == Opcode::kText ? sink.on_text(message) : sink.on_binary(message);
  unfinished_.reset();
}

// Eight bytes at a time, then the rest; the mask is turned for the byte that comes next.
void FrameReader::unmask(std::span<char> bytes) {
  std::uint32_t mask = 0;
  std::memcpy(&mask, mask_.data(), sizeof mask);
  const std::uint64_t wide = static_cast<std::uint64_t>(mask) << 32U | mask;
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof wide; at += sizeof wide, left -= sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(static_cast<unsigned char>(at[i]) ^ mask_[i % mask_.size()]);
  }
  std::rotate(mask_.begin(), mask_.begin() + static_cast<std::ptrdiff_t>(left % mask_.size()),
              mask_.end());
}

}  // namespace tickgate::gateway
