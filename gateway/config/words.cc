// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/words.h"

#include <fmt/format.h>

#include "feeds/venues/all.h"

namespace tickgate::gateway {
namespace {

std::string joined(std::span<const std::string_view> words, std::string_view last) {
  if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
  return fmt::format("{}{}{}", fmt::join(words.first(words.size() - 1), ", "), last, words.back());
}

}  // namespace

std::string either(std::span<const std::string_view> words) { return joined(words, " or "); }
std::string both(std::span<const std::string_view> words) { return joined(words, " and "); }

std::vector<std::string> depth_texts(const feeds::BookDepths& depths) {
  std::vector<std::string> texts;
  for (const auto depth : depths.offered) texts.push_back(std::to_string(depth));
  return texts;
}

std::vector<std::string_view> venue_names(bool (*such)(const feeds::VenueFacts&)) {
  std::vector<std::string_view> names;
  for (const auto& venue : feeds::venues()) {
    if (such(venue.facts)) names.push_back(venue.facts.name);
  }
  return names;
}

}  // namespace tickgate::gateway
