// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "feeds/publish/histogram.h"

namespace tickgate::gateway {

// Durations from 10 µs to 1 s, five bounds a decade, so that a quantile lies between two that are
// at most 5:3 apart. 10 ms stands among them exactly: it is the promise.
inline constexpr std::array<std::int64_t, 26> kLatencyBounds = {
    10,     15,     25,      40,      60,      100,     150,     250,      400,
    600,    1'000,  1'500,   2'500,   4'000,   6'000,   10'000,  15'000,   25'000,
    40'000, 60'000, 100'000, 150'000, 250'000, 400'000, 600'000, 1'000'000};
using LatencyHistogram = feeds::Histogram<kLatencyBounds>;

}  // namespace tickgate::gateway
