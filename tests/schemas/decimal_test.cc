// SPDX-License-Identifier: Apache-2.0
#include "schemas/decimal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/read_decimal.h"
#include "tests/support/decimal_reference.h"

namespace tickgate::schemas {
namespace {

std::string text_of(Decimal value) {
  std::array<char, Decimal::kMaxText> out;
  char* const end = write_decimal(out.data(), value);
  EXPECT_LE(end - out.data(), static_cast<std::ptrdiff_t>(out.size()));
  return {out.data(), end};
}

Decimal decimal(std::string_view text) {
  const auto value = parse_decimal(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(Decimal{});
}

static_assert(sizeof(Decimal) == 16);
static_assert(parse_decimal("67123.40")->identical({6712340, 2}));

TEST(Decimal, ReadsEveryFormAVenueWritesAndKeepsItsDigits) {
  struct Case {
    std::string_view text;
    std::int64_t mantissa;
    std::uint64_t decimals;
    std::string_view written;
  };
  for (const auto& [text, mantissa, decimals, written] : std::vector<Case>{
           {"0", 0, 0, "0"},
           {"7", 7, 0, "7"},
           {"67123.4", 671234, 1, "67123.4"},
           {"0.53200000", 53200000, 8, "0.53200000"},
           {"1.50", 150, 2, "1.50"},
           {"0.00", 0, 2, "0.00"},
           {"-0", 0, 0, "0"},
           {"-0.0", 0, 1, "0.0"},
           {"-12.5", -125, 1, "-12.5"},
           {"-0.001", -1, 3, "-0.001"},
           {"007", 7, 0, "7"},
           {"00.10", 10, 2, "0.10"},
           {"2e-8", 2, 8, "0.00000002"},
           {"1.431e-05", 1431, 8, "0.00001431"},
           {"1.0002e6", 1000200, 0, "1000200"},
           {"1.0002E+6", 1000200, 0, "1000200"},
           {"1.50e0", 150, 2, "1.50"},
           {"1.500e1", 1500, 2, "15.00"},
           {"1e-18", 1, 18, "0.000000000000000001"},
           {"0e5", 0, 0, "0"},
           {"0e99999999999999999999", 0, 0, "0"},
           {"0.000000000000000001", 1, 18, "0.000000000000000001"},
           {"9.223372036854775807", INT64_MAX, 18, "9.223372036854775807"},
           {"-9.223372036854775807", -INT64_MAX, 18, "-9.223372036854775807"},
           {"9223372036854775807", INT64_MAX, 0, "9223372036854775807"},
           {"922337203685477580.7", INT64_MAX, 1, "922337203685477580.7"},
           {"9e18", 9'000'000'000'000'000'000, 0, "9000000000000000000"},
           {"000000000000000000000000000001", 1, 0, "1"},
       }) {
    const auto value = parse_decimal(text);
    ASSERT_TRUE(value.has_value()) << text;
    EXPECT_EQ(value->mantissa, mantissa) << text;
    EXPECT_EQ(value->decimals, decimals) << text;
    EXPECT_EQ(text_of(*value), written);
    EXPECT_EQ(test::rewrite(text), written);  // the reference is held to the same table
  }
}

TEST(Decimal, RefusesWhatIsNotANumberOrDoesNotFit) {
  for (const std::string_view text : {
           "",
           "-",
           "+1",
           "--1",
           ".",
           "5.",
           ".5",
           "-.5",
           "1..2",
           "1.2.3",
           "1,5",
           "1 ",
           " 1",
           "1x",
           "0x10",
           "NaN",
           "nan",
           "Infinity",
           "-inf",
           "null",
           "e5",
           "1e",
           "1e+",
           "1e-",
           "1e1.5",
           "1e--5",
           "1e5e5",
           "1_000",
           "\xEF\xBC\x91",
           "١",
           // 37 decimals, with or without need; past 119 bits, in each of the ways to get there.
           "0.0000000000000000000000000000000000001",
           "0.0000000000000000000000000000000000000",
           "1e-37",
           "0e-37",
           "1e-99999999999",
           "664613997892457936451903530140172288",
           "-664613997892457936451903530140172288",
           "0.664613997892457936451903530140172288",
           "6.64613997892457936451903530140172288",
           "9999999999999999999999999999999999999999",
           "1e36",
           "6.7e35",
           "1e99999999999",
           "6646139978924579364519035301401722870e-1",
           "9223372036854775808x",
           "9223372036854775808.",
           "9223372036854775808e",
           "-9223372036854775808e-",
           "0.0000000000000000001 ",
       }) {
    EXPECT_FALSE(parse_decimal(text).has_value()) << text;
    EXPECT_EQ(test::rewrite(text), std::nullopt) << text;
  }
  EXPECT_FALSE(parse_decimal(std::string_view("1\0", 2)).has_value());
}

// Eight digits behind the point are read at once.
TEST(Decimal, OneStrangeByteAmongEightDecimalsIsRefused) {
  for (std::size_t place = 2; place < 10; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "1.23456789";
      text[place] = static_cast<char>(byte);
      const bool digit = byte >= '0' && byte <= '9';
      const bool exponent = place > 2 && place < 9 && (byte == 'e' || byte == 'E');
      const auto value = parse_decimal(text);
      if (exponent) continue;  // a number, if its exponent is not too large
      ASSERT_EQ(value.has_value(), digit) << text;
      if (digit) {
        ASSERT_EQ(text_of(*value), text);
      }
    }
  }
}

TEST(Decimal, WritesTheWholeRange) {
  EXPECT_EQ(text_of({INT64_MIN, 0}), "-9223372036854775808");
  EXPECT_EQ(text_of({INT64_MIN, 18}), "-9.223372036854775808");
  EXPECT_EQ(text_of({-1, 18}), "-0.000000000000000001");
}

TEST(Decimal, ComparesByValueWhateverTheDigits) {
  EXPECT_EQ(decimal("1.50"), decimal("1.5"));
  EXPECT_FALSE(decimal("1.50").identical(decimal("1.5")));
  EXPECT_EQ(decimal("0.000"), decimal("-0"));
  EXPECT_LT(decimal("-2"), decimal("-1.999999999999999999"));
  EXPECT_LT(decimal("9.223372036854775806"), decimal("9.223372036854775807"));
  EXPECT_GT(decimal("9223372036854775807"), decimal("9.223372036854775807"));
  EXPECT_LT(decimal("-9223372036854775807"), decimal("0.000000000000000001"));
  EXPECT_LT(Price{decimal("67123.4")}, Price{decimal("67123.45")});
}

// Numbers as no venue writes them: any length, any exponent, and now and then a stray character.
std::string random_text(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const auto digits = [&](std::uint64_t most) {
    std::string out;
    for (auto n = 1 + below(most); n > 0; --n) {
      out += below(4) == 0 ? '0' : static_cast<char>('0' + below(10));
    }
    return out;
  };
  std::string text = below(4) == 0 ? "-" : "";
  text += digits(below(8) == 0 ? 40 : 8);
  if (below(4) != 0) text += "." + digits(below(8) == 0 ? 40 : 10);
  if (below(4) == 0) {
    static constexpr std::array<std::string_view, 6> kMarks = {"e", "E", "e-", "E-", "e+", "e-0"};
    text += kMarks[below(kMarks.size())];
    text += digits(below(8) == 0 ? 3 : 1);
  }
  if (below(16) == 0) text[below(text.size())] = "+-.eE 09x"[below(9)];
  return text;
}

TEST(Decimal, RandomTextsSurviveAsTheSlowReferenceSays) {
  std::mt19937_64 random(20241120);
  int taken = 0;
  int verbatim = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto text = random_text(random);
    const auto expected = test::rewrite(text);
    const auto value = parse_decimal(text);
    ASSERT_EQ(value.has_value(), expected.has_value()) << text;
    if (!value) continue;
    ++taken;
    ASSERT_EQ(text_of(*value), *expected) << text;
    // What was written reads back as the very same digits.
    ASSERT_TRUE(decimal(*expected).identical(*value)) << text;
    if (text == *expected) ++verbatim;
  }
  EXPECT_GT(taken, 100'000);
  EXPECT_GT(verbatim, 50'000);
  EXPECT_LT(taken, 199'000);
}

TEST(Decimal, OrderIsThatOfWideIntegers) {
  std::mt19937_64 random(42);
  const auto wide = [](Decimal value) {
    __int128 scaled = value.mantissa;
    for (auto i = value.decimals; i < Decimal::kPlainDecimals; ++i) scaled *= 10;
    return scaled;
  };
  int equal = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto draw = [&] {
      // Few digits make many equal values of different scale; many reach the edges.
      const auto shift = static_cast<unsigned>(random() % 64);
      return Decimal{static_cast<std::int64_t>(random()) >> shift,
                     static_cast<std::uint8_t>(random() % 19)};
    };
    const Decimal a = draw();
    const Decimal b =
        random() % 4 == 0 && a.decimals < 18 && a.mantissa > -1000 && a.mantissa < 1000
            ? Decimal{a.mantissa * 10, a.decimals + 1}
            : draw();
    ASSERT_EQ(a < b, wide(a) < wide(b)) << text_of(a) << " " << text_of(b);
    ASSERT_EQ(a == b, wide(a) == wide(b)) << text_of(a) << " " << text_of(b);
    ASSERT_EQ(a > b, wide(a) > wide(b)) << text_of(a) << " " << text_of(b);
    if (a == b) ++equal;
  }
  EXPECT_GT(equal, 1000);
}

// Beyond 63 bits, or 18 decimals: read, written and kept as they came.
TEST(Decimal, WideNumbersKeepTheirDigits) {
  for (const std::string_view text : {
           "9223372036854775808",
           "-9223372036854775808",
           "-9223372036854775809",
           "9.223372036854775808",
           "123456789012345.123456789012345678",
           "-0.0000000000000000001",
           "1.0000000000000000000",
           "0.000000000000000000000000000000000001",
           "664613997892457936451903530140172287",
           "-0.664613997892457936451903530140172287",
           "18446744073709551616",
           "-18446744073709551616",
           "-27670116110564327424.00",
       }) {
    const auto value = decimal(text);
    EXPECT_EQ(text_of(value), text);
    EXPECT_EQ(test::rewrite(text), text);
    EXPECT_EQ(value.is_negative(), text.front() == '-') << text;
    EXPECT_FALSE(value.is_zero()) << text;
  }
  EXPECT_EQ(text_of(decimal("9.3e18")), "9300000000000000000");
  EXPECT_EQ(text_of(decimal("92233720368547758070e-1")), "9223372036854775807.0");
  EXPECT_TRUE(decimal("-9223372036854775808").identical({INT64_MIN, 0}));
  EXPECT_TRUE(decimal("0.0000000000000000000").is_zero());
  EXPECT_EQ(decimal("-0.0000000000000000000"), decimal("0"));
  EXPECT_EQ(decimal("9223372036854775808.0"), decimal("9223372036854775808"));
  EXPECT_EQ(decimal("1.0000000000000000000"), decimal("1"));
}

// The sign, and the digits brought to 36 decimals: texts that order as the numbers do.
int slow_order(const std::string& a, const std::string& b) {
  const auto padded = [](std::string text) {
    if (text.front() == '-') text.erase(0, 1);
    const auto point = std::min(text.find('.'), text.size());
    std::string decimals = point == text.size() ? "" : text.substr(point + 1);
    decimals.resize(36, '0');
    return std::string(40 - point, '0') + text.substr(0, point) + decimals;
  };
  const bool below = a.front() == '-';
  if (below != (b.front() == '-')) return below ? -1 : 1;
  const int order = padded(a).compare(padded(b));
  return below ? -order : order;
}

TEST(Decimal, OrderOfAnyWidthIsThatOfTheDigits) {
  std::mt19937_64 random(7);
  const auto draw = [&] {
    for (;;) {
      std::string text = random() % 2 == 0 ? "-" : "";
      for (auto n = 1 + random() % 40; n > 0; --n) text += static_cast<char>('0' + random() % 10);
      if (random() % 4 != 0) text.insert(1 + random() % (text.size() - 1 + (text[0] != '-')), ".");
      if (const auto value = parse_decimal(text)) return *value;
    }
  };
  int wide = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto a = draw();
    auto b = draw();
    // Every third is the same value, or nearly, at another scale.
    if (i % 3 == 0) b = parse_decimal(text_of(a) + (a.scale() == 0 ? ".0" : "0")).value_or(b);
    if (i % 9 == 0) b = Decimal::of(b.whole() / 2 + 1, b.scale());
    const int order = slow_order(text_of(a), text_of(b));
    ASSERT_EQ(a < b, order < 0) << text_of(a) << " " << text_of(b);
    ASSERT_EQ(a > b, order > 0) << text_of(a) << " " << text_of(b);
    ASSERT_EQ(a == b, order == 0) << text_of(a) << " " << text_of(b);
    if (!a.fits_mantissa()) ++wide;
  }
  EXPECT_GT(wide, 10'000);
}

TEST(ReadDecimal, ErrorShowsTheTextThatWasWrong) {
  ASSERT_TRUE(read_decimal("1.50").ok());
  EXPECT_TRUE(read_decimal("1.50")->identical({150, 2}));
  EXPECT_EQ(read_decimal("12,5").status().message(),
            "expected a decimal number of at most 36 decimals and 119 bits, got \"12,5\"");
  EXPECT_EQ(read_decimal("a\"\n\xFF").status().message(),
            "expected a decimal number of at most 36 decimals and 119 bits, got "
            "\"a\\\"\\n\\xff\"");
  const auto longer = read_decimal(std::string(40, '7') + "88").status();
  EXPECT_EQ(longer.message(),
            "expected a decimal number of at most 36 decimals and 119 bits, got \"" +
                std::string(40, '7') + "...\"");
}

}  // namespace
}  // namespace tickgate::schemas
