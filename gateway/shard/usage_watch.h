// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/hash/hash.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/ledger/ledger.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {

// What a shard's clients use, for the ledger: each is looked at once in ten seconds, some at a
// time, and when it leaves. What is sent is counted as it is put into frames (UsageCounts), all
// else is read from its subscriptions. Its shard's thread only.
class UsageWatch {
 public:
  // Beyond so many subscriptions one piece ends: well below a millisecond.
  static constexpr std::size_t kPiece = 20'000;

  // The ledger outlives it.
  UsageWatch(Ledger& ledger, std::size_t shard) : ledger_(ledger), shard_(shard) {}

  // One who leaves, with his subscriptions; `address`: as far as it may be written, or empty.
  void leave(Subscriber& client, const FanOut& fan_out, const std::string& address,
             schemas::Timestamp now);

  // One who is about to be granted something else: what he has used by now is that of what he was
  // granted, and of the lane that he was in.
  void regrant(Subscriber& client, const FanOut& fan_out, const std::string& address,
               const Grant* next, schemas::Timestamp now);

  // Ten times a second: begins a look at all of so many clients each ten seconds, and goes on with
  // it. look(nth) is to call look_at() for the client in this place, and says how many
  // subscriptions it has. Clients that leave meanwhile leave their place to the last.
  template <typename Look>
  void sweep(Monotonic now, schemas::Timestamp wall, std::size_t clients, Look&& look) {
    if (left_ == 0) {
      if (now < next_) return;
      next_ = now + kEvery;
      note_day(wall);
      left_ = clients + 1;
      ++look_;
    }
    left_ = std::min(left_, clients + 1);
    for (std::size_t cost = 0; left_ > 1 && cost < kPiece;) {
      --left_;
      cost += 16 + look(left_ - 1);
    }
    if (left_ > 1) return;
    left_ = 0;
    put();
  }
  // Nobody comes any more.
  void end() { put(); }
  void look_at(Subscriber& client, const FanOut& fan_out, const std::string& address);

 private:
  static constexpr std::chrono::seconds kEvery{10};
  using Seen = std::array<UsageSeen*, VenueIndex::kMost>;
  using Known = std::unordered_map<UsageKey, std::vector<std::uint64_t>, absl::Hash<UsageKey>>;

  void add(Subscriber& client, const FanOut& fan_out, const std::string& address, bool stays);
  void note_day(schemas::Timestamp wall);
  void put();

  Ledger& ledger_;
  std::size_t shard_;
  UsageTable table_;
  Known known_;  // the instruments that the ledger was told of today
  Day day_{-1};
  std::uint32_t minute_ = 0;
  Monotonic next_{};
  std::size_t left_ = 0;  // of those to be looked at, and one more; 0: none is under way
  std::uint32_t look_ = 0;
};

}  // namespace tickgate::gateway
