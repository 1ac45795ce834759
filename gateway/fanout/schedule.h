// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/fanout/monotonic.h"

namespace tickgate::gateway {

// Items by the time when they are due. Made for few different times (intervals keep to a common
// grid) with many items each. Its shard's thread only.
template <typename Item>
class Schedule {
 public:
  void add(Item item, Monotonic due) { due_[due].push_back(std::move(item)); }

  // The earliest; nullopt while there is none.
  std::optional<Monotonic> next() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }

  // Calls visit(Item&, when it was due) for all due by `now`, the earliest first, each as often as
  // it was added. visit may add.
  template <typename Visit>
  void pop_due(Monotonic now, Visit&& visit) {
    while (!due_.empty() && due_.begin()->first <= now) {
      auto round = due_.extract(due_.begin());
      for (Item& item : round.mapped()) visit(item, round.key());
    }
  }

 private:
  std::map<Monotonic, std::vector<Item>> due_;
};

}  // namespace tickgate::gateway
