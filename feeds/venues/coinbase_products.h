// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "feeds/adapter/name_text.h"

// Coinbase's names of products, and ours.
namespace tickgate::feeds::coinbase {

// The product that public channels serve in place of a "-USDC" one, of which both our instruments
// then get what comes ("Products" in the venue's guide).
inline std::string product_for(std::string_view pair) {
  // These two are products of their own: their -USD namesakes are others.
  if (pair == "USDT-USDC" || pair == "EURC-USDC") return std::string(pair);
  std::string product(pair.ends_with("-USDC") ? pair.substr(0, pair.size() - 1) : pair);
  std::ranges::replace(product, '_', '-');  // see pair_for
  return product;
}

// Perpetuals and futures have three parts, "BTC-PERP-INTX"; ours are BASE-QUOTE: "BTC_PERP-INTX".
inline std::string pair_for(std::string_view product) {
  std::string pair(product);
  const auto last = std::min(pair.rfind('-'), pair.size());
  std::ranges::replace(pair.begin(), pair.begin() + static_cast<std::ptrdiff_t>(last), '-', '_');
  return pair;
}

// Where REST tells the best prices of a product.
inline constexpr std::string_view kBookPath = "/api/v3/brokerage/market/product_book";

// Whose book an URL asks for: empty where its name is spelled as none is, nullopt where it asks for
// something else.
inline std::optional<std::string> product_asked_for(std::string_view url) {
  constexpr std::string_view kParameter = "product_id=";
  const auto at = url.find(kParameter);
  if (url.find(kBookPath) == url.npos || at == url.npos) return std::nullopt;
  const auto name = url.substr(at + kParameter.size());
  return percent_decoded(name.substr(0, name.find('&'))).value_or(std::string());
}

// Whether the text has the product as a whole word, for BTC-USD is in BTC-USDT too.
inline bool names_product(std::string_view text, std::string_view product) {
  const auto is_part = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (product.empty()) return false;
  for (auto at = text.find(product); at != text.npos; at = text.find(product, at + 1)) {
    const auto end = at + product.size();
    const bool begins = at == 0 || !is_part(text[at - 1]);
    if (begins && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

}  // namespace tickgate::feeds::coinbase
