// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// What parse_decimal() and write_decimal() promise, done slowly with strings only: the other
// opinion for the property test and the fuzz target.
namespace tickgate::schemas::test {

inline bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The text as write_decimal() should write it, or nullopt where parse_decimal() should refuse.
inline std::optional<std::string> rewrite(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);

  long exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto digits = text.substr(e + 1);
    text = text.substr(0, e);
    const bool down = digits.starts_with('-');
    if (down || digits.starts_with('+')) digits.remove_prefix(1);
    if (!all_digits(digits)) return std::nullopt;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    exponent = digits.size() > 4 ? 99'999 : std::stol("0" + std::string(digits));
    if (down) exponent = -exponent;
  }
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (!all_digits(whole)) return std::nullopt;
  if (point != std::string_view::npos && !all_digits(fraction)) return std::nullopt;

  std::string digits = std::string(whole) + std::string(fraction);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  long decimals = static_cast<long>(fraction.size()) - exponent;
  if (decimals < 0) {
    if (!digits.empty()) digits.append(static_cast<std::size_t>(-decimals), '0');
    decimals = 0;
  }
  static constexpr std::string_view kLargest = "664613997892457936451903530140172287";
  if (decimals > 36 || digits.size() > kLargest.size()) return std::nullopt;
  if (digits.size() == kLargest.size() && digits > kLargest) return std::nullopt;

  const bool zero = digits.empty();
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, ".");
  return (negative && !zero ? "-" : "") + digits;
}

}  // namespace tickgate::schemas::test
