// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/exposition.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <charconv>
#include <cmath>
#include <system_error>

#include "gateway/api/open_metrics.h"

namespace tickgate::gateway {
namespace {

// Bounds are whole microseconds.
std::string plain_seconds(double bound) {
  const auto micros = std::llround(bound * 1e6);
  auto text = fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string text(const std::vector<prometheus::MetricFamily>& families) {
  const std::string raw = prometheus::TextSerializer().Serialize(families);
  static constexpr std::string_view kBound = "le=\"";
  std::string out;
  out.reserve(raw.size());
  std::size_t done = 0;
  for (auto at = raw.find(kBound); at != std::string::npos; at = raw.find(kBound, done)) {
    const auto begin = at + kBound.size();
    const auto end = raw.find('"', begin);
    double bound = 0;
    const auto read = std::from_chars(raw.data() + begin, raw.data() + end, bound);
    out.append(raw, done, begin - done);
    done = begin;
    if (read.ec != std::errc{} || read.ptr != raw.data() + end) continue;  // "+Inf"
    out += plain_seconds(bound);
    done = end;
  }
  return out.append(raw, done);
}

}  // namespace

std::string_view content_type(Exposition form) {
  return form == Exposition::kText ? "text/plain; version=0.0.4; charset=utf-8"
                                   : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string exposition(const std::vector<prometheus::MetricFamily>& families, Exposition form) {
  return form == Exposition::kText ? text(families) : open_metrics(families);
}

}  // namespace tickgate::gateway
