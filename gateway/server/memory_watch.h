// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
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

// Says when what clients left behind should go back to the system, which the allocator by itself
// does for little of it: half of them have left, and for a second nobody more did. Pure.
class LeaveWatch {
 public:
  // `clients` there are now; call it often.
  bool should_trim(std::uint32_t clients, std::chrono::steady_clock::time_point now);

 private:
  static constexpr std::uint32_t kFew = 100;  // of fewer, what they left is not worth it

  std::uint32_t most_ = 0;  // since the last time
  std::uint32_t last_ = 0;
  std::chrono::steady_clock::time_point left_{};  // when one was last missing
};

// Looks ten times a second at what this process holds, tells the budget, and says in the log what
// follows from it. Main thread.
class MemoryWatch {
 public:
  // All outlive it.
  MemoryWatch(boost::asio::io_context& io, MemoryBudget& budget, Visitors& visitors,
              const std::atomic<std::uint32_t>& clients)
      : timer_(io), budget_(budget), visitors_(visitors), clients_(clients) {}

  void start();
  // A look that was due already comes, and is the last.
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void look();
  void note_budget(std::chrono::steady_clock::time_point now);

  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  MemoryBudget& budget_;
  Visitors& visitors_;
  const std::atomic<std::uint32_t>& clients_;
  LeaveWatch leave_watch_;
  feeds::log::Limiter tight_line_, shed_line_;
  std::uint64_t seen_ = 0;  // of those shed, at the last trim
  std::uint64_t shed_ = 0;  // that have been said
  std::chrono::steady_clock::time_point trimmed_{};
};

}  // namespace tickgate::gateway
