// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/best_words.h"

#include <cstddef>

namespace tickgate::feeds {
namespace {

// Room for ", 16 more".
constexpr std::size_t kMoreRoom = 10;

std::string join(const std::vector<std::string>& texts, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto left = texts.size() - i;
    const auto room = left > 1 ? kMoreRoom : 0;
    if (out.size() + 2 + texts[i].size() + room > most) {
      return out.append(out.empty() ? "" : ", ").append(std::to_string(left)).append(" more");
    }
    out.append(out.empty() ? "" : ", ").append(texts[i]);
  }
  return out;
}

std::string out_text(const BestVenue& venue, bool with_reason) {
  std::string text(venue.name);
  text.append(" ").append(venue.state);
  if (with_reason && !venue.reason.empty()) text.append(": ").append(venue.reason);
  return text;
}

}  // namespace

std::string names_of_those_in(const std::vector<BestVenue>& venues, std::size_t most) {
  std::vector<std::string> texts;
  for (const auto& venue : venues) {
    if (venue.in) texts.emplace_back(venue.name);
  }
  return join(texts, most);
}

std::string names_of_those_out(const std::vector<BestVenue>& venues, std::size_t most) {
  std::vector<std::string> whole, brief;
  std::size_t bytes = 0;
  for (const auto& venue : venues) {
    if (venue.in) continue;
    whole.push_back(out_text(venue, true));
    brief.push_back(out_text(venue, false));
    bytes += whole.back().size() + 2;
  }
  return join(bytes <= most ? whole : brief, most);
}

}  // namespace tickgate::feeds
