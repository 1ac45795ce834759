// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/consolidated_config_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/config/config_values.h"
#include "gateway/config/keys.h"
#include "gateway/config/suggestion.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {
namespace {

// One entry's keys, held against the venues that there are.
class EntryReader {
 public:
  EntryReader(YamlSection section, const std::vector<std::string>& venues, ConsolidatedConfig& one)
      : section_(std::move(section)), venues_(venues), one_(one) {}

  void read() {
    visit_keys(section_, one_);
    if (!section_.has("pairs")) {
      section_.problem("pairs", R"(missing, expected a list of pairs like "BTC-USD" or "*-USD")");
    }
    for (auto& pair : one_.pairs) pair = our_pair(pair);
    check_venues();
    check_join();
    section_.finish();
    if (one_.venues.empty()) one_.venues = venues_;
  }

 private:
  void check_venues() {
    const std::vector<std::string_view> known(venues_.begin(), venues_.end());
    for (const auto& venue : one_.venues) {
      if (std::ranges::find(venues_, venue) != venues_.end() || known.empty()) continue;
      if (!is_label(venue)) continue;  // told already
      section_.problem("venues", "expected venues of the feeds here, " + either(known) +
                                     ", got \"" + venue + "\"" + did_you_mean(venue, known));
    }
  }

  // What is joined is joined to something.
  void check_join() {
    if (one_.join.empty()) return;
    for (const auto& pair : one_.pairs) {
      const auto quote = pair.substr(std::min(pair.rfind('-') + 1, pair.size()));
      if (quote == "*" || pair == "*") {
        section_.problem("join", fmt::format("expected pairs of one currency, like \"*-USD\", got "
                                             "\"{}\": to which of them would they be joined",
                                             pair));
      } else if (std::ranges::find(one_.join, quote) != one_.join.end()) {
        section_.problem("join", fmt::format("expected other currencies than that of \"{}\", got "
                                             "\"{}\"",
                                             pair, quote));
      }
    }
  }

  YamlSection section_;
  const std::vector<std::string>& venues_;
  ConsolidatedConfig& one_;
};

std::vector<std::string> labels(const std::vector<FeedConfig>& feeds) {
  std::vector<std::string> labels;
  for (const auto& feed : feeds) {
    if (feed.venue == nullptr) continue;
    auto label = venue_label(feed);
    if (std::ranges::find(labels, label) == labels.end()) labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace

void read_consolidated(YamlSection& root, Problems& problems, Config& config) {
  const auto* const items =
      root.items("consolidated", 0, kMostConsolidated, "consolidated instruments");
  if (items == nullptr) return;
  const auto venues = labels(config.feeds);
  std::map<std::string, int> lines;  // of each pair
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    if (item.unresolved) continue;
    const auto path = "consolidated[" + std::to_string(i) + "]";
    auto& one = config.consolidated.emplace_back();
    EntryReader(YamlSection(problems, item, path), venues, one).read();
    for (const auto& pair : one.pairs) {
      const auto [other, fresh] = lines.try_emplace(pair, item.line);
      if (fresh || other->second == item.line) continue;
      problems.add(item.line, path + ".pairs",
                   "expected each pair once, the entry on line " + std::to_string(other->second) +
                       " has \"" + pair + "\" too");
    }
  }
}

}  // namespace tickgate::gateway
