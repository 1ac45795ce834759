// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tickgate::gateway {

// Asks the processor for memory that will be read and written soon. A hint, without effect on
// anything but time.
inline void prefetch(const void* begin, std::size_t bytes) {
  const auto* first = static_cast<const char*>(begin);
  for (std::size_t line = 0; line < bytes; line += 64) {
    __builtin_prefetch(first + line, 1);
    asm volatile("");  // or g++ takes the loop for empty, and removes it
  }
}

}  // namespace tickgate::gateway
