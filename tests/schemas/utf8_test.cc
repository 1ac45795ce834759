// SPDX-License-Identifier: Apache-2.0
#include "schemas/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tickgate::schemas {
namespace {

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(find_bad_utf8(""), std::string_view::npos);
  EXPECT_EQ(find_bad_utf8("aé币🚀"), std::string_view::npos);
  EXPECT_EQ(find_bad_utf8("ab\x80"), 2U);
  EXPECT_EQ(find_bad_utf8("币\xE5\xB8"), 3U);
  EXPECT_EQ(find_bad_utf8("\xC0\xAF"), 0U);
}

TEST(Utf8, CutsNoCharacter) {
  const std::string_view text = "a币🚀";  // 1, 3 and 4 bytes
  const std::size_t ends[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};
  for (std::size_t most = 0; most < std::size(ends); ++most) {
    EXPECT_EQ(utf8_prefix(text, most), text.substr(0, ends[most])) << most;
  }
  EXPECT_EQ(utf8_prefix(std::string(9, '\x80'), 6).size(), 3U) << "not UTF-8: cut somewhere";
}

TEST(Utf8, KnowsWhatIsSeen) {
  for (const std::string_view text : {"", "!~", "币安人生", "Ж", "e\u0301", "❤\uFE0F", "𝛑", "¡"}) {
    EXPECT_TRUE(is_visible_text(text)) << text;
  }
  for (const std::string_view text : {" ", "\t", "\x7F", "a\u0080", "\u2028", "\u00AD", "\u180E",
                                      "\u061C", "\uFFFE", "\U0001FFFF", "\u3164", "\x80"}) {
    EXPECT_FALSE(is_visible_text(text)) << text;
  }
}

}  // namespace
}  // namespace tickgate::schemas
