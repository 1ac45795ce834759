// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gateway/api/metric_families.h"
#include "gateway/api/metrics.h"

namespace tickgate::gateway {

// How long ticks are on their way, stage by stage, and what of it is but the venue's clock. Of
// venue and channel those pairs that had a tick: which of them a venue stamps is its own affair.
void collect_latency(MetricFamilies& families, const std::vector<const Shard*>& shards,
                     const std::vector<MetricSources::FeedSource>& feeds);

}  // namespace tickgate::gateway
