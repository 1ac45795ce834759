// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/best_rules.h"

#include <algorithm>
#include <optional>

namespace tickgate::feeds {
namespace {

std::optional<std::uint8_t> place_in(const BestRule& rule, std::string_view venue) {
  const auto at = std::ranges::find(rule.venues, venue);
  if (at == rule.venues.end()) return std::nullopt;
  return static_cast<std::uint8_t>(at - rule.venues.begin() + 1);
}

}  // namespace

const BestRule* BestRules::rule_of(std::string_view base, std::string_view quote) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const BestRule& rule) { return rule.fits(base, quote); });
  return found == rules_.end() ? nullptr : &*found;
}

bool BestRules::has_venue(std::string_view venue) const {
  return std::ranges::any_of(
      rules_, [venue](const BestRule& rule) { return place_in(rule, venue).has_value(); });
}

std::vector<BestRules::Part> BestRules::parts(const schemas::Instrument& instrument) const {
  std::vector<Part> parts;
  if (instrument.quote.empty()) return parts;
  const auto add = [&](const std::string& quote, bool joined) {
    const auto* const rule = rule_of(instrument.base, quote);
    if (rule == nullptr) return;
    if (joined && std::ranges::find(rule->join, instrument.quote) == rule->join.end()) return;
    const auto place = place_in(*rule, instrument.venue);
    const auto pair = instrument.base + "-" + quote;
    // A name may fit behind its venue's, and be too long behind ours.
    if (!schemas::split_symbol("BEST:" + pair)) return;
    const bool known = std::ranges::find(parts, pair, &Part::pair) != parts.end();
    if (place && !known) parts.push_back({pair, rule, *place, joined});
  };
  add(instrument.quote, false);
  for (const auto& rule : rules_) {
    const bool joins = std::ranges::find(rule.join, instrument.quote) != rule.join.end();
    if (joins && rule.fits(instrument.base, rule.quote)) add(rule.quote, true);
  }
  return parts;
}

}  // namespace tickgate::feeds
