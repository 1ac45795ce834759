// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace tickgate::gateway {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

template <typename Count>
double number(Count count) {
  return static_cast<double>(count);
}

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
  // The sum of several threads' histograms, of one kind (feeds::Histogram).
  template <typename Histogram>
  void histogram(std::string_view name, std::string_view help,
                 const std::vector<const Histogram*>& parts, MetricLabels labels = {}) {
    auto& sum = add(name, help, prometheus::MetricType::Histogram, labels).histogram;
    for (std::size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
      for (const auto* part : parts) sum.sample_count += part->bucket(i);
      sum.bucket.push_back(
          {sum.sample_count, i < Histogram::kBounds.size()
                                 ? static_cast<double>(Histogram::kBounds[i]) / kMicros
                                 : std::numeric_limits<double>::infinity()});
    }
    std::uint64_t micros = 0;
    for (const auto* part : parts) micros += part->sum_microseconds();
    sum.sample_sum = static_cast<double>(micros) / kMicros;
  }

  std::vector<prometheus::MetricFamily> finish() { return std::move(families_); }

 private:
  // To divide by: times 1e-6, 100'000 would be no 0.1, and rules name a bound by its text.
  static constexpr double kMicros = 1e6;

  prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                prometheus::MetricType type, MetricLabels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tickgate::gateway
