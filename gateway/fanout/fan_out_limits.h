// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "feeds/publish/counter.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

struct FanOutLimits {
  std::size_t subscriptions_per_connection = 5'000;
  std::uint32_t min_interval_ms = 0;
  std::size_t frame_bytes = 262'144;  // a frame ends with the object that reaches it
  std::size_t trades_kept = 256;      // see TradeHistories; as they are at the start
  std::size_t trades_memory = 67'108'864;
};

// By channel. Written by the shard's thread, read by whoever scrapes.
struct FanOutCounters {
  std::array<feeds::Counter, schemas::kChannelCount> sent;  // updates put into frames
  std::array<feeds::Counter, schemas::kChannelCount>
      conflated;               // replaced by a newer one before they were sent
  feeds::Gauge bar_series;     // held, with those that were left a moment ago
  feeds::Counter bar_asks;     // copies of a series that the feed was asked for
  feeds::Counter trades_lost;  // announced to a client as a gap because it read too slowly
  feeds::Counter resumed;      // symbols of which a client said what it saw last
  feeds::Gauge trade_bytes;    // of the trades that are kept
};

}  // namespace tickgate::gateway
