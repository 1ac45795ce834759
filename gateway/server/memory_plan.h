// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "gateway/config/config.h"

namespace tickgate::gateway {

// What a configuration may take of memory, in bytes, by the code's own sizes: what a pod is given
// should be as much. Kernel memory of sockets is in it, as cgroups count it.
struct MemoryPlan {
  std::uint64_t fixed = 0;          // the program, instruments, rings
  std::uint64_t delay = 0;          // of the lanes of those who are delayed, what is held included
  std::uint64_t bars = 0;           // that feeds keep, whoever follows them
  std::uint64_t followed_bars = 0;  // what all shards hold of them, all that can be being followed
  std::uint64_t trades = 0;         // likewise, for who reads slowly or comes back
  std::uint64_t connection = 0;     // a stream that reads nothing, of all it may subscribe to
  std::uint64_t kernel = 0;         // of that, what the kernel holds
  std::uint64_t http = 0;           // all visitors
  std::uint64_t all = 0;            // with all connections such streams
};

// How many consolidated instruments there may be: of those that the configuration lists each once,
// and one of each that a made-up venue lists.
std::uint64_t consolidated_instruments(const Config& config);

MemoryPlan plan_memory(const Config& config);

// Lines for people: the sum and its parts, and a warning if the budget cannot hold what is fixed.
std::string memory_text(const Config& config, const MemoryPlan& plan, std::uint64_t budget);

}  // namespace tickgate::gateway
