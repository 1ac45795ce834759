// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/feed/age_histogram.h"
#include "gateway/shard/histogram.h"

namespace tickgate::gateway {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Collects families by name, in order. Every name gets the prefix "tickgate_" unless it begins with
// "process_".
class MetricFamilies {
 public:
  void counter(std::string_view name, std::string_view help, double value,
               MetricLabels labels = {}) {
    add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
  }
  void gauge(std::string_view name, std::string_view help, double value, MetricLabels labels = {}) {
    add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
  }
  // The sum of several threads' histograms.
  void histogram(std::string_view name, std::string_view help,
                 std::span<const LatencyHistogram* const> parts, MetricLabels labels = {});
  void histogram(std::string_view name, std::string_view help, const feeds::AgeHistogram& ages,
                 MetricLabels labels);

  std::vector<prometheus::MetricFamily> finish() { return std::move(families_); }

 private:
  prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                prometheus::MetricType type, MetricLabels labels);

  std::vector<prometheus::MetricFamily> families_;
};

// The text of /metrics. Bounds of buckets stand in it as people write them, 0.0006 and not
// 0.0005999999999999999, so that a query or an alert can name them.
std::string exposition(const std::vector<prometheus::MetricFamily>& families);

// Of this process, from /proc: CPU time, memory, descriptors, start.
void collect_process(MetricFamilies& families);

}  // namespace tickgate::gateway
