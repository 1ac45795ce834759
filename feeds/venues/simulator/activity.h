// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "feeds/venues/simulator/random.h"

namespace tickgate::feeds::simulator {

// How much is traded in a pair at a moment, where that changes: a function of seed, pair and time,
// the same at every venue of a seed. A line from one made-up height to the next, of which most are
// low and some are high.
class Activity {
 public:
  static constexpr std::uint64_t kUsual = 1024;  // on average; from a fifth of it to 2.6 times

  Activity(std::uint64_t seed, std::string_view pair) : salt_(scatter(~seed)) {
    for (const char c : pair) salt_ = scatter(salt_ ^ static_cast<unsigned char>(c));
  }

  // In microseconds since the epoch.
  std::uint64_t at(std::int64_t time) const {
    const auto index = time / kLength;
    const auto from = height(index), to = height(index + 1);
    return static_cast<std::uint64_t>(from + (to - from) * (time % kLength) / kLength);
  }

 private:
  static constexpr std::int64_t kLength = 100'000'000;

  std::int64_t height(std::int64_t index) const {
    constexpr std::uint64_t kLeast = kUsual / 5;
    const auto unit = scatter(salt_ ^ static_cast<std::uint64_t>(index)) >> 54U;
    // The mean of a square is a third.
    return static_cast<std::int64_t>(kLeast + (3 * (kUsual - kLeast) * unit * unit >> 20U));
  }

  std::uint64_t salt_;
};

}  // namespace tickgate::feeds::simulator
