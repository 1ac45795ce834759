// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/hash/hash.h"
#include "feeds/publish/counter.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/ledger/ledger.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {

// What a shard's clients use, for the ledger. What is sent is counted as it is put into frames
// (UsageCounts); of each subscription it is told when it begins and ends; and each client is looked
// at every five seconds, some at a time, before it is granted something else, and when it leaves.
// Its shard's thread only.
class UsageWatch final : public UsageObserver {
 public:
  // Beyond so many subscriptions one piece ends: well below a millisecond.
  static constexpr std::size_t kPiece = 20'000;
  // Unless a look would take more pieces than these, a tenth of a second each: what it is late by
  // may be lost in a kill.
  static constexpr std::size_t kMostPieces = 10;
  static constexpr std::chrono::seconds kEvery{5};

  // The ledger and the counter outlive it.
  UsageWatch(Ledger& ledger, std::size_t shard, schemas::Timestamp wall,
             feeds::Counter& out_of_memory);

  // What one who comes is counted by; `address`: as far as it may be written, or empty.
  std::unique_ptr<UsageCounts> welcome(std::string address);
  // One who is about to be granted something else: what he has used by now is that of what he was
  // granted, and of the lane that he was in.
  void regrant(Subscriber& client, const FanOut& fan_out, const Grant* next);
  // One who leaves, with his subscriptions; nothing of his is counted any more.
  void leave(Subscriber& client, const FanOut& fan_out);

  // Ten times a second: begins a look at all of so many clients, at the same moments as other
  // shards and before another day is begun, and goes on with it. look(nth) is to call look_at() for
  // the client in this place, and says how many subscriptions it has. Clients that leave meanwhile
  // leave their place to the last.
  template <typename Look>
  void sweep(Monotonic now, schemas::Timestamp wall, std::size_t clients, Look&& look) {
    note_time(wall);
    if (left_ == 0 && !begin_look(now, clients)) return;
    left_ = std::min(left_, clients + 1);
    for (std::size_t cost = 0, seen = 0; left_ > 1 && (cost < kPiece || seen < least_); ++seen) {
      --left_;
      cost += 16 + look(left_ - 1);
    }
    if (left_ <= 1) end_look();
  }
  void look_at(Subscriber& client, const FanOut& fan_out);
  // Nobody comes any more.
  void end();

  // UsageObserver. What was not noted for want of memory is missing in the ledger, and nowhere
  // else.
  void on_begun(Subscriber& client, const Slot& slot, const Market& market) noexcept override;
  void on_changing(Subscriber& client, const Slot& slot, const Market& market) noexcept override;
  void on_ending(Subscriber& client, const Slot& slot, const Market& market) noexcept override;

 private:
  using Known = std::unordered_map<UsageKey, std::vector<std::uint64_t>, absl::Hash<UsageKey>>;
  // Of one venue, under one grant.
  struct Notes {
    UsageSeen* seen = nullptr;
    std::vector<std::uint64_t>* known = nullptr;
  };

  void note_time(schemas::Timestamp wall);
  bool begin_look(Monotonic now, std::size_t clients);
  void end_look();
  void put();
  Notes& notes_of(const Subscriber& client, std::uint8_t venue, const VenueIndex& venues);
  void note_present(Subscriber& client, std::uint8_t venue, const VenueIndex& venues);
  void note_slot(const Subscriber& client, const Slot& slot, const VenueIndex& venues,
                 const std::string& symbol);
  void note_all(Subscriber& client, const FanOut& fan_out);
  void depart(Subscriber& client, std::uint8_t venue, const VenueIndex& venues);
  template <typename Work>
  void note_alone(Work work) noexcept;

  Ledger& ledger_;
  std::size_t shard_;
  feeds::Counter& out_of_memory_;
  UsageTable table_;
  Known known_;  // the instruments that the ledger was told of on day_
  // Where notes of the client that was noted last go: likely those of the next one too.
  std::array<Notes, VenueIndex::kMost> notes_{};
  std::shared_ptr<const Grant> noted_grant_;
  const VenueIndex* noted_venues_ = nullptr;

  schemas::Timestamp wall_;       // of the last sweep
  schemas::Timestamp looked_at_;  // when the look that is under way, or the last, began
  Day day_;  // whose use is noted; behind today_ until the look at its end is done
  Day today_;
  std::int64_t minute_;  // since 1970; of day_
  Monotonic next_{};
  std::size_t left_ = 0;   // of those to be looked at, and one more; 0: none is under way
  std::size_t least_ = 0;  // of them, in one piece
  std::uint32_t look_ = 0;
  bool closing_ = false;  // the look that is under way is the last of day_
};

}  // namespace tickgate::gateway
