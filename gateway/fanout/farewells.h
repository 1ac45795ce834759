// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "gateway/fanout/market.h"
#include "gateway/protocol/error_code.h"
#include "gateway/protocol/replies.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// A subscription that ended because its instrument is served no more, or not to this client.
struct Farewell {
  schemas::Channel channel{};
  std::uint8_t bar = 0;  // of bars: their schemas::Interval
  ErrorCode code{};      // kUnknownSymbol: it is served no more
  const schemas::Instrument* instrument = nullptr;

  std::strong_ordering operator<=>(const Farewell& other) const {
    if (const auto by = channel <=> other.channel; by != 0) return by;
    if (const auto by = bar <=> other.bar; by != 0) return by;
    if (const auto by = code <=> other.code; by != 0) return by;
    return instrument->id <=> other.instrument->id;
  }
  bool operator==(const Farewell& other) const { return (*this <=> other) == 0; }
};

// Those that a client is still to be told of, each once however often it ended since: a client that
// does not read costs no more than it subscribed to. Its shard's thread only.
class Farewells {
 public:
  void add(const Farewell& one) { waiting_.insert(one); }
  bool empty() const { return waiting_.empty(); }

  // Adds to the replies, up to about `room` bytes: that the instruments that are served no more are
  // closed, so that nobody shows an old price as live, and that the subscriptions have ended. What
  // was said is forgotten.
  void say(const Market& market, std::size_t room, Replies& replies);

 private:
  static void say_closed(const Market& market, const std::vector<Farewell>& ended,
                         Replies& replies);

  absl::btree_set<Farewell> waiting_;
};

}  // namespace tickgate::gateway
