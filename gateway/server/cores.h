// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tickgate::gateway {

// Cores this process may use: its affinity, and the cgroup's CPU quota rounded up; at least 1.
std::uint32_t granted_cores();

// Raises the limit of open descriptors as far as it may go. -> the limit then
std::uint64_t raise_descriptor_limit();

}  // namespace tickgate::gateway
