// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace tickgate::gateway {

std::string length_text(std::chrono::microseconds length) {
  const auto us = std::max<std::int64_t>(0, length.count());
  const auto seconds = us / 1'000'000;
  if (seconds < 10) return fmt::format("{}.{} s", seconds, us / 100'000 % 10);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{} h {} min", seconds / 3'600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds / 3'600 % 24);
}

std::string moment_text(schemas::Timestamp time) {
  const auto seconds = time.value() / 1'000'000;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(static_cast<time_t>(seconds)),
                     time.value() / 1'000 % 1'000);
}

std::string terminal_text(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to U+009F: controls too
      plain.push_back(' ');
      ++i;
    } else {
      plain.push_back(byte < 0x20 || byte == 0x7F ? ' ' : text[i]);
    }
  }
  return plain;
}

}  // namespace tickgate::gateway
