// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/printable.h"

#include <algorithm>

namespace tickgate::gateway {

std::string printable(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7F) c = ' ';
  }
  if (!plain.ends_with('\n')) plain.push_back('\n');
  return plain;
}

std::string printable_line(std::string_view text) {
  return printable(text.substr(0, std::min(text.find('\n'), std::size_t{300})));
}

}  // namespace tickgate::gateway
