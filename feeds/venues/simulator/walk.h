// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "feeds/venues/simulator/random.h"
#include "schemas/ids.h"

namespace tickgate::feeds::simulator {

// What a pair is worth at a moment, for every venue with the same seed: a function of seed, pair
// and time, so that made-up venues that know nothing of each other stay near each other, and any
// moment of the past has its price. Waves of four lengths, each a line from one made-up height to
// the next; together less than a fiftieth of the listing's price to either side.
class Walk {
 public:
  Walk(std::uint64_t seed, std::string_view pair) : salt_(scatter(seed)) {
    for (const char c : pair) salt_ = scatter(salt_ ^ static_cast<unsigned char>(c));
  }

  // The price there, where the listing has `home`.
  std::int64_t price(std::int64_t home, schemas::Timestamp now) const {
    std::int64_t parts = 0;
    for (std::uint64_t i = 0; i < kWaves.size(); ++i) parts += height(i, now.value());
    return home + static_cast<std::int64_t>(static_cast<__int128>(home) * parts / kWhole);
  }

 private:
  static constexpr std::int64_t kWhole = 1'000'000'000;

  struct Wave {
    std::int64_t length;  // us
    std::int64_t height;  // of kWhole, to either side
  };
  static constexpr std::array<Wave, 4> kWaves = {{{4LL * 3'600'000'000, 12'000'000},
                                                  {20LL * 60'000'000, 4'000'000},
                                                  {60'000'000, 700'000},
                                                  {5'000'000, 60'000}}};

  std::int64_t knot(std::uint64_t wave, std::int64_t index) const {
    const auto bits = scatter(salt_ ^ scatter(static_cast<std::uint64_t>(index) * 4 + wave));
    const auto range = static_cast<std::uint64_t>(2 * kWaves[wave].height + 1);
    return static_cast<std::int64_t>(((bits >> 32U) * range) >> 32U) - kWaves[wave].height;
  }
  std::int64_t height(std::uint64_t wave, std::int64_t at) const {
    const auto length = kWaves[wave].length;
    const auto index = at / length;
    const auto from = knot(wave, index);
    const auto to = knot(wave, index + 1);
    return from + static_cast<std::int64_t>(static_cast<__int128>(to - from) *
                                            (at - index * length) / length);
  }

  std::uint64_t salt_;
};

}  // namespace tickgate::feeds::simulator
