// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::feeds {

// Whether all that this symbol or pattern names is named by that pattern: "*", "KRAKEN:*",
// "*:BTC-USD".
inline bool is_within(std::string_view one, std::string_view pattern) {
  if (pattern == "*" || pattern == one) return true;
  if (pattern.ends_with(":*")) return one.starts_with(pattern.substr(0, pattern.size() - 1));
  if (pattern.starts_with("*:")) return one.ends_with(pattern.substr(1));
  return false;
}

// Each once, and none that another names too: what is subscribed to twice comes twice.
inline std::vector<std::string> without_overlaps(const std::vector<std::string>& patterns) {
  std::vector<std::string> kept;
  for (const auto& one : patterns) {
    const auto within = [&](const std::string& other) { return is_within(one, other); };
    if (std::ranges::any_of(kept, within)) continue;
    std::erase_if(kept, [&](const std::string& other) { return is_within(other, one); });
    kept.push_back(one);
  }
  return kept;
}

}  // namespace tickgate::feeds
