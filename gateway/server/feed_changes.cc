// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/feed_changes.h"

#include <algorithm>

#include "feeds/venues/all.h"
#include "gateway/config/config_view.h"
#include "gateway/server/feed_settings.h"

namespace tickgate::gateway {
namespace {

const FeedConfig* find(const Config& config, std::string_view name) {
  const auto at = std::ranges::find(config.feeds, name, &FeedConfig::name);
  return at == config.feeds.end() ? nullptr : &*at;
}

// What it goes on as, if it does.
const FeedConfig* successor(const FeedConfig& feed, const Config& next) {
  const auto* const other = find(next, feed.name);
  if (other == nullptr || !same_but_symbols(feed, *other)) return nullptr;
  return feed.capture.empty() || feed.symbols == other->symbols ? other : nullptr;
}

std::vector<std::string> missing_in(const std::vector<std::string>& others,
                                    const std::vector<std::string>& symbols) {
  std::vector<std::string> missing;
  for (const auto& symbol : symbols) {
    if (std::ranges::find(others, symbol) == others.end()) missing.push_back(symbol);
  }
  return missing;
}

}  // namespace

std::vector<FeedConfig> feeds_to_add(const Config& running, const Config& next) {
  std::vector<FeedConfig> added;
  for (const auto& feed : next.feeds) {
    const auto* const before = find(running, feed.name);
    if (before == nullptr || successor(*before, next) == nullptr) added.push_back(feed);
  }
  return added;
}

feeds::FeedChanges feed_changes(const Config& running, const Config& next) {
  feeds::FeedChanges changes;
  for (const auto& feed : running.feeds) {
    const auto* const after = successor(feed, next);
    if (after == nullptr) {
      changes.removed.push_back(feed.name);
      continue;
    }
    feeds::FeedChanges::Symbols symbols{feed.name, missing_in(feed.symbols, after->symbols),
                                        missing_in(after->symbols, feed.symbols)};
    if (symbols.added.empty() && symbols.removed.empty()) continue;
    changes.symbols.push_back(std::move(symbols));
  }
  for (const auto& feed : feeds_to_add(running, next)) {
    changes.added.push_back(feed_settings(feed));
    changes.added.back().bars = bars_options(next.bars);
  }
  return changes;
}

}  // namespace tickgate::gateway
