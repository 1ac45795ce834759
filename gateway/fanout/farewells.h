// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "gateway/fanout/market.h"
#include "gateway/protocol/error_code.h"
#include "gateway/protocol/replies.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// A subscription that ended because its instrument is served no more, or not to this client; or
// that a pattern would have made, had there been room.
struct Farewell {
  schemas::Channel channel{};
  std::uint8_t bar = 0;     // of bars: their schemas::Interval
  ErrorCode code{};         // kUnknownSymbol: it is served no more
  std::uint32_t limit = 0;  // of kTooManySymbols: the client's own that was reached; 0: none
  const schemas::Instrument* instrument = nullptr;

  std::strong_ordering operator<=>(const Farewell& other) const {
    if (const auto by = channel <=> other.channel; by != 0) return by;
    if (const auto by = bar <=> other.bar; by != 0) return by;
    if (const auto by = code <=> other.code; by != 0) return by;
    return instrument->id <=> other.instrument->id;
  }
  bool operator==(const Farewell& other) const { return (*this <=> other) == 0; }
};

// Likewise of a pattern, by its text: it is held no more, or more of it is left out than is named.
struct PatternFarewell {
  schemas::Channel channel{};
  std::uint8_t bar = 0;
  ErrorCode code{};
  std::uint32_t limit = 0;
  std::string pattern;

  auto operator<=>(const PatternFarewell&) const = default;
};

// Those that a client is still to be told of, each once however often it ended since: a client that
// does not read costs no more than it subscribed to. Its shard's thread only.
class Farewells {
 public:
  // Of those that a pattern covers and has no room for, so many are named at a time: there may be
  // far more than the client may ever have. Of the others their pattern is.
  static constexpr std::size_t kMostLeftOut = 100;

  void add(const Farewell& one) { waiting_.insert(one); }
  void add(PatternFarewell one) { patterns_.insert(std::move(one)); }
  void leave_out(const Farewell& one, std::string_view pattern);
  bool empty() const { return waiting_.empty() && patterns_.empty(); }

  // Adds to the replies, up to about `room` bytes: that the instruments that are served no more are
  // closed, so that nobody shows an old price as live, and that the subscriptions have ended. What
  // was said is forgotten. `plan`: whose a limit is, if it has a name.
  void say(const Market& market, std::string_view plan, std::size_t room, Replies& replies);

 private:
  std::vector<Farewell> take(std::size_t most);
  void say_patterns(std::string_view plan, std::size_t most, Replies& replies);

  absl::btree_set<Farewell> waiting_;
  absl::btree_set<PatternFarewell> patterns_;
  std::size_t left_out_ = 0;  // of those that wait
};

}  // namespace tickgate::gateway
