// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "schemas/ids.h"

namespace tickgate::feeds {

// When a list that the venue pushes is asked for again: ever later while it does not come, and in a
// while when it came, lest its channel alone has died. The received times are the clock.
class AskingPace {
 public:
  void asked(schemas::Timestamp now) {
    due_ = schemas::Timestamp{now.value() + wait_};
    wait_ = std::min(2 * wait_, kLongest);
  }
  void answered(schemas::Timestamp now) {
    due_ = schemas::Timestamp{now.value() + kRefresh};
    wait_ = kFirst;
  }
  bool due(schemas::Timestamp now) const { return due_ && now >= *due_; }
  // The connection is gone, or there is nothing to ask.
  void stop() { *this = AskingPace(); }

 private:
  static constexpr std::int64_t kFirst = 10'000'000;  // microseconds
  static constexpr std::int64_t kLongest = 300'000'000, kRefresh = 300'000'000;

  std::optional<schemas::Timestamp> due_;
  std::int64_t wait_ = kFirst;
};

}  // namespace tickgate::feeds
