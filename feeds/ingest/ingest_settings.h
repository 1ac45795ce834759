// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "feeds/nats/nats_client.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

struct IngestSettings {
  NatsOptions nats;
  std::string subject_prefix = "tickgate.v1";
  std::string name;   // this ingest's, among those that may lead
  std::string epoch;  // this process's own: the cluster's where nobody has ever led
  std::vector<schemas::Interval>
      bars;               // that are always published; others while an edge wants them
  unsigned replicas = 1;  // of each stream
  std::chrono::seconds trades_age{600};
  std::uint64_t trades_bytes = std::uint64_t{256} << 20U;
  bool trades_on_disk = false;
  std::size_t trades_waiting = std::size_t{1} << 17U;  // for NATS, of all instruments: 20 MB
  // A relay: its ticks are an edge's, and their numbers and epoch pass through as they are. It does
  // not lead before Ingest::take_epoch().
  bool relays = false;
};

// How an ingest learns what is in no ring. Each is called on a thread of the ingest's, and may
// answer on any.
struct IngestHooks {
  // The whole book as /v1/book has it, so many levels a side; empty: there is none.
  using BookAnswer = std::function<void(std::string json)>;
  std::function<void(std::string symbol, std::uint32_t depth, BookAnswer)> book;
  std::function<void(schemas::InstrumentId, schemas::Interval, BarsAnswer)> bars;
  std::function<std::string()> venues;  // the JSON array of /v1/venues
  BarDemand* bar_demand = nullptr;      // raised as a shard does; outlives the ingest
};

}  // namespace tickgate::feeds
