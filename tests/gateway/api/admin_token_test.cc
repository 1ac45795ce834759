// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/admin_token.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using testing::TemporaryFolder;

constexpr std::string_view kToken = "correct-horse-battery";

AdminToken token_of(const std::string& text) {
  const TemporaryFolder folder;
  const auto loaded = AdminToken::load(folder.write("token", text));
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded->token;
}

TEST(AdminToken, IsTheLineOfItsFile) {
  for (const std::string end : {"", "\n", "\r\n"}) {
    const auto token = token_of(std::string(kToken) + end);
    EXPECT_TRUE(token.opens("correct-horse-battery"));
  }
}

TEST(AdminToken, OpensForNothingElse) {
  const auto token = token_of(std::string(kToken));
  for (const std::string other :
       {"", "correct-horse-batter", "correct-horse-battery1", "Correct-horse-battery",
        "correct-horse-battery\n", "correct-horse-battery correct-horse-battery"}) {
    EXPECT_FALSE(token.opens(other)) << other;
  }
}

TEST(AdminToken, RefusesAFileThatHoldsNoneAndNamesNoPartOfIt) {
  const TemporaryFolder folder;
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("fifteen-letters"),
        std::string("two lines here\nand here\n"), std::string("with a blank in it"),
        std::string(AdminToken::kMost + 1, 'a'), std::string("sixteen-letters\xC3\xA9")}) {
    const auto file = folder.write("token", text);
    const auto loaded = AdminToken::load(file);
    ASSERT_FALSE(loaded.ok()) << text;
    EXPECT_EQ(loaded.status().message(),
              file + ": expected one line, a token of 16 to 4096 visible ASCII characters");
  }
  EXPECT_FALSE(AdminToken::load(folder.path("missing")).ok());
}

}  // namespace
}  // namespace tickgate::gateway
