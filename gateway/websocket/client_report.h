// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "schemas/ids.h"

namespace tickgate::gateway {

// How slow a client is: the bytes that it has not taken, and what its pings take. Greater is
// slower.
struct Slowness {
  std::uint64_t held_bytes = 0;    // by us: the rest of a frame, and replies
  std::uint64_t queued_bytes = 0;  // by the kernel: not acknowledged by its end
  std::uint32_t round_trip = 0;    // microseconds; 0: not known

  std::uint64_t unsent_bytes() const { return held_bytes + queued_bytes; }
  friend std::weak_ordering operator<=>(const Slowness& a, const Slowness& b) {
    const auto bytes = a.unsent_bytes() <=> b.unsent_bytes();
    return bytes != 0 ? bytes : a.round_trip <=> b.round_trip;
  }
};

// All that is known of one client, for operators. Nothing that it made up is in it.
struct ClientReport {
  std::string address;
  std::string subject;          // whose it is; empty: nobody's, or not known yet
  std::string credential_kind;  // as credential_kind() has it
  schemas::Timestamp since;     // to a tenth of a second
  std::array<std::uint32_t, schemas::kChannelCount> subscriptions{};  // by channel
  std::uint32_t patterns = 0;
  std::uint32_t interval_ms = 0;  // the shortest that it asked for
  std::uint32_t floor_ms = 0;     // it falls behind, so none is shorter than this; 0: it does not
  Slowness slowness;
  std::uint64_t objects_sent = 0, bytes_sent = 0;
  std::uint64_t folded = 0;   // values that newer ones replaced before they were sent
  std::uint32_t refused = 0;  // requests that could not be read or are none
  std::uint32_t rate_limited = 0;
  bool closing = false;
};

}  // namespace tickgate::gateway
