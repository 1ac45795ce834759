// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "gateway/fanout/trade_history.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// The newest trades of all instruments, whether somebody follows them or not: whoever comes back
// finds what it missed. Bounded by count for each and by bytes in all. Where bytes are short, those
// that nobody ever followed go first, then those that were left longest ago; what is followed keeps
// what it has, and kLeast at any rate. Its shard's thread only.
class TradeHistories {
 public:
  static constexpr std::size_t kLeast = 16;

  // Of one instrument at most `kept`, kLeast or more; of all `memory` bytes, 0: only what is
  // followed is kept.
  TradeHistories(std::size_t kept, std::size_t memory) : kept_(kept), memory_(memory) {}
  TradeHistories(const TradeHistories&) = delete;
  TradeHistories& operator=(const TradeHistories&) = delete;

  // True: somebody follows them.
  bool add(const schemas::Trade& trade);
  void add_gap(const schemas::TradeGap& gap);

  // The first follower of an instrument comes (or one more), the last one leaves.
  const TradeHistory& follow(schemas::InstrumentId instrument);
  void leave(schemas::InstrumentId instrument);
  // It is served no more. What comes under its id anew is numbered on.
  void forget(schemas::InstrumentId instrument);
  // Of nobody followed: numbers begin anew.
  void restart();

  const TradeHistory& followed(schemas::InstrumentId instrument) const {
    return *places_[instrument.value()].history;
  }
  std::size_t bytes() const { return used_; }

  // What one takes that is as full as it gets, its texts being those of the longest symbols.
  static std::size_t most_bytes(std::size_t kept);

 private:
  using Places = std::list<schemas::InstrumentId>;
  struct Place {
    std::unique_ptr<TradeHistory> history;  // null: none is kept
    Places* among = nullptr;                // in which of the lists below; of a history only
    Places::iterator at{};
    std::uint64_t next = 0;  // the sequence number expected next; 0: nothing was seen yet
  };

  bool begin(schemas::InstrumentId instrument, Place& place);
  void make_larger(Place& place);
  bool make_room(std::size_t bytes, const Place* place);
  void move_to(Places& list, Place& place);
  void drop(Place& place);

  std::size_t kept_, memory_;
  std::size_t used_ = 0;         // by all histories, which go before it
  Places strangers_;             // that nobody ever followed
  Places left_;                  // longest ago first
  Places followed_;              //
  std::vector<Place> places_{};  // by instrument
};

}  // namespace tickgate::gateway
