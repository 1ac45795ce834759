// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/age_histogram.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/histogram.h"
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
  kBehind,       // what is read is old, and grows no younger
};
inline constexpr std::size_t kReconnectReasonCount = 11;
std::string_view name(ReconnectReason reason);

// Why an instrument was called stale. The names are metric label values.
enum class StaleReason : std::uint8_t {
  kRhythm,          // silent beyond its own rhythm
  kSiblings,        // its trades go on without it
  kProbe,           // the venue, asked, has another price
  kOnlyHeartbeats,  // messages come, but for no instrument
  kVenueSilent,     // none come
  kVenueAge,        // the venue's data is old when it comes
  kPaused,          // we were not running
};
inline constexpr std::size_t kStaleReasonCount = 7;
std::string_view name(StaleReason reason);

// What the venue answered when it was asked whether a price is still so. Likewise.
enum class ProbeAnswer : std::uint8_t { kSame, kDifferent, kNone };
inline constexpr std::size_t kProbeAnswerCount = 3;
std::string_view name(ProbeAnswer answer);

inline constexpr std::size_t kStateCount = 6;  // schemas::State

inline constexpr std::size_t kMostLines = 2;

// What one line of a feed that has two came to.
struct LineCounters {
  Counter wins;       // ticks that it was the first to bring, where the venue numbers them
  Counter leads;      // of them looked at more closely: the other line brought the same later,
  Counter lead_time;  // by so many microseconds in all
  Counter takeovers;  // instruments for which it spoke in place of the other from then on
  Gauge up;           // connections that are up
};

// What a feed counts. Written on its thread, read by any (metrics, /v1/feeds).
struct FeedCounters {
  Counter messages;                                   // text frames and HTTP answers
  Counter bytes;                                      // read from the venue
  std::array<Counter, schemas::kChannelCount> ticks;  // published, by channel
  Counter held_back;                                  // quotes and books of what is not synced
  std::array<Counter, kAnomalyCount> anomalies;
  std::array<Counter, kImplausibleCount> quarantined;  // not served as prices
  std::array<Counter, kReconnectReasonCount> reconnects;
  Counter connections;  // established
  Counter resyncs;      // asked of the adapter
  Counter trades_lost;
  Counter checksums_verified;
  Counter ack_timeouts;
  Counter refused;      // subscriptions
  Counter pauses;       // we came late by more than a second, with a connection open
  Counter clock_steps;  // our wall clock was set
  std::array<Counter, kStaleReasonCount> stale;  // times an instrument became so
  std::array<Counter, kProbeAnswerCount> probes;
  AgeHistogram venue_ages;  // of all that the venue stamps
  // From the venue's own stamp to our reading it, by the two clocks as they are: see note_stamp().
  std::array<StageHistogram, schemas::kChannelCount> venue_latency;
  Counter venue_ahead;  // stamps later than our reading them, which are in none of these

  Gauge state;         // a FeedState
  Gauge state_since;   // microseconds since the epoch
  Gauge last_message;  // likewise; 0: none yet
  Gauge mean_latency;  // the same, microseconds, smoothed over 64 ticks; 0: none yet
  // Of the venue's clock, ahead of ours, microseconds; uncertainty less than zero: not known.
  Gauge clock_offset, clock_uncertainty;
  Gauge symbols_per_connection;  // as many as the venue granted one; 0: it refused none
  Gauge paused_until;  // microseconds since the epoch: the venue's host asked for it; 0: not
  Gauge venue_age;     // of the worst connection, microseconds; VenueAge::kUnknown: not known
  std::array<Gauge, kStateCount> instruments;  // by their state
  std::array<LineCounters, kMostLines> lines;  // nothing, where there is but one
};

}  // namespace tickgate::feeds
