// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::gateway {

// In which form metrics are written: Prometheus' own text, or OpenMetrics 1.0.0.
enum class Exposition : std::uint8_t { kText, kOpenMetrics };

std::string_view content_type(Exposition form);

// Bounds of buckets stand in it as people write them, 0.0006 and not 0.0005999999999999999, so that
// a query or an alert can name them.
std::string exposition(const std::vector<prometheus::MetricFamily>& families, Exposition form);

}  // namespace tickgate::gateway
