// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace tickgate::gateway {

// The same families in the form of OpenMetrics 1.0.0, which prometheus-cpp does not write. Counters
// are named "..._total", and no other family is named like one without that.
std::string open_metrics(const std::vector<prometheus::MetricFamily>& families);

}  // namespace tickgate::gateway
