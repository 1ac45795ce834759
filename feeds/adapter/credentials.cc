// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/credentials.h"

namespace tickgate::feeds {

std::string without_credentials(std::string_view text, const Credentials& credentials) {
  constexpr std::string_view kStars = "***";
  std::string out(text);
  for (const Secret* hidden : {&credentials.key, &credentials.secret}) {
    if (hidden->empty()) continue;
    const auto word = hidden->reveal();
    for (std::size_t at = 0; (at = out.find(word, at)) != std::string::npos; at += kStars.size()) {
      out.replace(at, word.size(), kStars);
    }
  }
  return out;
}

}  // namespace tickgate::feeds
