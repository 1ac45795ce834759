// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gateway/api/metric_families.h"
#include "gateway/api/metrics.h"

namespace tickgate::gateway {

// Of the feeds that have two lines, each line's.
void collect_lines(MetricFamilies& families, const std::vector<MetricSources::FeedSource>& feeds);

}  // namespace tickgate::gateway
