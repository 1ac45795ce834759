// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gateway/api/metric_families.h"
#include "gateway/shard/shard.h"

namespace tickgate::gateway {

// What shards count: their clients, what these are sent, and how late.
void collect_shards(MetricFamilies& families, const std::vector<const Shard*>& shards);

}  // namespace tickgate::gateway
