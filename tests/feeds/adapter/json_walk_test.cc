// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/json_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/padded_text.h"

namespace tickgate::feeds {
namespace {

using ::testing::ElementsAre;

TEST(JsonWalk, MembersComeInTheirOrderAndWhatIsNotVisitedIsPassedOver) {
  const testing::PaddedText text(R"({"a":1,"deep":{"x":[1,{"y":2}]},"b":[3,4]})");
  JsonDocument document;
  JsonReader reader;
  std::vector<std::string> seen;
  EXPECT_TRUE(document.walk_object(text.view(), reader, [&](JsonKey key, JsonValue& value) {
    if (key == "a") seen.emplace_back(json_token(value));
    if (key != "b") return true;
    return walk_elements(value, reader, "b", [&](JsonValue& item) {
      seen.emplace_back(json_token(item));
      return true;
    });
  }));
  EXPECT_TRUE(reader.ok());
  EXPECT_THAT(seen, ElementsAre("1", "3", "4"));
}

TEST(JsonWalk, WhatIsWantedOfAnObjectIsFoundInAnyOrderAndMayBeAbsent) {
  static constexpr std::array<std::string_view, 3> kKeys = {"price", "size", "side"};
  const testing::PaddedText text(R"([{"size":"2","other":[],"price":1.50},{}])");
  JsonDocument document;
  JsonReader reader;
  std::vector<std::string> seen;
  EXPECT_TRUE(document.walk_array(text.view(), reader, [&](JsonValue& item) {
    std::array<std::string_view, 3> tokens;
    if (!read_tokens(item, kKeys, tokens, reader, "item")) return false;
    for (const auto token : tokens) seen.emplace_back(token);
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre("1.50", "\"2\"", "", "", "", ""));
}

TEST(JsonWalk, LevelsAreStringsOrNumbersAndMoreBehindThemIsPassedOver) {
  const testing::PaddedText text(R"({"bids":[["3802.90","0.60"],[3803.0,1,"x",{"y":1}]]})");
  JsonDocument document;
  JsonReader reader;
  std::vector<schemas::BookLevel> levels;
  EXPECT_TRUE(document.walk_object(text.view(), reader, [&](JsonKey, JsonValue& value) {
    return read_levels(value, levels, reader);
  }));
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_TRUE(levels[0].price.value().identical({380290, 2}));
  EXPECT_TRUE(levels[1].price.value().identical({38030, 1}));
  EXPECT_TRUE(levels[1].size.value().identical({1, 0}));
}

TEST(JsonWalk, ALevelThatIsNoneIsToldAndTheOthersAreReadAllTheSame) {
  const testing::PaddedText text(R"({"bids":[["x","1"],["2"],["3","1"]]})");
  JsonDocument document;
  JsonReader reader;
  std::vector<schemas::BookLevel> levels;
  EXPECT_TRUE(document.walk_object(text.view(), reader, [&](JsonKey, JsonValue& value) {
    return read_levels(value, levels, reader);
  }));
  EXPECT_EQ(levels.size(), 3U);
  EXPECT_EQ(reader.detail(), R"(price: "x")");
}

TEST(JsonWalk, WhatCannotBeWalkedOnEndsTheWalkAndIsTold) {
  for (const char* const broken : {"", "[", "7", "pong", R"({"a":)", R"({"a":1,"b")", R"({"a" 1})",
                                   R"({"b":[[1,2})", R"({"b":7})", R"({"b":[7]})"}) {
    const testing::PaddedText text(broken);
    JsonDocument document;
    JsonReader reader;
    std::vector<schemas::BookLevel> levels;
    EXPECT_FALSE(document.walk_object(text.view(), reader, [&](JsonKey key, JsonValue& value) {
      return key == "b" ? read_levels(value, levels, reader) : true;
    })) << broken;
    EXPECT_FALSE(reader.ok()) << broken;
  }
}

TEST(JsonWalk, WhatIsOfAWrongTypeIsPassedOverAndTold) {
  for (const char* const odd :
       {R"({"b":7,"c":1})", R"({"b":{"x":[1]},"c":1})", R"({"b":[7,[],"x",{"k":2}],"c":1})",
        R"({"b":null,"c":1})", R"({"b":[{"k":2},null],"c":1})"}) {
    const testing::PaddedText text(odd);
    JsonDocument document;
    JsonReader reader;
    std::vector<std::string> seen;
    EXPECT_TRUE(document.walk_object(text.view(), reader, [&](JsonKey key, JsonValue& value) {
      if (key == "c") seen.emplace_back(json_token(value));
      if (key != "b") return true;
      return walk_elements(value, reader, "b", [&](JsonValue& item) {
        return walk_members(item, reader, "item", [&](JsonKey, JsonValue& inner) {
          seen.emplace_back(json_token(inner));
          return true;
        });
      });
    })) << odd;
    EXPECT_FALSE(reader.ok()) << odd;
    EXPECT_EQ(seen.back(), "1") << odd;
    EXPECT_EQ(seen.size(), std::string_view(odd).find("k") == std::string_view::npos ? 1U : 2U);
  }
}

}  // namespace
}  // namespace tickgate::feeds
