// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "schemas/ids.h"

namespace tickgate::gateway {

// Microseconds of a clock that never jumps; only differences mean anything.
using Monotonic = schemas::Strong<struct MonotonicTag, std::int64_t>;

inline Monotonic monotonic_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Monotonic{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

constexpr Monotonic operator+(Monotonic time, std::chrono::microseconds span) {
  return Monotonic{time.value() + span.count()};
}
constexpr std::chrono::microseconds operator-(Monotonic later, Monotonic earlier) {
  return std::chrono::microseconds{later.value() - earlier.value()};
}

}  // namespace tickgate::gateway
