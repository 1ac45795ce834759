// SPDX-License-Identifier: Apache-2.0
#include "tests/load/process_sample.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace tickgate::load {

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  // proc(5) counts from 1; what follows the name is the third field.
  constexpr std::size_t kFirst = 3, kUser = 14, kSystem = 15, kResident = 24;
  std::array<std::uint64_t, kResident + 1> fields{};
  std::size_t at = name_end + 1;
  for (std::size_t i = kFirst; i <= kResident; ++i) {
    at = text.find_first_not_of(' ', at);
    if (at == std::string_view::npos) return std::nullopt;
    const auto end = std::min(text.find(' ', at), text.size());
    // Letters and negative numbers are among them, and none of ours.
    std::from_chars(text.data() + at, text.data() + end, fields[i]);
    at = end;
  }
  return ProcessStat{fields[kUser], fields[kSystem], fields[kResident]};
}

std::optional<ProcessSample> sample_process(std::uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto stat = parse_process_stat(text);
  if (!stat) return std::nullopt;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ProcessSample{static_cast<double>(stat->user) / ticks,
                       static_cast<double>(stat->system) / ticks,
                       stat->resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace tickgate::load
