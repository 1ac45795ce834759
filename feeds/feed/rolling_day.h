// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "feeds/adapter/candles.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// One instrument's last 24 hours, in five minutes each, of the trades that came by and of the
// venue's candles. No clock. 30 kB. Forgets what is older than a day.
class RollingDay {
 public:
  static constexpr schemas::Interval kStep = schemas::Interval::k5m;

  // What begins with the first whole step that is within 24 hours, or later where less was seen.
  struct Day {
    schemas::Price open, high, low, last;
    schemas::Quantity volume;
    schemas::Timestamp since;
  };

  // Nothing was seen before `now`.
  explicit RollingDay(schemas::Timestamp now) : seen_from_(now) {}

  // Each once, in any order; `now` is when it came.
  void add(const schemas::Trade& trade, schemas::Timestamp now);
  // From the venue, all that there is from `from` to `to`: it takes the place of what was seen.
  void replace(schemas::Timestamp from, schemas::Timestamp to, std::span<const Candle> candles);
  // Nullopt while there was no trade in it.
  std::optional<Day> at(schemas::Timestamp now) const;

  // The first step that begins within 24 hours before `now`.
  static schemas::Timestamp begin(schemas::Timestamp now);

 private:
  struct Step {
    schemas::Timestamp start{schemas::kNoTime};  // kNoTime: no trade
    schemas::Timestamp opened, closed;           // when its first and its last trade were
    schemas::Price open, high, low, close;
    schemas::Quantity volume;
  };
  // Those of 24 hours, and the one under way.
  static constexpr std::size_t kSteps = 289;

  static std::size_t place(schemas::Timestamp start);

  schemas::Timestamp seen_from_;
  std::array<Step, kSteps> steps_;
};

}  // namespace tickgate::feeds
