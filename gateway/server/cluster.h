// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/ring_fan.h"
#include "gateway/api/cluster_report.h"
#include "gateway/api/metric_families.h"
#include "gateway/config/config.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// Of the gateway that a cluster is a part of. What is called may be so on any thread.
struct ClusterSurroundings {
  schemas::InstrumentRegistry* registry = nullptr;  // never null, as the next two; all outlive it
  feeds::Demand* demand = nullptr;
  feeds::BarDemand* bar_demand = nullptr;
  std::string epoch;  // of this process
  // What an ingest's own feeds have: a whole book as /v1/book gives it, empty: there is none;
  // bars; the body of /v1/venues. Of a relay the edge is asked instead.
  std::function<void(const std::string& symbol, std::uint32_t depth,
                     std::function<void(std::string json)>)>
      book;
  std::function<void(schemas::InstrumentId, schemas::Interval, feeds::BarsAnswer)> bars;
  std::function<std::string()> venues;
};

// The two ends of NATS, of which a gateway may have either, or both (then it is a relay). An ingest
// gets what feeds say by rings, as a shard does, and publishes it; an edge is to the shards what a
// thread of feeds is. A tickgate that is built without NATS has a cluster that cannot be made. Main
// thread, but for what says otherwise.
class Cluster {
 public:
  // Null: the configuration has neither. An error is the operator's to mend. Connects to nothing.
  static absl::StatusOr<std::unique_ptr<Cluster>> make(const Config& config,
                                                       ClusterSurroundings surroundings);
  // The same for `check`: whether it could be made.
  static absl::Status check(const Config& config);

  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Before start(), of an ingest: a ring for one more thread of feeds, and that thread's beat,
  // which outlives this. nullopt: there is no ingest.
  std::optional<feeds::ShardLink> add_source();
  void watch(const feeds::Beat& beat);
  // Before start(), of an edge: a ring to each shard, and whoever is like one; they outlive it.
  absl::Status open_edge(const std::vector<feeds::ShardLink>& shards);

  void start();
  // Leads no more, so that another ingest goes on. Returns at once.
  void begin_leaving();
  // Ends what asks feeds and books; then what feeds the shards. Each returns when that has ended;
  // also twice.
  void stop_ingest();
  void stop_edge();

  bool has_edge() const { return has_edge_; }
  bool has_ingest() const { return has_ingest_; }
  // Of an edge, any thread. The answers come once, on another one.
  const feeds::Beat& beat() const;
  void ask_book(const std::string& symbol, std::uint32_t depth,
                std::function<void(std::string json)> answer);  // empty: there is none
  void ask_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                feeds::BarsAnswer answer);
  std::string venues() const;  // as the ingest said them, made grey while the edge is
  std::optional<EdgeReport> edge() const;
  std::optional<IngestReport> ingest() const;
  void collect(MetricFamilies& families) const;

 private:
  struct Ends;
  explicit Cluster(std::unique_ptr<Ends> ends, bool has_edge, bool has_ingest);

  std::unique_ptr<Ends> ends_;
  bool has_edge_, has_ingest_;
};

}  // namespace tickgate::gateway
