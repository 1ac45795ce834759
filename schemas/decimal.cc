// SPDX-License-Identifier: Apache-2.0
#include "schemas/decimal.h"

#include <algorithm>

namespace tickgate::schemas {
namespace {

using Magnitude = unsigned __int128;

constexpr Magnitude kMostMagnitude = (Magnitude{1} << 119U) - 1;

Magnitude magnitude_of(const Decimal& value) {
  const auto whole = static_cast<Magnitude>(value.whole());
  return value.is_negative() ? 0 - whole : whole;
}

Magnitude power(std::uint64_t exponent) {
  return static_cast<Magnitude>(pow10(static_cast<unsigned>(exponent)));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front of `text` into `value`; false when they are too many for it.
bool take_digits(std::string_view& text, Magnitude& value) {
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    const auto digit = static_cast<Magnitude>(text.front() - '0');
    if (value > (kMostMagnitude - digit) / 10) return false;
    value = value * 10 + digit;
  }
  return true;
}

// "e-7" and the like, at the front of `text` if anything is; nullopt for a mark without digits.
std::optional<int> take_exponent(std::string_view& text) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return 0;
  text.remove_prefix(1);
  const bool down = text.starts_with('-');
  if (down || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  int exponent = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (exponent < 10000) exponent = exponent * 10 + (text.front() - '0');
  }
  return down ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> parse_wide_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Magnitude magnitude = 0;
  if (text.empty() || !is_digit(text.front()) || !take_digits(text, magnitude)) {
    return std::nullopt;
  }
  std::int64_t decimals = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto before = text.size();
    if (!take_digits(text, magnitude) || text.size() == before) return std::nullopt;
    decimals = static_cast<std::int64_t>(before - text.size());
  }
  const auto exponent = take_exponent(text);
  if (!exponent || !text.empty()) return std::nullopt;
  decimals -= *exponent;
  if (magnitude == 0) decimals = std::max<std::int64_t>(decimals, 0);
  for (; decimals < 0; ++decimals) {
    if (magnitude > kMostMagnitude / 10) return std::nullopt;
    magnitude *= 10;
  }
  if (decimals > static_cast<std::int64_t>(Decimal::kMaxDecimals)) return std::nullopt;
  const auto whole = static_cast<__int128>(magnitude);
  return Decimal::of(negative ? -whole : whole, static_cast<std::uint64_t>(decimals));
}

// The parts before the point first; those behind it, brought to one scale, stay below 10^36.
std::strong_ordering compare_wide(const Decimal& a, const Decimal& b) {
  if (a.is_negative() != b.is_negative()) return b.is_negative() <=> a.is_negative();
  const auto scale_a = power(a.scale());
  const auto scale_b = power(b.scale());
  const auto left = magnitude_of(a);
  const auto right = magnitude_of(b);
  auto order = left / scale_a <=> right / scale_b;
  if (std::is_eq(order)) {
    order = left % scale_a * power(Decimal::kMaxDecimals - a.scale()) <=>
            right % scale_b * power(Decimal::kMaxDecimals - b.scale());
  }
  return a.is_negative() ? 0 <=> order : order;
}

char* write_whole(char* out, Decimal value) {
  if (value.is_negative()) *out++ = '-';
  char* const first = out;
  auto magnitude = magnitude_of(value);
  do {
    *out++ = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  std::reverse(first, out);
  return out;
}

char* write_wide_decimal(char* out, Decimal value) {
  std::array<char, Decimal::kMaxText> room;
  const char* digits = room.data();
  const char* const end = write_whole(room.data(), value);
  if (value.is_negative()) *out++ = *digits++;
  const auto count = end - digits;
  const auto decimals = static_cast<std::ptrdiff_t>(value.scale());
  if (decimals == 0) return std::copy(digits, end, out);
  if (count > decimals) {
    out = std::copy(digits, end - decimals, out);
    *out++ = '.';
    return std::copy(end - decimals, end, out);
  }
  *out++ = '0';
  *out++ = '.';
  out = std::fill_n(out, decimals - count, '0');
  return std::copy(digits, end, out);
}

}  // namespace tickgate::schemas
