// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/cache_control.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::uint64_t kYear = 366ULL * 86'400;

// The number of a directive, with or without the quotes that some send.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t value = kYear;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) value = kYear;  // more than 64 bits
  return std::chrono::seconds(std::min(value, kYear));
}

}  // namespace

std::optional<std::chrono::seconds> parse_max_age(std::string_view header) {
  constexpr std::string_view kMaxAge = "max-age=";
  std::optional<std::chrono::seconds> age;
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    const auto directive =
        schemas::to_std(absl::StripAsciiWhitespace(schemas::to_absl(header.substr(0, end))));
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto name = schemas::to_absl(directive);
    if (absl::EqualsIgnoreCase(name, "no-store") || absl::EqualsIgnoreCase(name, "no-cache")) {
      return std::chrono::seconds(0);
    }
    if (!age && absl::StartsWithIgnoreCase(name, schemas::to_absl(kMaxAge))) {
      age = seconds_of(directive.substr(kMaxAge.size()));
    }
  }
  return age;
}

}  // namespace tickgate::feeds
