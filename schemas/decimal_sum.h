// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "schemas/decimal.h"

namespace tickgate::schemas {

// Exact, with as many decimals as the finer of the two; nullopt when it needs more than 119 bits.
constexpr std::optional<Decimal> sum(const Decimal& a, const Decimal& b) {
  std::int64_t plain = 0;
  if (a.decimals == b.decimals && a.fits_mantissa() &&
      !__builtin_add_overflow(a.mantissa, b.mantissa, &plain)) [[likely]] {
    return Decimal{plain, a.decimals};
  }
  const auto scale = std::max(a.scale(), b.scale());
  __int128 parts[2] = {a.whole(), b.whole()};
  const std::uint64_t scales[2] = {a.scale(), b.scale()};
  for (int i = 0; i < 2; ++i) {
    const auto finer = static_cast<unsigned>(scale - scales[i]);
    if (__builtin_mul_overflow(parts[i], pow10(finer), &parts[i])) return std::nullopt;
  }
  __int128 whole = 0;
  constexpr __int128 kLimit = __int128{1} << 119U;
  if (__builtin_add_overflow(parts[0], parts[1], &whole)) return std::nullopt;
  if (whole < -kLimit || whole >= kLimit) return std::nullopt;
  return Decimal::of(whole, scale);
}

}  // namespace tickgate::schemas
