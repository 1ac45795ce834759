// SPDX-License-Identifier: Apache-2.0
#include "tests/load/frame_splitter.h"

#include <cstdint>

namespace tickgate::load {
namespace {

constexpr std::uint64_t kLongest = std::uint64_t{64} << 20U;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

bool is_known(gateway::Opcode opcode) {
  using gateway::Opcode;
  return opcode == Opcode::kText || opcode == Opcode::kClose || opcode == Opcode::kPing ||
         opcode == Opcode::kPong;
}

}  // namespace

Split split_frame(std::string_view bytes, ServerFrame& frame) {
  if (bytes.size() < 2) return Split::kMore;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  const bool final_and_plain = (first & 0xF0U) == 0x80U;
  frame.opcode = static_cast<gateway::Opcode>(first & 0x0FU);
  if (!final_and_plain || (second & 0x80U) != 0 || !is_known(frame.opcode)) return Split::kBroken;
  std::uint64_t length = second;
  if (gateway::is_control(frame.opcode) && length > 125) return Split::kBroken;
  std::size_t header = 2;
  if (length >= 126) {
    const std::size_t digits = length == 126 ? 2 : 8;
    header += digits;
    if (bytes.size() < header) return Split::kMore;
    length = big_endian(bytes.substr(2, digits));
    if (length > kLongest) return Split::kBroken;
  }
  if (bytes.size() - header < length) return Split::kMore;
  frame.payload = bytes.substr(header, length);
  frame.size = header + length;
  return Split::kFrame;
}

}  // namespace tickgate::load
