// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/access/grant.h"
#include "gateway/fanout/bars_owed.h"
#include "gateway/fanout/farewells.h"
#include "gateway/fanout/outbox.h"
#include "gateway/fanout/symbol_request.h"
#include "gateway/fanout/usage_counts.h"
#include "gateway/protocol/replies.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// A pattern a client subscribed to; it also covers instruments that appear later.
struct PatternSubscription {
  SymbolPattern pattern;
  Terms terms;
};

// What the fan-out knows of a client: what it is owed, and nothing of its socket. A Connection is
// one; so are tests. Its shard's thread only.
struct Subscriber {
  // In the fan-out's lists of those that something was marked for. First, for a mark touches them.
  bool flush_now = false, flush_in_quick_round = false, flush_in_slow_round = false;
  bool stamped = false;  // one of its subscriptions is, or was
  // What it was owed and was replaced by something newer before it was sent. Here, for a mark has
  // this line at hand.
  std::uint64_t folded = 0;
  Outbox outbox;
  std::uint64_t objects_sent = 0;
  // Not sent yet: acknowledgements, errors, pongs. They precede all updates in the next frame.
  // Reading stops while they are many (Connection).
  Replies replies;
  std::unique_ptr<std::vector<PatternSubscription>> patterns;  // null while there is none
  std::unique_ptr<SymbolRequest> request;  // half done; null while there is none
  std::unique_ptr<BarsOwed> bars;          // null while no history is owed
  std::unique_ptr<Farewells> farewells;    // null while there is none
  std::shared_ptr<const Grant> grant;      // what it may have; null: everything
  std::unique_ptr<UsageCounts> usage;      // null: nobody counts

  // Null: nobody is told of its subscriptions.
  UsageObserver* usage_observer() const { return usage == nullptr ? nullptr : usage->observer; }
  // The earliest time at which something may be sent; nullopt while nothing is owed.
  std::optional<Monotonic> due() const {
    return farewells != nullptr ? std::optional(Monotonic{0}) : outbox.due();
  }
  std::string_view plan() const { return grant == nullptr ? std::string_view() : grant->plan; }
  Farewells& to_farewells() {
    if (farewells == nullptr) farewells = std::make_unique<Farewells>();
    return *farewells;
  }
  // What ended is said behind the replies there are, and before whatever comes next.
  void say_farewells(const Market& market, std::size_t room) {
    if (farewells == nullptr) return;
    farewells->say(market, plan(), room, replies);
    if (farewells->empty()) farewells.reset();
  }
};

}  // namespace tickgate::gateway
