// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// Those of a shard who follow one channel of an instrument, of bars one length of them, at one
// interval.
struct FollowerCount {
  schemas::Channel channel{};
  std::optional<schemas::Interval> bar;  // of bars: how long one lasts
  std::uint32_t interval_ms = 0;
  std::size_t subscribers = 0;
};

// The newest value of a channel that a shard has.
struct ValueSeen {
  schemas::Channel channel{};
  std::uint64_t sequence = 0;
  schemas::Timestamp received{schemas::kNoTime}, venue_time{schemas::kNoTime};
};

// What a shard knows of one instrument, and of its followers.
struct InstrumentReport {
  bool known = false;                               // it serves it
  std::optional<schemas::InstrumentStatus> status;  // as clients are told it
  bool stands_still = false;                        // the thread of its feed does
  std::vector<FollowerCount> followers;
  std::vector<ValueSeen> values;  // that it has, the status aside
  std::vector<std::string> near;  // of a symbol that it does not know: what may be meant
};

}  // namespace tickgate::gateway
