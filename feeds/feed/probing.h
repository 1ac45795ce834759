// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "feeds/feed/moment.h"
#include "feeds/feed/rhythm.h"

namespace tickgate::feeds {

// When something that is silent is asked for (again): ever later, until it moves by itself. One
// thread.
struct Asking {
  bool due(Monotonic now) const { return now >= next; }
  void asked(Monotonic now, Monotonic step) {
    next = now + std::min(Rhythm::kCap, std::max(kLeast, step) * (1 << tries));
    if (tries < kMostDoublings) ++tries;
  }

  static constexpr Monotonic kLeast = std::chrono::seconds(1);
  static constexpr std::uint8_t kMostDoublings = 10;

  Monotonic next{};
  std::uint8_t tries = 0;
};

// What InstrumentStates wants of the venue when it finds something silent. Called from within
// InstrumentStates::check().
class VenueAsker {
 public:
  enum class Answer : std::uint8_t { kAsked, kCannot, kLater };

  virtual ~VenueAsker() = default;
  // Whether what we show is still so; on_probed follows, or nothing. kLater: not at this pace.
  virtual Answer probe(schemas::InstrumentId instrument) = 0;
  // The book anew, in its turn.
  virtual void rebuild(schemas::InstrumentId instrument) = 0;
  // The channel anew. False: later.
  virtual bool ask_again(schemas::InstrumentId instrument, schemas::Channel channel) = 0;
};

}  // namespace tickgate::feeds
