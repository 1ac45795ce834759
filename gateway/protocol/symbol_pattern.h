// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/instrument.h"

namespace tickgate::gateway {

// What a client may write as a symbol: "KRAKEN:BTC-USD", or a pattern: "KRAKEN:*", "*:BTC-USD",
// "*". Nothing else, so that no text of a client's reaches a lookup unchecked.
class SymbolPattern {
 public:
  static constexpr std::size_t kMaxLength = schemas::kMostSymbolBytes;
  // In one request, of those that are not exact: each is held against every instrument, while all
  // other clients wait.
  static constexpr std::size_t kMaxInRequest = 100;

  static std::optional<SymbolPattern> parse(std::string_view text);

  bool is_exact() const { return !any_venue_ && !any_pair_; }
  bool any_venue() const { return any_venue_; }
  bool any_pair() const { return any_pair_; }
  std::string_view venue() const;  // "*": any
  std::string_view pair() const;
  bool matches(const schemas::Instrument& instrument) const { return matches(instrument.symbol); }
  bool matches(std::string_view symbol) const;  // any text
  // Is there a symbol that both match?
  bool meets(const SymbolPattern& other) const;
  const std::string& text() const { return text_; }
  friend bool operator==(const SymbolPattern& a, const SymbolPattern& b) {
    return a.text_ == b.text_;
  }

 private:
  std::string text_;
  bool any_venue_ = false;
  bool any_pair_ = false;
};

}  // namespace tickgate::gateway
