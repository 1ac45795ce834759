// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tickgate::load {

// What a process has used since its start, and holds now.
struct ProcessSample {
  double user = 0;             // seconds
  double system = 0;           // seconds
  std::uint64_t resident = 0;  // bytes

  double cpu() const { return user + system; }
};

// From /proc; nullopt when there is no such process.
std::optional<ProcessSample> sample_process(std::uint32_t pid);

// The text of /proc/PID/stat; the name in it may hold anything. Times in ticks, memory in pages.
struct ProcessStat {
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t resident = 0;
};
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// Our own CPU time, in seconds.
double own_cpu();

}  // namespace tickgate::load
