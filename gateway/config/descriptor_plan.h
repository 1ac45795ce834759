// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "gateway/config/config.h"

namespace tickgate::gateway {

// How the open files that a process is allowed are shared out, so that nobody's share can be taken
// by another: what is not the clients' is kept for the feeds, the admin port and files.
struct DescriptorPlan {
  std::uint64_t kept = 0;         // for all but clients
  std::uint32_t admin = 0;        // of them the admin port's
  std::uint64_t clients = 0;      // streams and those at the door together; 0: there are too few
  std::uint64_t connections = 0;  // streams, so that somebody can still come to the door
};

// `limit` is of the whole process, RLIMIT_NOFILE.
DescriptorPlan plan_descriptors(const Config& config, std::uint64_t limit);

// What the feeds of two lines cost, for people: a line of text for each.
std::string lines_text(const Config& config);

// This process's hard limit of open files, which it may raise itself to.
std::uint64_t descriptor_limit();

}  // namespace tickgate::gateway
