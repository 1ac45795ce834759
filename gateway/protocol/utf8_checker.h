// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace tickgate::gateway {

// UTF-8 (RFC 3629) checked as it arrives: a code point may be cut at any byte. Three bytes of
// state.
class Utf8Checker {
 public:
  // False as soon as no continuation could make it valid; then it stays false.
  bool feed(std::string_view bytes);
  // No code point is left unfinished.
  bool complete() const { return missing_ == 0; }

 private:
  bool start(unsigned char lead);

  std::uint8_t missing_ = 0;  // continuation bytes still due; kBroken once refused
  std::uint8_t low_ = 0x80;   // bounds of the next one: narrower after E0, ED, F0 and F4
  std::uint8_t high_ = 0xBF;
};

inline bool is_utf8(std::string_view bytes) {
  Utf8Checker checker;
  return checker.feed(bytes) && checker.complete();
}

}  // namespace tickgate::gateway
