// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/printable_text.h"

#include "schemas/utf8.h"

namespace tickgate::gateway {

bool is_printable(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || schemas::find_bad_utf8(text) != std::string_view::npos)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;  // C1
  }
  return true;
}

}  // namespace tickgate::gateway
