// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "feeds/edge/edge_status.h"
#include "feeds/nats/nats_client.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/ring_fan.h"
#include "schemas/instrument.h"

namespace tickgate::feeds {

struct EdgeSettings {
  NatsOptions nats;
  std::string subject_prefix = "tickgate.v1";
  std::vector<std::string> symbols = {"*"};  // patterns as clients write them
  // Between the last client's leaving of a channel of an instrument and the end of its
  // subscription, in which a client that comes back finds the value at once.
  std::chrono::milliseconds linger{30'000};
};

struct EdgeHooks {
  // What the rings are told too: the cluster's epoch is known, and all is in the rings that its
  // streams hold; or another one begins. On the edge's thread.
  std::function<void(std::string epoch)> on_epoch;
};

// NATS in, rings out: to the shards one more feed thread, with rings and a beat of its own. It
// follows one cluster of ingests and passes on what their leader says, under the cluster's epoch
// and numbers. What it may not vouch for it says itself: an instrument is `stale` or `down` by the
// edge's own word while the leader is not heard, or is late, or last values were not read again.
class Edge {
 public:
  // An error is the operator's to mend. Registry, rings and demands outlive it; a null demand:
  // nothing is wanted of it.
  static absl::StatusOr<std::unique_ptr<Edge>> make(EdgeSettings settings,
                                                    schemas::InstrumentRegistry& registry,
                                                    const std::vector<ShardLink>& shards,
                                                    const Demand* demand,
                                                    const BarDemand* bar_demand, EdgeHooks hooks);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  void start();
  // Ends its threads and returns when they have ended; also twice. What was asked is answered.
  void stop();

  const Beat& beat() const;
  const RingFan& fan() const;  // its counters

  // Any thread. The answer comes once, on a thread of the edge's: to be handed on. A whole book as
  // /v1/book gives it, or an error object; empty: the leader did not answer.
  void ask_book(std::string symbol, std::uint32_t depth,
                std::function<void(std::string json)> answer);
  void ask_bars(schemas::InstrumentId instrument, schemas::Interval interval, BarsAnswer answer);

  // Any thread. The array of /v1/venues as the leader said it last; "[]" before the first.
  std::string venues() const;
  EdgeStatus status() const;
  const EdgeCounters& counters() const;

 private:
  class Impl;
  explicit Edge(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tickgate::feeds
