// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <array>
#include <string>

namespace tickgate::gateway {

// `otherwise`: where the system does not tell.
inline std::string host_name(const char* otherwise) {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : otherwise;
}

}  // namespace tickgate::gateway
