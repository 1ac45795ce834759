// SPDX-License-Identifier: Apache-2.0
#include "schemas/decimal_sum.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace tickgate::schemas {
namespace {

std::string added(std::string_view a, std::string_view b) {
  const auto total = sum(*parse_decimal(a), *parse_decimal(b));
  if (!total) return "none";
  char digits[Decimal::kMaxText];
  return {digits, write_decimal(digits, *total)};
}

TEST(DecimalSum, IsExactAndHasTheFinerOnesDecimals) {
  EXPECT_EQ(added("1.50", "2.125"), "3.625");
  EXPECT_EQ(added("0", "0.00000000"), "0.00000000");
  EXPECT_EQ(added("-1.5", "1.50"), "0.00");
  EXPECT_EQ(added("9223372036854775807", "1"), "9223372036854775808");
  EXPECT_EQ(added("-9223372036854775808", "-0.1"), "-9223372036854775808.1");
  EXPECT_EQ(added("0.00000000000000000000000000000001", "1"), "1.00000000000000000000000000000001");
}

TEST(DecimalSum, ADifferenceIsOneToo) {
  const auto text = [](std::string_view a, std::string_view b) {
    char digits[Decimal::kMaxText];
    return std::string(digits,
                       write_decimal(digits, *difference(*parse_decimal(a), *parse_decimal(b))));
  };
  EXPECT_EQ(text("50000.2", "-100.00"), "50100.20");
  EXPECT_EQ(text("1.5", "1.5"), "0.0");
  EXPECT_EQ(text("0", "9223372036854775807"), "-9223372036854775807");
  EXPECT_FALSE(difference(Decimal{}, Decimal::of(-(__int128{1} << 119U), 0)));
}

TEST(DecimalSum, OfWhatNoNumberHoldsIsNone) {
  const auto most = Decimal::of((__int128{1} << 119U) - 1, 0);
  EXPECT_TRUE(sum(most, Decimal{}));
  EXPECT_FALSE(sum(most, Decimal{1, 0}));
  EXPECT_FALSE(sum(most, most));
  EXPECT_TRUE(sum(most, Decimal{-1, 0}));
  EXPECT_EQ(added("600000000000000000000000000000000000", "0.000000000000000000000000000000000001"),
            "none");
}

// Against sums in one scale, of numbers that fit it.
TEST(DecimalSum, AgreesWithWholeNumbersOfOneScale) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto scale_a = random() % 13;
    const auto scale_b = random() % 13;
    const auto a = static_cast<std::int64_t>(random()) >> (random() % 63);
    const auto b = static_cast<std::int64_t>(random()) >> (random() % 63);
    const auto scale = scale_a > scale_b ? scale_a : scale_b;
    const auto expected = a * pow10(static_cast<unsigned>(scale - scale_a)) +
                          b * pow10(static_cast<unsigned>(scale - scale_b));
    const auto got = sum({a, scale_a}, {b, scale_b});
    ASSERT_TRUE(got.has_value());
    EXPECT_TRUE(got->identical(Decimal::of(expected, scale))) << a << " " << b;
  }
}

}  // namespace
}  // namespace tickgate::schemas
