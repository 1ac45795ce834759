// SPDX-License-Identifier: Apache-2.0
// Any bytes: parse_decimal() and write_decimal() agree with the slow reference.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/check.h"
#include "schemas/read_decimal.h"
#include "tests/support/decimal_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::schemas;  // NOLINT
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expected = test::rewrite(text);
  const auto value = read_decimal(text);
  TICKGATE_CHECK(value.ok() == expected.has_value());
  if (!value.ok()) return 0;
  std::array<char, Decimal::kMaxText> out;
  const char* const end = write_decimal(out.data(), *value);
  const std::string_view written(out.data(), static_cast<std::size_t>(end - out.data()));
  TICKGATE_CHECK(written == *expected);
  TICKGATE_CHECK(parse_decimal(written)->identical(*value));
  return 0;
}
