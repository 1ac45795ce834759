// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "feeds/thread/feed_settings.h"

namespace tickgate::feeds {

// What is to be another one of the feeds that run. A feed of which more than its symbols changes is
// removed and added: what it carries before and after is not removed from clients meanwhile.
struct FeedChanges {
  // Ours: "BTC-USD".
  struct Symbols {
    std::string feed;  // its name
    std::vector<std::string> added, removed;
  };

  std::vector<std::string> removed;  // names
  std::vector<FeedSettings> added;
  std::vector<Symbols> symbols;

  bool empty() const { return removed.empty() && added.empty() && symbols.empty(); }
};

}  // namespace tickgate::feeds
