// SPDX-License-Identifier: Apache-2.0
#include "schemas/utf8.h"

#include <algorithm>
#include <iterator>

namespace tickgate::schemas {
namespace {

struct Range {
  char32_t first, last;
};
// Beyond ASCII, by Unicode's categories: controls, spaces and separators, format characters, what
// is never a character, and what only a program of one's own gives a meaning. Invisible letters
// (the Hangul fillers, the blank of Braille) count as spaces.
constexpr Range kUnseen[] = {
    {0x80, 0xA0},       {0xAD, 0xAD},       {0x34F, 0x34F},      {0x61C, 0x61C},
    {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},    {0x180B, 0x180F},
    {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},    {0x2800, 0x2800},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xE000, 0xF8FF},    {0xFDD0, 0xFDEF},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFF},    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
};

bool is_seen(char32_t character) {
  if (character < 0x80) return character > 0x20 && character != 0x7F;
  if ((character & 0xFFFEU) == 0xFFFE) return false;  // no character, in any plane
  return std::none_of(std::begin(kUnseen), std::end(kUnseen), [&](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

// Of the valid sequence that `bytes` is.
char32_t character_of(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (bytes.size() == 1) return lead;
  char32_t value = lead & (0x7FU >> bytes.size());
  for (const char byte : bytes.substr(1)) {
    value = (value << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return value;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::size_t find_bad_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string_view utf8_prefix(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  // A sequence has three bytes behind its first at the most.
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

bool is_visible_text(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0 || !is_seen(character_of(text.substr(0, length)))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace tickgate::schemas
