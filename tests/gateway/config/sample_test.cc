// SPDX-License-Identifier: Apache-2.0
// deploy/tickgate.yaml, which people read in place of a manual: its comments are held to the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "feeds/venues/all.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/key_table.h"
#include "gateway/config/words.h"
#include "tests/support/deploy_file.h"

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kDescriptors = 1'000'000;

// A key as the sample shows it, in a comment or not.
struct Shown {
  std::string section;  // "server", "server.tls", "feeds"
  std::string venue;    // of a feed's key
  std::string key, value;
  std::string comment;  // above it and its neighbours, or beside it
};

// The keys of the sample in its order. Prose begins with "# ", a key in a comment with "#" or "# ".
std::vector<Shown> shown_keys() {
  static const std::regex kKey(
      R"(^( *)(?:#(?=[a-z-])|#  (?=[a-z]))?(?:- )?([a-z_]+):(?: +(.*?))?(?: +# (.*))?$)");
  std::vector<Shown> all;
  Shown now;
  std::string tls;  // the map that its keys stand in
  bool after_key = false;
  std::istringstream sample(testing::deploy_file("tickgate.yaml"));
  for (std::string line; std::getline(sample, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, kKey)) {
      if (after_key || line.empty()) now.comment.clear();
      if (const auto prose = line.find("# "); prose != std::string::npos) {
        now.comment.append(line.substr(prose + 2)).append(" ");
      }
      after_key = false;
      continue;
    }
    after_key = true;
    if (match[1].length() == 0) now.section = match[2];
    if (match[2] == "venue") now.venue = match[3];
    auto& key = all.emplace_back(now);
    key.key = match[2];
    key.value = match[3];
    key.comment += match[4];
    if (key.key == "tls" || key.key == "admin_tls") tls = "server." + key.key;
    const bool in_tls = key.key == "certificate" || key.key == "key" || key.key == "client_ca";
    if (key.section == "server" && in_tls) key.section = tls;
    if (key.section == "publish") key.section = "publish.nats";
    if (key.section == "feeds" && key.venue == "nats") key.section = "feeds.nats";
  }
  return all;
}

// The first one, which is the one that explains it.
Shown shown(std::string_view section, std::string_view key, std::string_view venue = "") {
  const auto all = shown_keys();
  const auto found = std::ranges::find_if(all, [&](const Shown& one) {
    return one.section == section && one.key == key && (venue.empty() || one.venue == venue);
  });
  if (found != all.end()) return *found;
  ADD_FAILURE() << "the sample lacks " << section << "." << key << " " << venue;
  return {};
}

TEST(Sample, ShowsEveryKeyWithItsDefault) {
  for (const auto& section : key_table()) {
    for (const auto& row : section.rows) {
      const auto key = shown(section.name, row.key.name);
      if (!row.value.empty()) {
        EXPECT_EQ(key.value, row.value) << key.key;
      }
    }
  }
}

TEST(Sample, NamesEveryRangeAndEveryWordInTheCommentOfItsKey) {
  for (const auto& section : key_table()) {
    for (const auto& row : section.rows) {
      const auto key = shown(section.name, row.key.name);
      if (!row.least_text.empty()) {
        EXPECT_THAT(key.comment, HasSubstr(row.least_text + " to " + row.most_text)) << key.key;
      }
      for (const auto word : row.words) {
        EXPECT_THAT(key.comment, HasSubstr(std::string(word))) << key.key;
      }
    }
  }
}

TEST(Sample, SaysOfEachKeyThatNeedsARestartThatItDoes) {
  for (const auto& section : key_table()) {
    for (const auto& row : section.rows) {
      const auto key = shown(section.name, row.key.name);
      const bool is_said = key.comment.find("needs a restart") != std::string::npos;
      if (!section.name.ends_with("tls")) {  // which stands under that of the map
        EXPECT_EQ(is_said, row.key.in_force == InForce::kNextStart) << key.key;
      }
    }
  }
}

TEST(Sample, NamesTheVenuesAndTheDepthsThatEachOffers) {
  EXPECT_THAT(shown("feeds", "venue").comment,
              HasSubstr(either(venue_names([](const auto&) { return true; }))));
  for (const auto& venue : feeds::venues()) {
    const auto& depths = venue.facts.book_depths;
    if (depths.preset == 0) continue;
    const auto key = shown("feeds", "book_depth", venue.facts.name);
    EXPECT_EQ(key.value, std::to_string(depths.preset));
    const auto texts = depth_texts(depths);
    const std::vector<std::string_view> words(texts.begin(), texts.end());
    const auto range = std::to_string(depths.least) + " to " + std::to_string(depths.most);
    EXPECT_THAT(key.comment, HasSubstr(texts.empty() ? range : either(words)));
  }
}

std::vector<std::string> values(const std::vector<KeyRow>& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.value);
  return out;
}

TEST(Sample, IsTheDefaults) {
  const auto result = parse_config(testing::deploy_file("tickgate.yaml"), "t.yaml", kDescriptors);
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(values(key_rows(result.config.server)), values(key_rows(ServerConfig{})));
  EXPECT_EQ(values(key_rows(result.config.limits)), values(key_rows(LimitsConfig{})));
  EXPECT_EQ(values(key_rows(result.config.log)), values(key_rows(LogConfig{})));
  EXPECT_EQ(values(key_rows(result.config.bars)), values(key_rows(BarsConfig{})));
  EXPECT_EQ(values(key_rows(result.config.ledger)), values(key_rows(LedgerConfig{})));
  EXPECT_EQ(result.config.feeds.size(), 3U);
}

TEST(Sample, ThePodsConfigurationIsValid) {
  const auto text = testing::deploy_file("base/tickgate.yaml");
  EXPECT_THAT(parse_config(text, "t.yaml", kDescriptors).errors, IsEmpty());
}

}  // namespace
}  // namespace tickgate::gateway
