// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/venue_time.h"

#include <charconv>
#include <chrono>

namespace tickgate::feeds {
namespace {

// Takes what it reads off the front of a text; after the first mismatch everything fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    if (text_.size() < digits) return fail();
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  char one_of(std::string_view allowed) {
    if (text_.empty() || allowed.find(text_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char taken = text_.front();
    text_.remove_prefix(1);
    return taken;
  }
  // Of ".123456789": 123456. Without a point: 0.
  std::int64_t microseconds() {
    if (text_.empty() || text_.front() != '.') return 0;
    text_.remove_prefix(1);
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++digits) {
      if (digits < 6) value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    if (digits == 0) return fail();
    for (; digits < 6; ++digits) value *= 10;
    return value;
  }
  bool finished() const { return ok_ && text_.empty(); }

 private:
  int fail() {
    ok_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::optional<schemas::Timestamp> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  const int year = cursor.number(4);
  cursor.one_of("-");
  const int month = cursor.number(2);
  cursor.one_of("-");
  const int day = cursor.number(2);
  cursor.one_of("Tt ");
  const int hour = cursor.number(2);
  cursor.one_of(":");
  const int minute = cursor.number(2);
  cursor.one_of(":");
  const int second = cursor.number(2);
  const std::int64_t microseconds = cursor.microseconds();
  const char zone = cursor.one_of("Zz+-");
  int offset_minutes = 0;
  if (zone == '+' || zone == '-') {
    const int offset_hour = cursor.number(2);
    cursor.one_of(":");
    const int offset_minute = cursor.number(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset_minutes = (offset_hour * 60 + offset_minute) * (zone == '+' ? 1 : -1);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // second 60: a leap second, which Unix time counts as the one after
  if (!cursor.finished() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = (days * 24 + hour) * 60 + minute - offset_minutes;
  return schemas::Timestamp{(minutes * 60 + second) * 1'000'000 + microseconds};
}

std::optional<schemas::Timestamp> parse_unix_time(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  // A hundred billion: of seconds, the year 5138; of each smaller unit, the spring of 1973.
  constexpr std::int64_t kTurn = 100'000'000'000;
  if (value < kTurn) return schemas::Timestamp{value * 1'000'000};
  if (value < kTurn * 1'000) return schemas::Timestamp{value * 1'000};
  return schemas::Timestamp{value < kTurn * 1'000'000 ? value : value / 1'000};
}

}  // namespace tickgate::feeds
