// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "schemas/decimal.h"

namespace tickgate::schemas {

// parse_decimal() for cold paths (configuration, a client's request, REST): the error carries the
// text that was wrong, its first 40 bytes, escaped.
absl::StatusOr<Decimal> read_decimal(std::string_view text);

}  // namespace tickgate::schemas
