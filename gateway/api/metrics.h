// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "feeds/derived/bars.h"
#include "feeds/feed/feed.h"
#include "feeds/publish/ring_fan.h"
#include "gateway/api/exposition.h"
#include "gateway/api/metric_families.h"
#include "gateway/shard/histogram.h"
#include "gateway/shard/memory_budget.h"
#include "gateway/shard/shard.h"

namespace tickgate::gateway {

// What the metrics are collected from. Pointers live as long as the process serves, but for those
// of the feeds, which come and go.
struct MetricSources {
  struct FeedSource {
    std::string name;
    const feeds::Feed* feed;
    const feeds::RingFan* fan;
    const feeds::BarsCounters* bars = nullptr;  // null in tests that have none
  };
  std::vector<const Shard*> shards;
  // Calls back once with the feeds there are, which stay until that returns.
  using Collect = std::function<void(const std::vector<FeedSource>&)>;
  std::function<void(const Collect&)> with_feeds;
  std::function<void(MetricFamilies&)> server;    // what only the server knows of itself
  const MemoryBudget* memory = nullptr;           // of the process
  const LatencyHistogram* book_copies = nullptr;  // see FullBooks::copies()
};

// The text of /metrics: plain counters of all threads, collected now, in prometheus-cpp's families.
// Every label value is from a closed set. The main thread.
class Metrics {
 public:
  explicit Metrics(MetricSources sources);
  ~Metrics();
  std::string text(Exposition form = Exposition::kText) const;

 private:
  class Collector;
  std::shared_ptr<Collector> collector_;
};

}  // namespace tickgate::gateway
