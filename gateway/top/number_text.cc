// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tickgate::gateway {
namespace {

constexpr std::string_view kUnknown = "-";

bool is_known(Known number) { return number && std::isfinite(*number); }

// One digit behind the point below ten, unless it is zero.
std::string short_number(double number) {
  auto text = fmt::format("{:.{}f}", number, number < 9.95 ? 1 : 0);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

// Three digits at most before the unit that makes it so short.
std::string scaled(double number, double step, std::string_view smallest) {
  constexpr std::string_view kUnits = "kMGTPE";
  if (number < 999.5) return short_number(number).append(smallest);
  std::size_t unit = 0;
  for (number /= step; number >= 999.5 && unit + 1 < kUnits.size(); ++unit) number /= step;
  return short_number(number) + kUnits[unit];
}

std::string below_a_minute(double seconds) {
  if (seconds < 0.000'999'5) return fmt::format("{:.0f}us", seconds * 1e6);
  if (seconds < 0.999'5) return short_number(seconds * 1e3) + "ms";
  return short_number(seconds) + "s";
}

}  // namespace

std::string count_text(Known number) {
  if (!is_known(number)) return std::string(kUnknown);
  return scaled(std::max(0.0, *number), 1000, "");
}

std::string bytes_text(Known bytes) {
  if (!is_known(bytes)) return std::string(kUnknown);
  auto text = scaled(std::max(0.0, *bytes), 1024, "B");
  if (text.ends_with('k')) text.back() = 'K';
  return text;
}

std::string seconds_text(Known seconds) {
  if (!is_known(seconds)) return std::string(kUnknown);
  if (*seconds < 0) return "-" + seconds_text(-*seconds);
  if (*seconds < 59.5) return below_a_minute(*seconds);
  const double most = 1e5 * 86'400;  // days of five digits; beyond that nobody's clock is right
  const auto whole = static_cast<std::uint64_t>(std::min(*seconds + 0.5, most));
  const auto minutes = whole / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return fmt::format("{}d{:02}h", days, hours % 24);
  if (hours > 0) return fmt::format("{}h{:02}m", hours, minutes % 60);
  return fmt::format("{}m{:02}s", minutes, whole % 60);
}

std::string percent_text(Known part) {
  if (!is_known(part)) return std::string(kUnknown);
  return fmt::format("{:.0f}%", *part * 100);
}

std::string plain_text(std::string_view text) {
  std::string plain(text);
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  std::replace_if(
      plain.begin(), plain.end(), [&](char c) { return !is_plain(c); }, '?');
  return plain;
}

}  // namespace tickgate::gateway
