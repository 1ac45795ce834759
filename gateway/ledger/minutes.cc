// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/minutes.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <iterator>

namespace tickgate::gateway {
namespace {

// A number at the beginning of the text, which it leaves.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number >= Minutes::kDay) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::uint32_t Minutes::count() const {
  int sum = 0;
  for (const auto word : bits_) sum += std::popcount(word);
  return static_cast<std::uint32_t>(sum);
}

std::string Minutes::text() const {
  std::string out;
  for (std::uint32_t first = 0; first < kDay; ++first) {
    if (!has(first)) continue;
    auto last = first;
    while (last + 1 < kDay && has(last + 1)) ++last;
    if (!out.empty()) out.push_back(',');
    if (last == first) {
      fmt::format_to(std::back_inserter(out), "{}", first);
    } else {
      fmt::format_to(std::back_inserter(out), "{}-{}", first, last);
    }
    first = last;
  }
  return out;
}

std::optional<Minutes> Minutes::parse(std::string_view text) {
  Minutes minutes;
  while (!text.empty()) {
    const auto first = take_number(text);
    if (!first.has_value()) return std::nullopt;
    auto last = first;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      last = take_number(text);
    }
    if (!last.has_value() || *last < *first) return std::nullopt;
    for (auto minute = *first; minute <= *last; ++minute) minutes.add(minute);
    if (text.empty()) break;
    if (!text.starts_with(',') || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  return minutes;
}

}  // namespace tickgate::gateway
