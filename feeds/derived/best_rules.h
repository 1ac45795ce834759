// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/instrument.h"

namespace tickgate::feeds {

// Which venues are consolidated for which pairs.
struct BestRule {
  static constexpr std::size_t kMostVenues = 16;

  std::string base, quote;          // "BTC" and "USD"; "*": any
  std::vector<std::string> venues;  // as symbols have them, in small letters; the order decides
  // Currencies that count as `quote`, which is none of them and not "*". All others are different
  // ones, USDT and USD above all.
  std::vector<std::string> join;

  bool fits(std::string_view other_base, std::string_view other_quote) const {
    return (base == "*" || base == other_base) && (quote == "*" || quote == other_quote);
  }
};

// In the order of the configuration: of a pair the first rule that fits it decides. Never changes;
// any thread may ask.
class BestRules {
 public:
  // A part that an instrument has in a consolidated pair.
  struct Part {
    std::string pair;      // "BTC-USD"
    const BestRule* rule;  // the pair's
    std::uint8_t place;    // of its venue in the rule, from 1
    bool joined;           // its currency is another than the pair's
  };

  explicit BestRules(std::vector<BestRule> rules) : rules_(std::move(rules)) {}

  // What it is part of: nothing mostly, its own pair, and those that it is joined to.
  std::vector<Part> parts(const schemas::Instrument& instrument) const;
  bool empty() const { return rules_.empty(); }
  // Whether it is in any of them.
  bool has_venue(std::string_view venue) const;

 private:
  const BestRule* rule_of(std::string_view base, std::string_view quote) const;

  std::vector<BestRule> rules_;
};

}  // namespace tickgate::feeds
