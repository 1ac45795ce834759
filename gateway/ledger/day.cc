// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/day.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace tickgate::gateway {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kDay = 1'440 * kMinute;

// nullopt unless all of it is digits.
std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Day day_of(schemas::Timestamp time) { return Day{static_cast<std::int32_t>(time.value() / kDay)}; }

std::int64_t minute_of(schemas::Timestamp time) { return time.value() / kMinute; }

std::string text(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day.value()}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8));
  if (!year.has_value() || !month.has_value() || !day.has_value()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month}, std::chrono::day{*day}};
  if (!date.ok() || *year < 1970) return std::nullopt;
  return Day{static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count())};
}

}  // namespace tickgate::gateway
