// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "schemas/ids.h"

namespace tickgate::schemas {

// An exact decimal number: mantissa / 10^decimals. It keeps the digits the venue sent, so "1.50"
// and "1.5" compare equal but print as they came. Never a double.
struct Decimal {
  // The sign and the low 63 bits of a whole number of 120 bits, two's complement.
  std::int64_t mantissa = 0;
  // Its low 8 bits: 0..kMaxDecimals. Its upper 56: the rest of the whole number, inverted when that
  // is negative, and so zero for all that fits the mantissa alone. As wide as the mantissa: padding
  // would be cleared in overlapping stores, and every copy of the whole would wait for them.
  std::uint64_t decimals = 0;

  static constexpr std::uint64_t kMaxDecimals = 36;
  // What nearly all numbers keep to, with 63 bits: these have `decimals` of at most 18 and nothing
  // above it, and one comparison tells them from the others.
  static constexpr std::uint64_t kPlainDecimals = 18;
  // Longest text: a sign, 36 digits, a point and a leading zero; of a plain number 19 digits.
  static constexpr std::size_t kMaxText = 39;
  static constexpr std::size_t kPlainText = 22;

  // Of a whole number from -2^119 to 2^119-1.
  static constexpr Decimal of(__int128 whole, std::uint64_t decimals) {
    const auto low = static_cast<std::uint64_t>(whole) & INT64_MAX;
    const auto sign = static_cast<std::uint64_t>(whole < 0) << 63U;
    const auto high = static_cast<std::uint64_t>((whole >> 63U) ^ (whole >> 127U));
    return {static_cast<std::int64_t>(low | sign), high << 8U | decimals};
  }
  constexpr __int128 whole() const {
    const __int128 high = __int128{decimals >> 8U} ^ -__int128{mantissa < 0};
    return (high << 63U) | __int128{static_cast<std::uint64_t>(mantissa) & INT64_MAX};
  }
  constexpr std::uint64_t scale() const { return decimals & 0xFFU; }
  constexpr bool fits_mantissa() const { return decimals >> 8U == 0; }
  constexpr bool is_plain() const { return decimals <= kPlainDecimals; }

  constexpr bool is_zero() const { return mantissa == 0 && fits_mantissa(); }
  constexpr bool is_negative() const { return mantissa < 0; }

  // Same digits, not only same value: "1.50" is not identical to "1.5".
  constexpr bool identical(const Decimal& other) const {
    return mantissa == other.mantissa && decimals == other.decimals;
  }
  friend constexpr std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend constexpr bool operator==(const Decimal& a, const Decimal& b) {
    return std::is_eq(a <=> b);
  }
};

constexpr __int128 pow10(unsigned exponent) {
  __int128 result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

// The same for any two, slowly; called when one of them is not plain.
std::strong_ordering compare_wide(const Decimal& a, const Decimal& b);

// By value. Equal second words leave the order to the mantissas, wide or not. Plain scales differ
// by at most 18 digits, so the products fit 128 bits.
constexpr std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.decimals == b.decimals) [[likely]]
    return a.mantissa <=> b.mantissa;
  if (!a.is_plain() || !b.is_plain()) [[unlikely]]
    return compare_wide(a, b);
  const __int128 left = a.decimals < b.decimals
                            ? a.mantissa * pow10(static_cast<unsigned>(b.decimals - a.decimals))
                            : __int128{a.mantissa};
  const __int128 right = b.decimals < a.decimals
                             ? b.mantissa * pow10(static_cast<unsigned>(a.decimals - b.decimals))
                             : __int128{b.mantissa};
  return left <=> right;
}

// The eight characters at `p` as a number, when all of them are digits; little-endian only. Eight
// lanes of a word are turned into four of two digits, two of four, and one of eight.
inline bool take_eight_digits(const char* p, std::uint64_t& value) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  constexpr std::uint64_t kHighHalves = 0xF0F0F0F0F0F0F0F0;
  constexpr std::uint64_t kZeros = 0x3030303030303030;
  // '0'..'9' are 0x30..0x39, and 6 more keeps just these below 0x40; no lane carries into the next.
  const std::uint64_t raised = word + 0x0606060606060606;
  if (((word & kHighHalves) | ((raised & kHighHalves) >> 4U)) != (kZeros | (kZeros >> 4U))) {
    return false;
  }
  word = (word - kZeros) * 10 + ((word - kZeros) >> 8U);
  value = (((word & 0x000000FF000000FF) * (100 + (1'000'000ULL << 32U))) +
           (((word >> 16U) & 0x000000FF000000FF) * (1 + (10'000ULL << 32U)))) >>
          32U;
  return true;
}

// parse_decimal() for all that is not plain: the whole text anew, in 128 bits.
std::optional<Decimal> parse_wide_decimal(std::string_view text);

// Reads JSON's number grammar, and leading zeros too: "1.50", "-0.1", "007", "2e-8", "1.0002E+6";
// not "5.", ".5", "+1", " 1" or "NaN". Trailing zeros are kept. nullopt for what is not a number,
// and for one whose digits as written need more than 36 decimals or a mantissa of more than 119
// bits. "-0" reads as 0. For the cold path there is read_decimal(), which says what was wrong.
constexpr std::optional<Decimal> parse_decimal(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  std::uint64_t mantissa = 0;
  const auto take_digits = [&]() -> int {  // how many, or -1 on overflow
    int count = 0;
    for (; p != end && *p >= '0' && *p <= '9'; ++p, ++count) {
      if (mantissa > (INT64_MAX - 9) / 10) {
        const auto digit = static_cast<std::uint64_t>(*p - '0');
        if (mantissa > (INT64_MAX - digit) / 10) return -1;
      }
      mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    return count;
  };
  const int whole_digits = take_digits();
  if (whole_digits < 0) [[unlikely]]
    return parse_wide_decimal(text);
  if (whole_digits == 0) return std::nullopt;
  int decimals = 0;
  if (p != end && *p == '.') {
    ++p;
    const char* const first = p;
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
      constexpr std::uint64_t kScale = 100'000'000;
      std::uint64_t eight = 0;
      if (end - p >= 8 && mantissa < INT64_MAX / kScale && take_eight_digits(p, eight)) {
        mantissa = mantissa * kScale + eight;
        p += 8;
      }
    }
    if (take_digits() < 0) [[unlikely]]
      return parse_wide_decimal(text);
    if (p == first) return std::nullopt;
    decimals = static_cast<int>(p - first);
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool down = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    int exponent = 0;
    const char* const first = p;
    for (; p != end && *p >= '0' && *p <= '9'; ++p) {
      if (exponent < 10000) exponent = exponent * 10 + (*p - '0');
    }
    if (p == first) return std::nullopt;
    decimals += down ? exponent : -exponent;
    if (mantissa == 0 && decimals < 0) decimals = 0;
    for (; decimals < 0; ++decimals) {
      if (mantissa > INT64_MAX / 10) return parse_wide_decimal(text);
      mantissa *= 10;
    }
  }
  if (p != end) return std::nullopt;
  if (decimals > static_cast<int>(Decimal::kPlainDecimals)) [[unlikely]]
    return parse_wide_decimal(text);
  const auto value = static_cast<std::int64_t>(mantissa);
  return Decimal{negative ? -value : value, static_cast<std::uint64_t>(decimals)};
}

inline constexpr std::array<std::uint64_t, Decimal::kPlainDecimals + 1> kPowersOfTen = [] {
  std::array<std::uint64_t, Decimal::kPlainDecimals + 1> powers{};
  for (unsigned i = 0; i < powers.size(); ++i) powers[i] = static_cast<std::uint64_t>(pow10(i));
  return powers;
}();

// The last `width` digits of `value`, zeros in front of them.
inline void write_digits(char* out, std::uint64_t value, unsigned width) {
  static constexpr std::array<char, 200> kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();
  for (; width >= 2; width -= 2, value /= 100) {
    std::memcpy(out + width - 2, kPairs.data() + 2 * (value % 100), 2);
  }
  if (width == 1) *out = static_cast<char>('0' + value % 10);
}

// write_decimal() for any number, slowly.
char* write_wide_decimal(char* out, Decimal value);

// Writes the digits at `out`, which has room for kMaxText (kPlainText if it is plain); returns the
// end.
inline char* write_decimal(char* out, Decimal value) {
  if (!value.is_plain()) [[unlikely]]
    return write_wide_decimal(out, value);
  std::uint64_t magnitude = static_cast<std::uint64_t>(value.mantissa);
  if (value.mantissa < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  constexpr std::ptrdiff_t kMostDigits = 19;
  const std::uint64_t scale = kPowersOfTen[value.decimals];
  const std::uint64_t whole = magnitude / scale;
  out = std::to_chars(out, out + kMostDigits, whole).ptr;
  if (value.decimals == 0) return out;
  *out++ = '.';
  write_digits(out, magnitude - whole * scale, static_cast<unsigned>(value.decimals));
  return out + value.decimals;
}

// The digits without a point, as of a whole number; `out` has room for kMaxText.
char* write_whole(char* out, Decimal value);

using Price = Strong<struct PriceTag, Decimal>;
using Quantity = Strong<struct QuantityTag, Decimal>;

}  // namespace tickgate::schemas
