// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "feeds/feed/clock_estimate.h"
#include "feeds/feed/feed_counters.h"

namespace tickgate::feeds {

// How long what a venue stamps is on its way, and what of that is but its clock. nullopt: not
// known.
struct ClockReport {
  std::optional<Monotonic> latency;  // by the two clocks as they are
  std::optional<ClockEstimate::Offset> offset;

  // By one clock: as uncertain as the offset is.
  std::optional<Monotonic> corrected() const {
    if (!latency || !offset) return std::nullopt;
    return *latency + offset->ahead;
  }
};

// Any thread.
inline ClockReport clock_report(const FeedCounters& counters) {
  ClockReport report;
  if (const auto mean = counters.mean_latency.value(); mean != 0) report.latency = Monotonic(mean);
  if (const auto half = counters.clock_uncertainty.value(); half >= 0) {
    report.offset = {Monotonic(counters.clock_offset.value()), Monotonic(half)};
  }
  return report;
}

}  // namespace tickgate::feeds
