// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "schemas/ids.h"

namespace tickgate::gateway {

// How a gateway stands that has its prices from ingests, over NATS.
struct EdgeReport {
  schemas::State state = schemas::State::kDown;  // live, stale or down
  std::string reason;                            // why it is not live
  schemas::Timestamp since{schemas::kNoTime};
  bool connected = false;
  std::string server;       // the URL, or several with commas
  std::string epoch;        // the cluster's; empty: not known yet
  std::uint64_t fence = 0;  // of the ingest that leads; 0: not known yet
  std::string ingest;       // its name
  std::optional<std::chrono::microseconds> heartbeat_age;  // nullopt: none came
  std::chrono::microseconds delay{};                       // of heartbeats, beyond the least
  std::size_t subscriptions = 0;                           // subjects and patterns, over NATS
  std::size_t instruments = 0;
  std::uint64_t messages = 0, trades_lost = 0, connects = 0;  // since the start
};

// How one stands that publishes.
struct IngestReport {
  std::string name;  // its own
  bool connected = false;
  std::string server;
  bool leads = false;
  std::string leader;       // who does; empty: not known
  std::uint64_t fence = 0;  // of its leadership; 0: it does not lead
  std::string epoch;
  std::string reason;                                  // what is wrong; empty: nothing
  std::optional<std::chrono::milliseconds> lease_age;  // since it was confirmed; while it leads
};

// Objects, as /v1/cluster and /v1/explain have them.
void append_edge_json(std::string& out, const EdgeReport& edge);
void append_ingest_json(std::string& out, const IngestReport& ingest);
// "from ingest-a over NATS (fence 7, epoch ...); its last sign of life 0.2 s ago"
std::string edge_words(const EdgeReport& edge);

}  // namespace tickgate::gateway
