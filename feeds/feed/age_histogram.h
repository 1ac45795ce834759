// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "feeds/publish/histogram.h"

namespace tickgate::feeds {

// Ages from 1 ms to 1 min. 500 ms and 2 s stand among the bounds exactly: below the one data is
// fresh, beyond the other it is stale.
inline constexpr std::array<std::int64_t, 14> kAgeBounds = {
    1'000,   2'500,   5'000,     10'000,    25'000,    50'000,     100'000,
    250'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 15'000'000, 60'000'000};
using AgeHistogram = Histogram<kAgeBounds>;

}  // namespace tickgate::feeds
