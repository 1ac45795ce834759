// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/open_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

constexpr std::string_view kTotal = "_total";

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Histogram:
      return "histogram";
    default:
      return "gauge";
  }
}

// The part of a family's name that is its unit; empty: it has none.
std::string_view unit_of(std::string_view name) {
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (name.ends_with(unit) && name.size() > unit.size() &&
        name[name.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return {};
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

void append_number(std::string& out, double value) {
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::isnan(value)) {
    out += "NaN";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

// A bound in the one spelling that the standard has for each: 1.0, 0.001, 1e-05.
std::string bound_text(double bound) {
  std::string text;
  append_number(text, bound);
  if (text.find_first_not_of("0123456789") == text.npos) text += ".0";
  return text;
}

class Writer {
 public:
  std::string write(const std::vector<prometheus::MetricFamily>& families) {
    for (const auto& family : families) write(family);
    out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void write(const prometheus::MetricFamily& family) {
    name_ = family.name;
    if (family.type == MetricType::Counter) {
      TICKGATE_CHECK(name_.ends_with(kTotal) && "a counter is named so");
      name_.remove_suffix(kTotal.size());
    }
    fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n", name_, type_name(family.type));
    if (const auto unit = unit_of(name_); !unit.empty()) {
      fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", name_, unit);
    }
    fmt::format_to(std::back_inserter(out_), "# HELP {} ", name_);
    append_escaped(out_, family.help);
    out_ += '\n';
    for (const auto& metric : family.metric) write(metric, family.type);
  }
  void write(const ClientMetric& metric, MetricType type) {
    switch (type) {
      case MetricType::Counter:
        return sample(kTotal, metric, metric.counter.value);
      case MetricType::Histogram:
        for (const auto& bucket : metric.histogram.bucket) {
          sample("_bucket", metric, static_cast<double>(bucket.cumulative_count),
                 bound_text(bucket.upper_bound));
        }
        sample("_count", metric, static_cast<double>(metric.histogram.sample_count));
        return sample("_sum", metric, metric.histogram.sample_sum);
      default:
        return sample("", metric, metric.gauge.value);
    }
  }
  void sample(std::string_view suffix, const ClientMetric& metric, double value,
              std::string_view bound = {}) {
    out_.append(name_).append(suffix);
    char before = '{';
    for (const auto& label : metric.label) {
      fmt::format_to(std::back_inserter(out_), "{}{}=\"", before, label.name);
      append_escaped(out_, label.value);
      out_ += '"';
      before = ',';
    }
    if (!bound.empty()) {
      fmt::format_to(std::back_inserter(out_), "{}le=\"{}\"", before, bound);
      before = ',';
    }
    if (before == ',') out_ += '}';
    out_ += ' ';
    append_number(out_, value);
    out_ += '\n';
  }

  std::string out_;
  std::string_view name_;  // of the family at hand
};

}  // namespace

std::string open_metrics(const std::vector<prometheus::MetricFamily>& families) {
  return Writer().write(families);
}

}  // namespace tickgate::gateway
