// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/feed/moment.h"

namespace tickgate::gateway {

// Handed down by who drives: nothing in this room reads a clock (net/clock.h does).
using feeds::Monotonic;

}  // namespace tickgate::gateway
