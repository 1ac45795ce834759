// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>

#include "gateway/api/version.h"
#include "gateway/log/log.h"

namespace tickgate::gateway {
namespace {

const double kStart =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

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

void collect_process(MetricFamilies& families) {
  families.gauge("build_info", "constant 1, with what was built; commit is empty if not known", 1,
                 {{"version", kVersion}, {"commit", kCommit}});
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  families.counter("process_cpu_seconds_total", "CPU time, user and system, in seconds",
                   seconds(usage.ru_utime) + seconds(usage.ru_stime));
  families.gauge("process_resident_memory_bytes", "resident memory, in bytes", resident_bytes());
  families.gauge("process_open_fds", "open descriptors", static_cast<double>(open_descriptors()));
  families.gauge("process_max_fds", "the limit on descriptors",
                 static_cast<double>(files.rlim_cur));
  families.gauge("process_start_time_seconds", "when this process began, since the epoch", kStart);
  families.counter("log_lines_dropped_total", "log lines lost, the log being full",
                   static_cast<double>(log::dropped()));
}

void collect_memory(MetricFamilies& families, const MemoryBudget& memory) {
  families.gauge("memory_budget_bytes", "what the process may hold, 0: no budget",
                 static_cast<double>(memory.bytes()));
  families.gauge("memory_held_bytes",
                 "what counts against it: resident, and sockets where a limit counts them",
                 static_cast<double>(memory.held()));
  families.counter("clients_shed_total", "streams ended because memory was short",
                   static_cast<double>(memory.shed()));
}

}  // namespace tickgate::gateway
