// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "schemas/ids.h"

namespace tickgate::feeds {

// Since some start that never moves: for every timeout and interval. The wall clock may jump.
using Monotonic = std::chrono::microseconds;

// "Now", read once per event by whoever drives a feed and handed down; nothing below reads a clock.
struct Moment {
  schemas::Timestamp wall;
  Monotonic steady{};
};

}  // namespace tickgate::feeds
