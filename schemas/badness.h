// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schemas/ids.h"

namespace tickgate::schemas {

// Of two states the worse is shown: the more, the worse.
constexpr int badness(State state) {
  switch (state) {
    case State::kLive:
      return 0;
    case State::kHalted:
      return 1;
    case State::kStale:
      return 2;
    case State::kRecovering:
      return 3;
    case State::kDown:
      return 4;
    case State::kClosed:
      return 5;
  }
  return 5;
}

}  // namespace tickgate::schemas
