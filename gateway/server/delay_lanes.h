// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "feeds/delay/delay_line.h"
#include "feeds/delay/delay_thread.h"
#include "gateway/api/metric_families.h"
#include "gateway/config/config.h"
#include "gateway/shard/shard.h"

namespace tickgate::gateway {

// The delays that plans and defaults have, in seconds, from the shortest: each makes a lane. More
// than DelayLine::kMostDelays are too many.
std::vector<std::uint32_t> delays_of(const Config& config);

// The longest that anybody may have who gets this gateway's bars; 0: nobody is delayed. Whoever
// publishes does not know which delays its edges have.
std::chrono::seconds longest_delay_of(const Config& config);

// What of a configuration cannot be had without another lane: a line for each plan whose delay is
// more than `longest` (seconds). Shorter ones are served by the next longer lane.
std::vector<std::string> without_lane(const Config& config, std::uint32_t longest);

// What stands between feeds and the delayed lanes of all shards. Main thread.
class DelayLanes {
 public:
  using Shards = std::vector<std::unique_ptr<Shard>>;

  // Null: nobody is delayed. Adds a lane to each shard for each delay. Before feeds are made;
  // shards outlive it.
  static absl::StatusOr<std::unique_ptr<DelayLanes>> make(const Config& config,
                                                          const Shards& shards);

  // For one more feed thread: its ring, which outlives it; and its beat.
  feeds::ShardLink add_ring();
  void watch(const feeds::Beat& beat);

  std::uint32_t longest() const { return line_->delays().back(); }
  void start() { thread_.start(); }
  void stop() { thread_.stop(); }
  void collect(MetricFamilies& families) const;

 private:
  DelayLanes(std::unique_ptr<feeds::DelayLine> line, const Shards& shards);

  std::unique_ptr<feeds::DelayLine> line_;
  std::vector<std::vector<Lane*>> lanes_;  // by delay, of each shard
  feeds::DelayThread thread_{*line_};
};

}  // namespace tickgate::gateway
