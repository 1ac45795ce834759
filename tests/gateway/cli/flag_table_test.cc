// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/flag_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;

// A program without commands, one flag of each kind that the commands of tickgate do not have.
class Flags : public ::testing::Test {
 protected:
  Flags() : table_({"", "[flags]", "Counts.\n", "counter"}) {
    table_.toggle("json", "as JSON", json_);
    table_.text("name", "WORD", "what to count", "a word without blanks",
                [this](std::string_view text) {
                  name_ = text;
                  return text.find(' ') == std::string_view::npos;
                });
  }
  std::optional<std::string> parse(std::vector<std::string_view> words) {
    return table_.parse(words);
  }

  bool json_ = false;
  std::string name_;
  FlagTable table_;
};

TEST_F(Flags, AToggleTakesNoValue) {
  EXPECT_EQ(parse({"--json", "--name", "x"}), std::nullopt);
  EXPECT_TRUE(json_ && table_.given("json"));
  EXPECT_EQ(name_, "x");
  EXPECT_EQ(parse({"--json=1"}), "counter: --json: takes no value, got \"1\"");
}

TEST_F(Flags, ATextThatIsRefusedIsQuotedWithWhatWasExpected) {
  EXPECT_EQ(parse({"--name", "a b"}),
            "counter: --name: expected a word without blanks, got \"a b\"");
}

TEST_F(Flags, AProgramWithoutCommandsIsCalledByItsName) {
  EXPECT_THAT(table_.help(), HasSubstr("Usage: counter [flags]\n"));
  EXPECT_THAT(table_.help(), HasSubstr("  --json  "));
  EXPECT_THAT(table_.help(), HasSubstr("  --name WORD  what to count\n"));
  EXPECT_EQ(parse({"--else"}), "counter: unknown flag \"--else\", see counter --help");
}

}  // namespace
}  // namespace tickgate::gateway
