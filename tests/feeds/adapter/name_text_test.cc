// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/name_text.h"

#include <gtest/gtest.h>

#include <string>

namespace tickgate::feeds {
namespace {

TEST(PercentEncoding, LeavesTheUnreservedAlone) {
  EXPECT_EQ(percent_encoded("BTC-USD_x.~9"), "BTC-USD_x.~9");
  EXPECT_EQ(percent_encoded("币安人生USDT"), "%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT");
  EXPECT_EQ(percent_encoded("a b&c=%/\"+"), "a%20b%26c%3D%25%2F%22%2B");
}

TEST(PercentEncoding, IsReadBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(percent_decoded(percent_encoded(all)), all);
  EXPECT_EQ(percent_decoded("%e5%B8%81"), "币") << "either case";
  EXPECT_EQ(percent_decoded("币"), "币") << "a venue or a recording that encodes nothing";
  EXPECT_EQ(percent_decoded(""), "");
  for (const auto* const bad : {"%", "a%2", "%4G", "%%41"}) {
    EXPECT_EQ(percent_decoded(bad), std::nullopt) << bad;
  }
}

TEST(JsonEscapes, AreResolved) {
  EXPECT_EQ(json_unescaped("plain"), "plain");
  EXPECT_EQ(json_unescaped(R"(\u5e01\u5B89\/USDT)"), "币安/USDT");
  EXPECT_EQ(json_unescaped(R"(\ud83d\ude80)"), "🚀");
  for (const auto* const bad : {R"(\ud83d)", R"(\u12)", R"(\x)", "\\", "\x81"}) {
    EXPECT_EQ(json_unescaped(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace tickgate::feeds
