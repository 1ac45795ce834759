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
  __int128 left = a.whole(), right = b.whole(), whole = 0;
  const auto finer = [scale](const Decimal& of, __int128& part) {
    return !__builtin_mul_overflow(part, pow10(static_cast<unsigned>(scale - of.scale())), &part);
  };
  if (!finer(a, left) || !finer(b, right)) return std::nullopt;
  constexpr __int128 kLimit = __int128{1} << 119U;
  if (__builtin_add_overflow(left, right, &whole)) return std::nullopt;
  if (whole < -kLimit || whole >= kLimit) return std::nullopt;
  return Decimal::of(whole, scale);
}

// a - b, likewise.
constexpr std::optional<Decimal> difference(const Decimal& a, const Decimal& b) {
  constexpr __int128 kLeast = -(__int128{1} << 119U);
  if (b.whole() == kLeast) return std::nullopt;  // its opposite is no number of ours
  return sum(a, Decimal::of(-b.whole(), b.scale()));
}

}  // namespace tickgate::schemas
