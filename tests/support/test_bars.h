// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "schemas/tick.h"
#include "tests/support/test_ticks.h"

// Bars of a minute made by hand, named by the minute in which they begin.
namespace tickgate::testing {

inline constexpr std::int64_t kBarEpoch = 1'700'000'040'000'000;

inline schemas::Bar bar(int minute, std::uint64_t sequence, std::uint64_t ordinal = 0) {
  schemas::Bar made;
  made.header.channel = schemas::Channel::kBar;
  made.header.sequence = schemas::SequenceNumber{sequence};
  made.interval = schemas::Interval::k1m;
  made.start = schemas::Timestamp{kBarEpoch + minute * std::int64_t{60'000'000}};
  made.open = made.high = made.low = made.close = price("1.0");
  made.volume = quantity("2.5");
  made.trades = 7;
  made.ordinal = ordinal;
  return made;
}
inline schemas::Bar closed(int minute, std::uint64_t sequence, std::uint64_t ordinal = 0) {
  auto made = bar(minute, sequence, ordinal);
  made.closed = true;
  return made;
}
inline schemas::Bar corrected(int minute, std::uint64_t sequence, std::uint64_t ordinal = 0) {
  auto made = bar(minute, sequence, ordinal);
  made.corrected = true;
  return made;
}

}  // namespace tickgate::testing
