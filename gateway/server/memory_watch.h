// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "feeds/log/log.h"
#include "gateway/http/visitors.h"
#include "gateway/shard/memory_budget.h"

namespace tickgate::gateway {

// The memory that a container's limit (cgroup v2 or v1) grants this process; 0: as much as there
// is. `root` is where the cgroup's files are.
std::uint64_t granted_memory(const std::string& root = "/sys/fs/cgroup");

// limits.memory, or four fifths of what is granted: the rest is for the kernel, and for what comes
// between two looks. 0: no budget.
std::uint64_t memory_budget(std::uint64_t configured, std::uint64_t granted);

// What counts against the budget now: resident bytes, and the buffers of sockets where a limit is
// set that counts them.
std::uint64_t held_memory(const std::string& root = "/sys/fs/cgroup");

// Looks ten times a second at what this process holds, tells the budget, and says in the log what
// follows from it. Main thread.
class MemoryWatch {
 public:
  MemoryWatch(boost::asio::io_context& io, MemoryBudget& budget, Visitors& visitors)
      : timer_(io), budget_(budget), visitors_(visitors) {}

  void start();
  void stop() { timer_.cancel(); }

 private:
  void look();

  boost::asio::steady_timer timer_;
  MemoryBudget& budget_;
  Visitors& visitors_;
  feeds::log::Limiter tight_line_, shed_line_;
  std::uint64_t seen_ = 0;  // of those shed, at the last trim
  std::uint64_t shed_ = 0;  // that have been said
  std::chrono::steady_clock::time_point trimmed_{};
};

}  // namespace tickgate::gateway
