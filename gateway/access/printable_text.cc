// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/printable_text.h"

#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

// What turns the direction of writing, or ends a line: two texts that look alike, or one that looks
// like two. The three bytes of U+200E, U+200F, U+2028 to U+202E and U+2066 to U+2069.
bool turns_or_ends_line(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xe2') return false;
  const auto last = static_cast<unsigned char>(text[2]);
  if (text[1] == '\x80') return last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae);
  return text[1] == '\x81' && last >= 0xa6 && last <= 0xa9;
}

}  // namespace

bool is_printable(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || schemas::find_bad_utf8(text) != std::string_view::npos)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;  // C1
    if (turns_or_ends_line(text.substr(i, 3))) return false;
  }
  return true;
}

}  // namespace tickgate::gateway
