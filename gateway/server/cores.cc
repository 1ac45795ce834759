// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/cores.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace tickgate::gateway {
namespace {

// cgroup v2: "QUOTA PERIOD" in microseconds, or "max PERIOD". 0: no quota.
std::uint32_t quota_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  std::int64_t period = 0;
  if (!(file >> quota >> period) || period <= 0) return 0;
  std::int64_t allowed = 0;
  const auto read = std::from_chars(quota.data(), quota.data() + quota.size(), allowed);
  if (read.ec != std::errc{} || allowed <= 0) return 0;
  return static_cast<std::uint32_t>((allowed + period - 1) / period);
}

}  // namespace

std::uint32_t granted_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::uint32_t cores = 1;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    cores = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  }
  const auto quota = quota_cores();
  return quota == 0 ? cores : std::min(cores, quota);
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
}

}  // namespace tickgate::gateway
