// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "feeds/adapter/renumbered.h"

namespace tickgate::feeds::kraken {

// What one pair's trade ids tell of duplicates and losses. The ids rise, but nothing promises that
// they are contiguous, so a jump while connected is no loss; what happened while we were not
// connected stands in the history that a subscription begins with.
class TradeIds {
 public:
  // A trade of the history: not a new print, but after a reconnect one that we missed.
  void take_history(std::uint64_t id) {
    if (published_ && id > *published_) ++missed_;
    highest_ = std::max(highest_.value_or(id), id);
    proven_ = true;
  }
  // A new print: how many were lost before it, or nullopt for one that was seen before.
  std::optional<std::uint64_t> take(std::uint64_t id) {
    if (highest_ && id <= *highest_ && !renumbered(*highest_, id)) return std::nullopt;
    // Without a history there was at least one, unless this is the very next.
    if (!proven_ && published_ && id > *published_ + 1) missed_ = 1;
    highest_ = id;
    proven_ = true;
    const auto missed = missed_;
    missed_ = 0;
    return missed;
  }
  void on_close() {
    published_ = highest_;
    proven_ = false;
  }

 private:
  std::optional<std::uint64_t> highest_;
  std::optional<std::uint64_t> published_;  // the highest before this connection
  std::uint64_t missed_ = 0;
  bool proven_ = false;  // something of this connection was seen
};

}  // namespace tickgate::feeds::kraken
