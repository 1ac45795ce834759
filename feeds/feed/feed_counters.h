// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/publish/counter.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// Of a venue's connection. The names are metric label values.
enum class FeedState : std::uint8_t {
  kConnecting,  // an attempt is under way
  kSyncing,     // connected; instruments wait for their first book
  kLive,        // connected, and every instrument that the venue gives us has been synced once
  kStale,       // connected, but the venue has been silent for longer than it ever is
  kDown,        // no connection; the next attempt is waiting for its time
};
inline constexpr std::size_t kFeedStateCount = 5;
std::string_view name(FeedState state);

// Why a connection, or the attempt at one, ended. The names are metric label values.
enum class ReconnectReason : std::uint8_t {
  kIdle,         // no byte, or no message, for too long
  kClosed,       // the venue or the network closed it
  kRefused,      // TCP or the WebSocket handshake was refused
  kTls,          // certificate or handshake
  kDns,          // the name could not be resolved
  kPlanned,      // before the venue's own limit on a connection's life
  kVenueAsked,   // the venue announced that it is going away
  kGap,          // a loss that only a new connection mends
  kParseErrors,  // too many in a row
  kTimeout,      // an attempt, or every subscription, went unanswered
};
inline constexpr std::size_t kReconnectReasonCount = 10;
std::string_view name(ReconnectReason reason);

inline constexpr std::size_t kStateCount = 6;  // schemas::State

// What a feed counts. Written on its thread, read by any (metrics, /v1/feeds).
struct FeedCounters {
  Counter messages;                                   // text frames and HTTP answers
  Counter bytes;                                      // read from the venue
  std::array<Counter, schemas::kChannelCount> ticks;  // published, by channel
  Counter held_back;                                  // quotes and books of what is not synced
  std::array<Counter, kAnomalyCount> anomalies;
  std::array<Counter, kReconnectReasonCount> reconnects;
  Counter connections;  // established
  Counter resyncs;      // asked of the adapter
  Counter trades_lost;
  Counter checksums_verified;
  Counter ack_timeouts;
  Counter refused;  // subscriptions

  Gauge state;         // a FeedState
  Gauge state_since;   // microseconds since the epoch
  Gauge last_message;  // likewise; 0: none yet
  Gauge clock_offset;  // receive time less venue time, microseconds, smoothed over 64 ticks
  Gauge symbols_per_connection;  // as many as the venue granted one; 0: it refused none
  Gauge paused_until;  // microseconds since the epoch: the venue's host asked for it; 0: not
  std::array<Gauge, kStateCount> instruments;  // by their state
};

}  // namespace tickgate::feeds
