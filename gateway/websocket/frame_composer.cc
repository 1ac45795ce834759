// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/frame_composer.h"

#include <array>
#include <cstring>

#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

struct Header {
  std::array<char, kFrameHeadroom> bytes;
  std::size_t size;
};

Header make_header(Opcode opcode, std::uint64_t length) {
  Header header{};
  header.bytes[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const std::size_t length_bytes = length < 126 ? 0 : length < 65'536 ? 2 : 8;
  header.bytes[1] = static_cast<char>(length_bytes == 0 ? length : length_bytes == 2 ? 126 : 127);
  for (std::size_t i = 0; i < length_bytes; ++i) {
    header.bytes[2 + i] = static_cast<char>(length >> (8 * (length_bytes - 1 - i)));
  }
  header.size = 2 + length_bytes;
  return header;
}

void append_control(std::string& out, Opcode opcode, std::string_view payload) {
  TICKGATE_CHECK(payload.size() <= kMaxControlPayload);
  append_frame(out, opcode, payload);
}

std::string_view cut_at_code_point(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (size > 0 && continues(text[size])) --size;
  return text.substr(0, size);
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  payload.append(cut_at_code_point(reason, kMaxCloseReason));
  append_control(out, Opcode::kClose, payload);
}

}  // namespace

std::size_t begin_frame(std::string& scratch) {
  scratch.append(kFrameHeadroom, '\0');
  return scratch.size();
}

std::span<const char> finish_frame(std::string& scratch, std::size_t payload_start, Opcode opcode) {
  TICKGATE_CHECK(payload_start >= kFrameHeadroom && payload_start <= scratch.size());
  const auto header = make_header(opcode, scratch.size() - payload_start);
  const std::size_t start = payload_start - header.size;
  std::memcpy(scratch.data() + start, header.bytes.data(), header.size);
  return std::span<const char>(scratch).subspan(start);
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  const auto header = make_header(opcode, payload.size());
  out.append(header.bytes.data(), header.size);
  out.append(payload);
}

void append_ping(std::string& out, std::string_view payload) {
  append_control(out, Opcode::kPing, payload);
}

void append_pong(std::string& out, std::string_view payload) {
  append_control(out, Opcode::kPong, payload);
}

void append_close(std::string& out, CloseReason reason, std::string_view why) {
  const auto& info = close_info(reason);
  TICKGATE_CHECK(info.code != 0);
  append_close_frame(out, info.code, why.empty() ? info.text : why);
}

void append_close_reply(std::string& out, std::optional<std::uint16_t> code) {
  if (!code) return append_control(out, Opcode::kClose, {});
  TICKGATE_CHECK(may_be_sent(*code));
  append_close_frame(out, *code, {});
}

}  // namespace tickgate::gateway
