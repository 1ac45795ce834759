// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metrics.h"

#include <prometheus/collectable.h>

#include <utility>

#include "gateway/api/exposition.h"
#include "gateway/api/feed_metrics.h"
#include "gateway/api/latency_metrics.h"
#include "gateway/api/line_metrics.h"
#include "gateway/api/process_metrics.h"
#include "gateway/api/shard_metrics.h"

namespace tickgate::gateway {

// A room that counts something new adds a line here; what only the server knows of itself stands
// in Server::collect_metrics().
class Metrics::Collector final : public prometheus::Collectable {
 public:
  explicit Collector(MetricSources sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    MetricFamilies families;
    collect_process(families);
    sources_.server(families);
    collect_memory(families, *sources_.memory);
    collect_shards(families, sources_.shards);
    sources_.with_feeds([&](const std::vector<MetricSources::FeedSource>& feeds) {
      collect_feeds(families, feeds);
      collect_lines(families, feeds);
      collect_latency(families, sources_.shards, feeds);
    });
    families.histogram<LatencyHistogram>(
        "full_book_copy_seconds", "of the feeds' thread, for each full book that HTTP asked for",
        {sources_.book_copies});
    return families.finish();
  }

 private:
  MetricSources sources_;
};

Metrics::Metrics(MetricSources sources)
    : collector_(std::make_shared<Collector>(std::move(sources))) {}
Metrics::~Metrics() = default;

std::string Metrics::text(Exposition form) const { return exposition(collector_->Collect(), form); }

}  // namespace tickgate::gateway
