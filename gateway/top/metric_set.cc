// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/metric_set.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

namespace tickgate::gateway {
namespace {

constexpr std::string_view kBlanks = " \t";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

// The characters up to the first of `ends`; nothing if there is none of those.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const auto at = text.find_first_of(ends);
  if (at == std::string_view::npos) return {};
  const auto word = text.substr(0, at);
  text.remove_prefix(at);
  return word;
}

// Behind the opening quote, to the closing one.
bool take_quoted(std::string_view& text, std::string& value) {
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return true;
    if (c == '\\') {
      if (text.empty()) return false;
      c = text.front() == 'n' ? '\n' : text.front();
      text.remove_prefix(1);
    }
    value.push_back(c);
  }
  return false;
}

// Behind the opening brace, to the closing one.
bool take_labels(std::string_view& text, MetricSample& sample) {
  skip_blanks(text);
  while (!take(text, '}')) {
    auto& [key, value] = sample.labels.emplace_back();
    key = take_until(text, "= \t");
    skip_blanks(text);
    if (key.empty() || !take(text, '=')) return false;
    skip_blanks(text);
    if (!take(text, '"') || !take_quoted(text, value)) return false;
    skip_blanks(text);
    if (!take(text, ',') && !text.starts_with('}')) return false;
    skip_blanks(text);
  }
  return true;
}

std::optional<double> read_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

bool holds(const MetricSample& sample, LabelIs where) {
  return where.key.empty() || sample.label(where.key) == where.value;
}

}  // namespace

std::string_view MetricSample::label(std::string_view key) const {
  for (const auto& [its, what] : labels) {
    if (its == key) return what;
  }
  return {};
}

std::optional<MetricSample> read_sample(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  skip_blanks(line);
  if (line.empty() || line.starts_with('#')) return std::nullopt;
  MetricSample sample;
  sample.name = take_until(line, "{ \t");
  if (sample.name.empty()) return std::nullopt;
  skip_blanks(line);
  if (take(line, '{') && !take_labels(line, sample)) return std::nullopt;
  skip_blanks(line);
  const auto value = read_number(line.substr(0, line.find_first_of(kBlanks)));
  if (!value) return std::nullopt;
  sample.value = *value;
  return sample;
}

MetricSet MetricSet::read(std::string_view text) {
  MetricSet set;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto sample = read_sample(text.substr(0, end))) {
      auto& samples = set.by_name_[sample->name];
      samples.push_back(*std::move(sample));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return set;
}

const std::vector<MetricSample>& MetricSet::of(std::string_view name) const {
  static const std::vector<MetricSample> kNone;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

std::optional<double> MetricSet::sum(std::string_view name, LabelIs where) const {
  std::optional<double> sum;
  for (const auto& sample : of(name)) {
    if (holds(sample, where)) sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

Buckets MetricSet::histogram(std::string_view name, LabelIs where) const {
  std::map<double, double> counts;
  for (const auto& sample : of(std::string(name).append("_bucket"))) {
    const auto bound = read_number(sample.label("le"));
    if (bound && !std::isnan(*bound) && holds(sample, where)) counts[*bound] += sample.value;
  }
  Buckets buckets;
  buckets.reserve(counts.size());
  for (const auto& [bound, count] : counts) buckets.push_back({bound, count});
  return buckets;
}

Buckets less(const Buckets& now, const Buckets& before) {
  if (now.size() != before.size()) return now;
  Buckets rest = now;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (before[i].bound != now[i].bound || before[i].count > now[i].count) return now;
    rest[i].count -= before[i].count;
  }
  return rest;
}

std::optional<double> quantile(const Buckets& buckets, double which) {
  if (buckets.empty() || !(buckets.back().count > 0)) return std::nullopt;
  const double rank = which * buckets.back().count;
  Bucket below;
  for (const auto& bucket : buckets) {
    if (bucket.count >= rank && bucket.count > below.count) {
      if (std::isinf(bucket.bound)) return below.bound;
      const double part = (rank - below.count) / (bucket.count - below.count);
      return below.bound + (bucket.bound - below.bound) * part;
    }
    below = bucket;
  }
  return below.bound;
}

}  // namespace tickgate::gateway
