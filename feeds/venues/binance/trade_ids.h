// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "feeds/adapter/renumbered.h"

namespace tickgate::feeds::binance {

// The continuity of one symbol's trades. Their ids count up by one, so what is skipped is lost.
// Outlives a connection.
class TradeIds {
 public:
  // A new trade: how many were lost before it; nullopt when it was seen before.
  std::optional<std::uint64_t> take(std::uint64_t id) {
    std::uint64_t lost = 0;
    if (last_ && renumbered(*last_, id)) {
      lost = 1;  // how many, nobody can tell
    } else if (last_ && id <= *last_) {
      return std::nullopt;
    } else if (last_) {
      lost = id - *last_ - 1;
    }
    last_ = id;
    return lost;
  }
  // 0 before the first.
  std::uint64_t last() const { return last_.value_or(0); }

 private:
  std::optional<std::uint64_t> last_;
};

}  // namespace tickgate::feeds::binance
