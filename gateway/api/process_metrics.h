// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/api/metric_families.h"
#include "gateway/shard/memory_budget.h"

namespace tickgate::gateway {

// Of this process, from /proc: CPU time, memory, descriptors, start; what it is, and its log.
void collect_process(MetricFamilies& families);

void collect_memory(MetricFamilies& families, const MemoryBudget& memory);

}  // namespace tickgate::gateway
