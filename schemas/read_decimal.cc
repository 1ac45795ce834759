// SPDX-License-Identifier: Apache-2.0
#include "schemas/read_decimal.h"

#include <fmt/format.h>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "schemas/text.h"

namespace tickgate::schemas {

absl::StatusOr<Decimal> read_decimal(std::string_view text) {
  if (const auto value = parse_decimal(text)) return *value;
  constexpr std::size_t kShown = 40;
  const bool cut = text.size() > kShown;
  return absl::InvalidArgumentError(
      fmt::format("expected a decimal number of at most 36 decimals and 119 bits, got \"{}{}\"",
                  absl::CHexEscape(to_absl(text.substr(0, kShown))), cut ? "..." : ""));
}

}  // namespace tickgate::schemas
