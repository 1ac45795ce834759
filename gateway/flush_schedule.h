// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "gateway/monotonic.h"

namespace tickgate::gateway {

class Connection;

// Connections whose interval has not passed, by the time when it has. Clients with one interval
// share few times (Outbox keeps them on one grid), so the map is small. Its shard's thread only.
class FlushSchedule {
 public:
  void add(Connection& connection, Monotonic due) { due_[due].push_back(&connection); }

  // The earliest; nullopt while there is none.
  std::optional<Monotonic> next() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }

  // Calls visit(Connection&) for all due by `now`, each as often as it was added. visit may add.
  template <typename Visit>
  void take_due(Monotonic now, Visit&& visit) {
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto round = due_.extract(due_.begin());
      for (Connection* connection : round.mapped()) visit(*connection);
    }
  }

 private:
  std::map<Monotonic, std::vector<Connection*>> due_;
};

}  // namespace tickgate::gateway
