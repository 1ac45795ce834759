// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/text.h"

namespace tickgate::gateway {

struct MetricSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;

  // Empty where it has no such label.
  std::string_view label(std::string_view key) const;
};

// A line of Prometheus' text format (0.0.4; OpenMetrics 1.0 has the same): a sample, or nullopt for
// a comment and for what is no sample. Times and exemplars behind the value are passed over.
std::optional<MetricSample> read_sample(std::string_view line);

// A label's name and the value it must have; without a name: any sample.
struct LabelIs {
  std::string_view key{};
  std::string_view value{};
};

// What has come to lie at or below each bound, in seconds; ascending, the last bound is infinity.
struct Bucket {
  double bound = 0;
  double count = 0;
};
using Buckets = std::vector<Bucket>;

// The samples of one scrape, by name.
class MetricSet {
 public:
  static MetricSet read(std::string_view text);

  const std::vector<MetricSample>& of(std::string_view name) const;
  // nullopt: there is no such sample.
  std::optional<double> sum(std::string_view name, LabelIs where = {}) const;
  // Of `name`_bucket, the series added up; empty: there is none.
  Buckets histogram(std::string_view name, LabelIs where = {}) const;

 private:
  schemas::TextMap<std::vector<MetricSample>> by_name_;
};

// What came since `before`; all of `now` where that is no earlier state of it.
Buckets less(const Buckets& now, const Buckets& before);

// As Prometheus' histogram_quantile: straight between two bounds, the highest bound for what is
// beyond it. nullopt: nothing was counted.
std::optional<double> quantile(const Buckets& buckets, double which);

}  // namespace tickgate::gateway
