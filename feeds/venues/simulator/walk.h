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
// the next; together less than a fiftieth of the listing's price to either side. A rough one has
// two more, of lengths that fit into no bar, so that its bars have wicks.
class Walk {
  struct Line {
    std::int64_t begin = 0;
    std::int64_t from = 0, to = 0;  // the heights at its ends
    bool known = false;
  };
  static constexpr std::size_t kWaveCount = 4, kRoughCount = 6;

 public:
  // The lines it was on last: whoever asks for one moment after the other keeps them.
  using Lines = std::array<Line, kRoughCount>;

  Walk(std::uint64_t seed, std::string_view pair, bool rough = false)
      : salt_(scatter(seed)), rough_(rough) {
    for (const char c : pair) salt_ = scatter(salt_ ^ static_cast<unsigned char>(c));
  }

  // The price there, where the listing has `home`.
  std::int64_t price(std::int64_t home, schemas::Timestamp now) const {
    Lines lines{};
    return price(home, now, lines);
  }
  std::int64_t price(std::int64_t home, schemas::Timestamp now, Lines& lines) const {
    std::int64_t parts = 0;
    for (std::size_t i = 0; i < kWaveCount; ++i) parts += height(i, now.value(), lines[i]);
    if (rough_) [[unlikely]] {
      for (auto i = kWaveCount; i < kRoughCount; ++i) parts += height(i, now.value(), lines[i]);
    }
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(home, parts, &product)) [[likely]]
      return home + product / kWhole;
    return home + static_cast<std::int64_t>(static_cast<__int128>(home) * parts / kWhole);
  }

 private:
  static constexpr std::int64_t kWhole = 1'000'000'000;

  struct Wave {
    std::int64_t length;  // us; times twice the height it fits 63 bits
    std::int64_t height;  // of kWhole, to either side
  };
  static constexpr std::array<Wave, kRoughCount> kWaves = {{{4LL * 3'600'000'000, 12'000'000},
                                                            {20LL * 60'000'000, 4'000'000},
                                                            {60'000'000, 700'000},
                                                            {5'000'000, 60'000},
                                                            {97'000'000, 900'000},
                                                            {23'000'000, 450'000}}};

  std::int64_t knot(std::size_t wave, std::int64_t index) const {
    const auto place = static_cast<std::uint64_t>(index) * kWaveCount + wave % kWaveCount;
    const auto bits = scatter(salt_ ^ scatter(place + (wave / kWaveCount << 60U)));
    const auto range = static_cast<std::uint64_t>(2 * kWaves[wave].height + 1);
    return static_cast<std::int64_t>(((bits >> 32U) * range) >> 32U) - kWaves[wave].height;
  }
  std::int64_t height(std::size_t wave, std::int64_t at, Line& line) const {
    const auto length = kWaves[wave].length;
    if (!line.known || at < line.begin || at - line.begin >= length) {
      const auto index = at / length;
      line = {index * length, knot(wave, index), knot(wave, index + 1), true};
    }
    return line.from + (line.to - line.from) * (at - line.begin) / length;
  }

  std::uint64_t salt_;
  bool rough_;
};

}  // namespace tickgate::feeds::simulator
