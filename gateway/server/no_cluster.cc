// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/cluster.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "schemas/check.h"

// In place of cluster.cc, where there is no libnats to build with.
namespace tickgate::gateway {

// NOLINTBEGIN(performance-unnecessary-value-param): who has NATS keeps what is given

struct Cluster::Ends {};

absl::Status Cluster::check(const Config& config) {
  if (!config.publish && !config.edge) return absl::OkStatus();
  return absl::FailedPreconditionError(
      std::string(config.publish ? "publish" : "feeds: venue nats") +
      ": this tickgate was built without NATS (libnats)");
}

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::make(const Config& config,
                                                       ClusterSurroundings /*surroundings*/) {
  if (auto possible = check(config); !possible.ok()) return possible;
  return nullptr;
}

Cluster::Cluster(std::unique_ptr<Ends> ends, bool has_edge, bool has_ingest)
    : ends_(std::move(ends)), has_edge_(has_edge), has_ingest_(has_ingest) {}
Cluster::~Cluster() = default;

// There is none to be called.
std::optional<feeds::ShardLink> Cluster::add_source() { return std::nullopt; }
void Cluster::watch(const feeds::Beat& /*beat*/) {}
absl::Status Cluster::open_edge(const std::vector<feeds::ShardLink>& /*shards*/) {
  return absl::OkStatus();
}
void Cluster::start() {}
void Cluster::begin_leaving() {}
void Cluster::stop_ingest() {}
void Cluster::stop_edge() {}
const feeds::Beat& Cluster::beat() const {
  TICKGATE_CHECK(false && "without NATS there is no edge");
  std::abort();
}
void Cluster::ask_book(const std::string& /*symbol*/, std::uint32_t /*depth*/,
                       std::function<void(std::string)> /*answer*/) {}
void Cluster::ask_bars(schemas::InstrumentId /*instrument*/, schemas::Interval /*interval*/,
                       feeds::BarsAnswer /*answer*/) {}
std::string Cluster::venues() const { return "[]\n"; }
std::optional<EdgeReport> Cluster::edge() const { return std::nullopt; }
std::optional<IngestReport> Cluster::ingest() const { return std::nullopt; }
void Cluster::collect(MetricFamilies& /*families*/) const {}

// NOLINTEND(performance-unnecessary-value-param)

}  // namespace tickgate::gateway
