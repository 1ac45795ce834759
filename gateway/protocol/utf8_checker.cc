// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/utf8_checker.h"

#include <cstring>

namespace tickgate::gateway {
namespace {

constexpr std::uint8_t kBroken = 0xFF;

// How many bytes at the front are ASCII for certain; most of what clients send is.
std::size_t ascii_prefix(std::string_view bytes) {
  std::size_t size = 0;
  std::uint64_t word = 0;
  while (size + sizeof word <= bytes.size()) {
    std::memcpy(&word, bytes.data() + size, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
    size += sizeof word;
  }
  return size;
}

}  // namespace

// Unicode, table 3-7: what may follow which first byte.
bool Utf8Checker::start(unsigned char lead) {
  low_ = 0x80;
  high_ = 0xBF;
  if (lead < 0x80) return true;
  if (lead >= 0xC2 && lead <= 0xDF) {
    missing_ = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    missing_ = 2;
    if (lead == 0xE0) low_ = 0xA0;   // shorter forms exist
    if (lead == 0xED) high_ = 0x9F;  // surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    missing_ = 3;
    if (lead == 0xF0) low_ = 0x90;   // shorter forms exist
    if (lead == 0xF4) high_ = 0x8F;  // above U+10FFFF
  } else {
    missing_ = kBroken;
    return false;
  }
  return true;
}

bool Utf8Checker::feed(std::string_view bytes) {
  if (missing_ == kBroken) return false;
  while (!bytes.empty()) {
    if (missing_ == 0) {
      bytes.remove_prefix(ascii_prefix(bytes));
      if (bytes.empty()) break;
      if (!start(static_cast<unsigned char>(bytes.front()))) return false;
    } else {
      const auto next = static_cast<unsigned char>(bytes.front());
      if (next < low_ || next > high_) {
        missing_ = kBroken;
        return false;
      }
      low_ = 0x80;
      high_ = 0xBF;
      --missing_;
    }
    bytes.remove_prefix(1);
  }
  return true;
}

}  // namespace tickgate::gateway
