// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "feeds/publish/counter.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// What any thread may read of an ingest; each is written by one of its threads.
struct IngestCounters {
  std::array<Counter, schemas::kChannelCount> published;  // by channel, with what is said again
  Counter publish_failures;
  Counter trades_lost;         // found no room while NATS was away or slow: announced as gaps
  Counter republished;         // values that were said again, with the same numbers
  Counter lease_unconfirmed;   // renewals without an answer: the lease was held on to
  Counter takeovers;           // times that it began to lead
  Counter heartbeats_unacked;  // that the stream did not confirm
  Counter streams_made;        // that were not there, or as good as new
  Counter asks;                // questions of edges that were answered
  Counter asks_refused;        // and that were not: unreadable, or too many wait
};

// How an ingest stands, for whoever asks.
struct IngestStatus {
  bool connected = false;
  bool leading = false;
  std::uint64_t fence = 0;  // of its leadership; 0: it does not lead
  std::string epoch;        // the cluster's; empty: not known
  std::string leader;       // who holds the lease; empty: not known
  std::string reason;       // why it is not connected, or what is wrong; without any secret
  std::uint64_t connects = 0, errors = 0;  // as NatsClient counts them
  std::chrono::milliseconds lease_age{};   // since it was confirmed last, while leading
};

}  // namespace tickgate::feeds
