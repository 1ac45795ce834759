// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tickgate::gateway {

// RFC 6455, 5.2. The values 3 to 7 and 11 to 15 are reserved.
enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

constexpr bool is_control(Opcode opcode) { return (static_cast<unsigned>(opcode) & 8U) != 0; }

}  // namespace tickgate::gateway
