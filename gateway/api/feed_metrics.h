// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gateway/api/metric_families.h"
#include "gateway/api/metrics.h"

namespace tickgate::gateway {

// What feeds count, each with every label value from its start.
void collect_feeds(MetricFamilies& families, const std::vector<MetricSources::FeedSource>& feeds);

}  // namespace tickgate::gateway
