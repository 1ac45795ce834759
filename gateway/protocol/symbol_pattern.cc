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

std::string_view SymbolPattern::venue() const {
  return any_venue_ ? std::string_view("*") : std::string_view(text_).substr(0, text_.find(':'));
}

std::string_view SymbolPattern::pair() const {
  return any_pair_ ? std::string_view("*") : std::string_view(text_).substr(text_.find(':') + 1);
}

bool SymbolPattern::matches(std::string_view symbol) const {
  if (is_exact()) return symbol == text_;
  const auto colon = symbol.find(':');
  if (colon == std::string_view::npos) return any_venue_ && any_pair_;
  if (!any_venue_ && venue() != symbol.substr(0, colon)) return false;
  return any_pair_ || pair() == symbol.substr(colon + 1);
}

bool SymbolPattern::meets(const SymbolPattern& other) const {
  return (any_venue_ || other.any_venue_ || venue() == other.venue()) &&
         (any_pair_ || other.any_pair_ || pair() == other.pair());
}

}  // namespace tickgate::gateway
