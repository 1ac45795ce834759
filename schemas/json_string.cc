// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::schemas {
namespace {

// How many bytes at the front of `text` stand for themselves: printable ASCII, mostly all.
std::size_t plain_length(std::string_view text) {
  const auto special = std::find_if(text.begin(), text.end(), [](char c) {
    return c < 0x20 || c >= 0x7F || c == '"' || c == '\\';  // beyond ASCII is negative or above
  });
  return static_cast<std::size_t>(special - text.begin());
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  while (!text.empty()) {
    if (const auto length = plain_length(text); length > 0) {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
      continue;
    }
    const auto c = static_cast<unsigned char>(text.front());
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(text.front());
      text.remove_prefix(1);
    } else if (c < 0x20 || c == 0x7F) {
      out.append("\\u00").push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
      text.remove_prefix(1);
    } else if (const auto length = utf8_length(text); length > 0) {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    } else {
      out.append("\xEF\xBF\xBD");
      text.remove_prefix(1);
    }
  }
  out.push_back('"');
}

}  // namespace tickgate::schemas
