// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "feeds/derived/bars.h"

// What the sources of Bars have in common, and nobody else sees.
namespace tickgate::feeds {

struct Bars::OfInstrument {
  // The trades of one second that has not ended, which no series has yet; without trades: none.
  BarRecord second;
  std::int64_t last = BarSeries::kAlways;  // the time of the trade that came last
  Monotonic quiet_until{};                 // all has been told, and no open bar is due before
  schemas::InstrumentId id;
  bool losing = false;   // trades are being lost since the last one
  bool dirty = false;    // is in dirty_
  bool waiting = false;  // is in waiting_
  std::array<BarSeries, schemas::kIntervalCount> series;
};

// A series that was asked for.
struct Bars::Asked {
  struct Waiting {
    BarsAnswer answer;
    Monotonic deadline;
  };
  std::vector<Waiting> waiting;
  std::weak_ptr<const std::vector<schemas::Bar>> copy;  // the last one, as long as somebody has it
  std::uint64_t copied = 0;                             // sequence of the series at that time
  Monotonic asked_for{};                                // last
  Monotonic retry{};                                    // the venue is not asked again before
  unsigned failures = 0;                                // in a row
  bool under_way = false;
  bool chased = false;  // is in chased_
};

}  // namespace tickgate::feeds
