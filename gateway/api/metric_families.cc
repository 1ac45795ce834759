// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metric_families.h"

#include <dirent.h>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>

namespace tickgate::gateway {
namespace {

std::size_t open_descriptors() {
  DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::size_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count < 3 ? 0 : count - 3;  // ".", ".." and the folder itself
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

prometheus::ClientMetric& MetricFamilies::add(std::string_view name, std::string_view help,
                                              prometheus::MetricType type, MetricLabels labels) {
  std::string full(name.starts_with("process_") ? "" : "tickgate_");
  full.append(name);
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const auto& other) { return other.name == full; });
  if (family == families_.end()) {
    families_.push_back({full, std::string(help), type, {}});
    family = families_.end() - 1;
  }
  auto& metric = family->metric.emplace_back();
  for (const auto& [key, value] : labels) {
    metric.label.push_back({std::string(key), std::string(value)});
  }
  return metric;
}

namespace {

// Of either kind: their bounds are in microseconds, their buckets not cumulative.
template <typename Histogram>
void fill(prometheus::ClientMetric::Histogram& histogram, std::span<const Histogram* const> parts) {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
    for (const auto* part : parts) count += part->bucket(i);
    const double bound = i < Histogram::kBounds.size()
                             ? static_cast<double>(Histogram::kBounds[i]) * 1e-6
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({count, bound});
  }
  for (const auto* part : parts) sum += part->sum_microseconds();
  histogram.sample_count = count;
  histogram.sample_sum = static_cast<double>(sum) * 1e-6;
}

// Bounds are whole microseconds.
std::string plain_seconds(double bound) {
  const auto micros = std::llround(bound * 1e6);
  auto text = fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

void MetricFamilies::histogram(std::string_view name, std::string_view help,
                               std::span<const LatencyHistogram* const> parts,
                               MetricLabels labels) {
  fill(add(name, help, prometheus::MetricType::Histogram, labels).histogram, parts);
}

void MetricFamilies::histogram(std::string_view name, std::string_view help,
                               const feeds::AgeHistogram& ages, MetricLabels labels) {
  const feeds::AgeHistogram* const parts[] = {&ages};
  fill<feeds::AgeHistogram>(add(name, help, prometheus::MetricType::Histogram, labels).histogram,
                            parts);
}

std::string exposition(const std::vector<prometheus::MetricFamily>& families) {
  const std::string raw = prometheus::TextSerializer().Serialize(families);
  static constexpr std::string_view kBound = "le=\"";
  std::string text;
  text.reserve(raw.size());
  std::size_t done = 0;
  for (auto at = raw.find(kBound); at != std::string::npos; at = raw.find(kBound, done)) {
    const auto begin = at + kBound.size();
    const auto end = raw.find('"', begin);
    double bound = 0;
    const auto read = std::from_chars(raw.data() + begin, raw.data() + end, bound);
    text.append(raw, done, begin - done);
    done = begin;
    if (read.ec != std::errc{} || read.ptr != raw.data() + end) continue;  // "+Inf"
    text += plain_seconds(bound);
    done = end;
  }
  return text.append(raw, done);
}

void collect_process(MetricFamilies& families) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  static const double start =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  families.counter("process_cpu_seconds_total", "CPU time, user and system",
                   seconds(usage.ru_utime) + seconds(usage.ru_stime));
  families.gauge("process_resident_memory_bytes", "resident memory", resident_bytes());
  families.gauge("process_open_fds", "open descriptors", static_cast<double>(open_descriptors()));
  families.gauge("process_max_fds", "the limit on descriptors",
                 static_cast<double>(files.rlim_cur));
  families.gauge("process_start_time_seconds", "when this process began to serve", start);
}

}  // namespace tickgate::gateway
