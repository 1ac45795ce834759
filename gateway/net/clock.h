// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "feeds/feed/moment.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

using feeds::Monotonic;

inline Monotonic monotonic_now() {
  return std::chrono::duration_cast<Monotonic>(std::chrono::steady_clock::now().time_since_epoch());
}

// Who comes so late to what it does many times a second has not run: the process was stopped, or
// its machine, or had no core. What came meanwhile lies unread, and must be held against nobody.
inline constexpr std::chrono::milliseconds kPause{250};

// The wall clock, for what people and other machines read.
inline schemas::Timestamp wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return schemas::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace tickgate::gateway
