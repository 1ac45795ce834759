// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "feeds/adapter/renumbered.h"

namespace tickgate::feeds::coinbase {

// The continuity of one product's trades. Their ids count up by one (measured), so a jump is a
// loss when messages were lost too; without that it is the venue's own, who skipped an id.
// Outlives a connection.
class TradeIds {
 public:
  // Messages were lost, or the connection was.
  void doubt() { in_doubt_ = true; }

  // The newest trade of the history that comes with a subscription: how many trades between the
  // last one we saw and those to come were never new to us.
  std::uint64_t take_history(std::uint64_t newest) {
    const bool in_doubt = std::exchange(in_doubt_, false);
    if (!in_doubt && last_ && newest < *last_) return 0;  // older than what was sent meanwhile
    const auto last = std::exchange(last_, newest);
    if (!in_doubt || !last || newest == *last) return 0;
    // Counted anew by the venue: at least one.
    return newest > *last && !renumbered(*last, newest) ? newest - *last : 1;
  }
  // A new trade: how many were lost before it; nullopt when it was seen before.
  std::optional<std::uint64_t> take(std::uint64_t id) {
    const bool anew = last_ && renumbered(*last_, id);
    if (last_ && id <= *last_ && !anew) return std::nullopt;
    const auto last = std::exchange(last_, id);
    const bool in_doubt = std::exchange(in_doubt_, false);
    if (anew) return 1;  // how many, nobody can tell
    return in_doubt && last ? id - *last - 1 : 0;
  }

 private:
  std::optional<std::uint64_t> last_;
  bool in_doubt_ = false;
};

}  // namespace tickgate::feeds::coinbase
