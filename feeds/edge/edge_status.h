// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "feeds/publish/counter.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// How an edge stands, for operators.
struct EdgeStatus {
  schemas::State state = schemas::State::kDown;  // live, stale or down
  std::string reason;                            // for people; empty while it is live
  schemas::Timestamp since{schemas::kNoTime};    // when that began, our wall clock
  bool connected = false;
  std::string epoch;        // the cluster's, as shards are told it; empty: not yet
  std::uint64_t fence = 0;  // the leader's; 0: likewise
  std::string ingest;       // the name of whose heartbeat was heard last
  std::optional<std::chrono::microseconds> heartbeat_age;  // nullopt: none was heard
  std::chrono::microseconds delay{};                       // beyond the least that was seen
  std::size_t subscriptions = 0;                           // subjects and patterns
  std::size_t instruments = 0;
};

// What an edge counts. Each is written by one thread, and read by any.
struct EdgeCounters {
  std::array<Counter, schemas::kChannelCount> messages;  // objects of each channel
  Counter dropped;       // found no room on their way to the edge's thread, or in the library
  Counter bad_messages;  // malformed
  Counter fenced;        // of a leader that was superseded, or of an older epoch
  Counter duplicates;    // the same number again, or an older one
  Counter trades_lost;   // announced as a gap by the edge, or passed on as one
  Counter resyncs;       // the last values were read again
  Counter epochs;        // met, the first one too
  Counter reconnects;    // beyond the first connection
  Counter errors;        // of what was asked of NATS
};

}  // namespace tickgate::feeds
