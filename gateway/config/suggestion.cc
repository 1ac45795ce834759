// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/suggestion.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace tickgate::gateway {
namespace {

constexpr std::size_t kLongestWord = 40;  // nothing of ours is longer

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edits(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kLongestWord + 1>;
  Row before{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestWord) return {};
  std::size_t best = std::min<std::size_t>(2, word.size() / 2) + 1;
  std::string_view nearest;
  for (const auto candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const auto distance = edits(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  if (nearest.empty()) return {};
  return std::string(", did you mean \"").append(nearest).append("\"?");
}

}  // namespace tickgate::gateway
