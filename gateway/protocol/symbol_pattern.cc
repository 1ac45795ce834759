// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/symbol_pattern.h"

namespace tickgate::gateway {

std::optional<SymbolPattern> SymbolPattern::parse(std::string_view text) {
  if (text.size() > kMaxLength) return std::nullopt;
  SymbolPattern pattern;
  pattern.text_ = text;
  if (text == "*") {
    pattern.any_venue_ = pattern.any_pair_ = true;
    return pattern;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  pattern.any_venue_ = text.substr(0, colon) == "*";
  pattern.any_pair_ = text.substr(colon + 1) == "*";
  // Checked as a symbol, with a letter in place of the star.
  std::string plain(pattern.any_venue_ ? "X" : text.substr(0, colon));
  plain.append(":").append(pattern.any_pair_ ? "X" : text.substr(colon + 1));
  if (!schemas::split_symbol(plain).has_value()) return std::nullopt;
  return pattern;
}

bool SymbolPattern::matches(std::string_view symbol) const {
  if (is_exact()) return symbol == text_;
  const auto colon = symbol.find(':');
  if (colon == std::string_view::npos) return any_venue_ && any_pair_;
  const std::string_view text = text_;
  if (!any_venue_ && text.substr(0, text.find(':')) != symbol.substr(0, colon)) return false;
  return any_pair_ || text.substr(text.find(':') + 1) == symbol.substr(colon + 1);
}

}  // namespace tickgate::gateway
