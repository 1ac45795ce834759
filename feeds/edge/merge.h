// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// What has a last value of its own, of an instrument: quote, book, ticker and status by their
// channel (a trade has none), then bars by their interval.
inline constexpr std::size_t kSlots = schemas::kChannelCount - 1 + schemas::kIntervalCount;
constexpr std::size_t slot_of(schemas::Channel channel) {
  return static_cast<std::size_t>(channel);
}
constexpr std::size_t slot_of(schemas::Interval interval) {
  return static_cast<std::size_t>(schemas::Channel::kBar) + static_cast<std::size_t>(interval);
}

// Of every value the newest that was heard, by the greatest (fence, sequence number): live messages
// and stored ones come in any order, and twice. And whether it was heard in the current round: when
// messages may have been missed another one begins, and until a value is heard again, be it the
// same, nobody knows whether it is the newest. Pure, one thread's.
class Merge {
 public:
  enum class Verdict : std::uint8_t {
    kNew,   // to be passed on
    kSame,  // as it was: known to be the newest again
    kOld,
  };
  struct Number {
    std::uint64_t fence = 0, sequence = 0;
  };

  Verdict take(schemas::InstrumentId instrument, std::size_t slot, Number number);

  // From now on nothing counts as heard.
  void begin_round() { ++round_; }
  // Whether prices, or the status that says what they are worth, were not heard in this round.
  bool awaits(schemas::InstrumentId instrument) const;

  // As if it had not come: the next one is new.
  void forget(schemas::InstrumentId instrument, std::size_t slot);
  void forget(schemas::InstrumentId instrument);
  void clear() { values_.clear(); }

 private:
  // Bars are told by their ordinals when one is missed, and are not shown as live.
  static constexpr std::uint16_t kPrices = (1U << slot_of(schemas::Channel::kBar)) - 1;

  struct Of {
    std::array<Number, kSlots> newest{};
    std::uint64_t round = 0;
    std::uint16_t there = 0, heard = 0;  // by slot; `heard` in that round
  };

  Of& of(schemas::InstrumentId instrument);

  std::vector<Of> values_;  // by instrument
  std::uint64_t round_ = 0;
};

}  // namespace tickgate::feeds
