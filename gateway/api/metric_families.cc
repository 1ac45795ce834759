// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metric_families.h"

#include <algorithm>
#include <string>

namespace tickgate::gateway {

prometheus::ClientMetric& MetricFamilies::add(std::string_view name, std::string_view help,
                                              prometheus::MetricType type, MetricLabels labels) {
  std::string full(name.starts_with("process_") ? "" : "tickgate_");
  full.append(name);
  // Mostly it is one of the last.
  const auto found = std::find_if(families_.rbegin(), families_.rend(),
                                  [&](const auto& other) { return other.name == full; });
  auto& family =
      found != families_.rend()
          ? *found
          : families_.emplace_back(prometheus::MetricFamily{full, std::string(help), type, {}});
  auto& metric = family.metric.emplace_back();
  for (const auto& [key, value] : labels) {
    metric.label.push_back({std::string(key), std::string(value)});
  }
  return metric;
}

}  // namespace tickgate::gateway
