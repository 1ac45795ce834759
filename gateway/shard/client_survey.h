// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "gateway/net/clock.h"
#include "gateway/websocket/client_report.h"

namespace tickgate::gateway {

// The slowest of the clients that it is shown, one after the other: at most so many are kept.
// `Client` is a Connection; so are tests. One thread.
class ClientSurvey {
 public:
  struct Found {
    std::vector<ClientReport> slowest;  // first
    std::size_t clients = 0;            // that were looked at
  };

  explicit ClientSurvey(std::size_t most) : most_(most) {}

  // -> what it cost: 1, and 1 for each kSlots subscriptions that were looked at
  template <typename Client>
  std::size_t look(const Client& client, Monotonic now, schemas::Timestamp wall) {
    ++found_.clients;
    const auto slowness = client.slowness();
    if (found_.slowest.size() == most_ && !is_slower(slowness)) return 1;
    put(client.report(slowness, now, wall));
    return 2 + client.subscriptions() / kSlots;
  }
  // All have been shown.
  Found take();

  static constexpr std::size_t kSlots = 64;

 private:
  bool is_slower(const Slowness& slowness) const {
    return most_ > 0 && slowness > found_.slowest.front().slowness;
  }
  void put(ClientReport report);

  std::size_t most_;
  Found found_;  // a heap, the least slow first
};

// As one list: the slowest first, each once, at most so many.
ClientSurvey::Found merge(std::vector<ClientSurvey::Found> parts, std::size_t most);

}  // namespace tickgate::gateway
