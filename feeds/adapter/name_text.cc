// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/name_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "schemas/text.h"
#include "simdjson.h"

namespace tickgate::feeds {

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    out.push_back('%');
    out.push_back(kHex[byte >> 4U]);
    out.push_back(kHex[byte & 15U]);
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%')) {
    out.append(text.substr(0, at));
    const auto digits = schemas::to_absl(text.substr(at + 1, 2));
    const bool hex = std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit);
    if (digits.size() < 2 || !hex) return std::nullopt;
    out.append(absl::HexStringToBytes(digits));
    text.remove_prefix(at + 3);
  }
  return out.append(text);
}

std::optional<std::string> json_unescaped(std::string_view inside) {
  const simdjson::padded_string text("\"" + std::string(inside) + "\"");
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view plain;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
      document.get_string().get(plain) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return std::string(plain);
}

}  // namespace tickgate::feeds
