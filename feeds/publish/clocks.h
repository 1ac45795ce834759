// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "feeds/publish/beat.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// For the threads that own a loop; all that they call is told the time.
inline Beat::Moment steady_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Beat::Moment>(now);
}
inline schemas::Timestamp wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return schemas::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

}  // namespace tickgate::feeds
