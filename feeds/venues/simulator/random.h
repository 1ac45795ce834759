// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tickgate::feeds::simulator {

// Scatters the bits of `x` (SplitMix64's finaliser): equal input, equal output, everywhere.
constexpr std::uint64_t scatter(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

// SplitMix64: one multiplication a number more than scatter(), and, unlike the distributions of
// the standard library, the same numbers with every compiler. Not for secrets.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t next() { return scatter(state_ += 0x9E3779B97F4A7C15U); }
  // 0 <= result < bound; bound up to 2^32.
  constexpr std::uint64_t below(std::uint64_t bound) { return ((next() >> 32U) * bound) >> 32U; }

 private:
  std::uint64_t state_;
};

}  // namespace tickgate::feeds::simulator
