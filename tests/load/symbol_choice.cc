// SPDX-License-Identifier: Apache-2.0
#include "tests/load/symbol_choice.h"

#include <random>
#include <unordered_set>

#include "gateway/config/config_values.h"

namespace tickgate::load {

std::optional<NamePattern> NamePattern::parse(std::string_view text) {
  const auto percent = text.find('%');
  if (percent == std::string_view::npos) return std::nullopt;
  const auto letter = text.find('d', percent);
  if (letter == std::string_view::npos || text.find('%', letter) != std::string_view::npos) {
    return std::nullopt;
  }
  NamePattern pattern;
  pattern.before_ = text.substr(0, percent);
  pattern.after_ = text.substr(letter + 1);
  pattern.digits_ = 1;
  const auto width = text.substr(percent + 1, letter - percent - 1);
  if (width.empty()) return pattern;
  const auto digits = gateway::parse_whole(width.substr(1));
  if (width[0] != '0' || !digits || *digits < 1 || *digits > 9) return std::nullopt;
  pattern.digits_ = *digits;
  return pattern;
}

std::string NamePattern::name(std::uint32_t number) const {
  const auto text = std::to_string(number);
  std::string out = before_;
  if (text.size() < digits_) out.append(digits_ - text.size(), '0');
  return out.append(text).append(after_);
}

std::vector<std::string> SymbolChoice::of_connection(std::uint32_t connection) const {
  if (!texts.empty()) return texts;
  std::seed_seq mixed{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                      connection};
  std::minstd_rand random(mixed);
  // Floyd's sample: `count` different ones of `of` in as many steps.
  std::unordered_set<std::uint32_t> taken;
  std::vector<std::string> out;
  out.reserve(count);
  for (std::uint32_t last = of - count; last < of; ++last) {
    const auto drawn = std::uniform_int_distribution<std::uint32_t>(0, last)(random);
    const auto number = taken.insert(drawn).second ? drawn : last;
    taken.insert(number);
    out.push_back(pattern.name(number));
  }
  return out;
}

bool covers(std::string_view subscribed, std::string_view symbol) {
  if (subscribed == "*") return true;
  if (subscribed.ends_with(":*")) {
    return symbol.starts_with(subscribed.substr(0, subscribed.size() - 1));
  }
  if (subscribed.starts_with("*:")) return symbol.ends_with(subscribed.substr(1));
  return subscribed == symbol;
}

}  // namespace tickgate::load
