// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/json_reader.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "tests/support/padded_text.h"

namespace tickgate::feeds {
namespace {

std::string token_of(std::string_view json, std::string_view key) {
  const testing::PaddedText text(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  if (parser.iterate(text.view().data(), json.size(), json.size() + 64).get(document) ||
      document.get_object().find_field(key).get(value)) {
    return "unreadable";
  }
  return std::string(json_token(value));
}

}  // namespace

TEST(JsonReader, ATokenIsTheTextAsSent) {
  const std::string_view json =
      R"({"a": 1.500 , "b":"x\"y" ,"c":true,"d":18239578009413566319, "e":[1]})";
  EXPECT_EQ(token_of(json, "a"), "1.500");
  EXPECT_EQ(token_of(json, "b"), R"("x\"y")");
  EXPECT_EQ(token_of(json, "c"), "true");
  EXPECT_EQ(token_of(json, "d"), "18239578009413566319");
  EXPECT_EQ(token_of(json, "e"), "[");
}

TEST(JsonReader, ReadsDecimalsFromStringsAndBareNumbersWithTheirDigits) {
  JsonReader reader;
  EXPECT_TRUE(reader.price("\"61837.63000000\"", "p").value().identical({6183763000000, 8}));
  EXPECT_TRUE(reader.price("0.00005100", "price").value().identical({5100, 8}));
  EXPECT_TRUE(reader.size("1e-08", "qty").value().identical({1, 8}));
  EXPECT_TRUE(reader.price_or_zero("\"0.00000000\"", "b").value().is_zero());
  EXPECT_EQ(reader.count("18239578009413566319", "connection_id"), 18239578009413566319ULL);
  EXPECT_TRUE(reader.flag("true", "m"));
  EXPECT_EQ(reader.text("\"BTC/USD\"", "symbol"), "BTC/USD");
  EXPECT_TRUE(reader.ok()) << reader.detail();
}

TEST(JsonReader, KeepsTheFirstWrongTextForTheError) {
  const struct {
    std::function<void(JsonReader&)> read;
    std::string_view detail;
  } cases[] = {
      {[](JsonReader& r) { r.price("\"-1.5\"", "price"); }, "price: \"-1.5\""},
      {[](JsonReader& r) { r.price("0", "price"); }, "price: 0"},
      {[](JsonReader& r) { r.price_or_zero("-1", "b"); }, "b: -1"},
      {[](JsonReader& r) { r.size("-2", "qty"); }, "qty: -2"},
      {[](JsonReader& r) { r.size("\"1.2.3\"", "qty"); }, "qty: \"1.2.3\""},
      {[](JsonReader& r) { r.decimal("null", "last"); }, "last: null"},
      {[](JsonReader& r) { r.decimal("", "last"); }, "last: missing"},
      {[](JsonReader& r) { r.count("-7", "t"); }, "t: -7"},
      {[](JsonReader& r) { r.count("18446744073709551616", "t"); }, "t: 18446744073709551616"},
      {[](JsonReader& r) { r.flag("1", "m"); }, "m: 1"},
      {[](JsonReader& r) { r.text("12", "s"); }, "s: 12"},
      {[](JsonReader& r) { r.check(simdjson::INCORRECT_TYPE, "data"); },
       "data: The JSON element does not have the requested type."},
  };
  for (const auto& [read, detail] : cases) {
    JsonReader reader;
    read(reader);
    EXPECT_FALSE(reader.ok()) << detail;
    reader.size("-9", "later");
    EXPECT_EQ(reader.detail(), detail);
  }
  const std::string hostile(500, 'x');  // outlives what looks into it
  JsonReader reader;
  reader.decimal(hostile, "p");
  EXPECT_EQ(reader.detail().size(), 106U);  // a hostile frame does not fill the log
}

}  // namespace tickgate::feeds
