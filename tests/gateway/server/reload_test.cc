// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gateway/server/config_page.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

const std::string kFeeds = "feeds: [{venue: simulator}]\n";

// A file, and what was taken in of it.
class ReloadTest : public ::testing::Test {
 protected:
  std::string write(const std::string& text) { return folder_.write("t.yaml", text + kFeeds); }

  Reload start(const std::string& text) {
    auto loaded = load_config(write(text));
    EXPECT_THAT(loaded.errors, IsEmpty());
    return Reload(loaded.config, std::move(loaded.file),
                  [this](const Config& /*running*/, const Config& next) {
                    if (wrong_.empty()) taken_.push_back(next);
                    return wrong_;
                  });
  }

  testing::TemporaryFolder folder_;
  std::vector<Config> taken_;
  Texts wrong_;  // what the gateway says of the next one
};

TEST_F(ReloadTest, WhatChangedIsTakenIn) {
  auto reload = start("");
  write("limits: {connections: 7}\n");
  reload.run();
  ASSERT_EQ(taken_.size(), 1U);
  EXPECT_EQ(taken_[0].limits.connections, 7U);
  ASSERT_NE(reload.last(), nullptr);
  EXPECT_EQ(reload.last()->result, ReloadResult::kApplied);
  EXPECT_THAT(reload.last()->changes, ElementsAre("~ limits.connections 20000 -> 7"));
  reload.run();
  EXPECT_EQ(taken_.size(), 1U) << "unchanged";
  EXPECT_EQ(reload.last()->result, ReloadResult::kUnchanged);
}

TEST_F(ReloadTest, AKeyThatNeedsARestartKeepsItsValueAndTheRestIsTakenIn) {
  auto reload = start("server: {shards: 1}\n");
  const auto path = write("limits: {connections: 7}\nserver:\n  shards: 2\n");
  for (int i = 0; i < 2; ++i) {
    reload.run();
    EXPECT_EQ(reload.last()->result, ReloadResult::kRefused);
    EXPECT_THAT(reload.last()->problems,
                ElementsAre(path + ":3: server.shards 1 -> 2: needs a restart"));
  }
  ASSERT_EQ(taken_.size(), 1U);
  EXPECT_EQ(taken_[0].server.shards, 1U);
  EXPECT_EQ(taken_[0].limits.connections, 7U);
}

TEST_F(ReloadTest, AWrongFileChangesNothing) {
  auto reload = start("");
  const auto path = write("colour: red\n");
  reload.run();
  EXPECT_THAT(taken_, IsEmpty());
  EXPECT_THAT(reload.last_refused()->problems, ElementsAre(HasSubstr(path + ":1: colour: ")));
  write("");
  reload.run();
  EXPECT_EQ(reload.last()->result, ReloadResult::kUnchanged);
  EXPECT_NE(reload.last_refused(), nullptr) << "still known";
}

TEST_F(ReloadTest, WhatTheGatewayRefusesIsNotInForce) {
  auto reload = start("");
  write("limits: {connections: 7}\n");
  wrong_ = {"tls.crt: expired"};
  reload.run();
  EXPECT_THAT(reload.last()->problems, ElementsAre("tls.crt: expired"));
  wrong_.clear();
  reload.run();
  EXPECT_THAT(reload.last()->changes, ElementsAre("~ limits.connections 20000 -> 7"));
}

TEST_F(ReloadTest, IsNotWaitingForAFileThatIsNone) {
  auto reload = start("");
  const auto path = reload.file().path;
  std::filesystem::remove(path);
  reload.run();
  EXPECT_THAT(reload.last()->problems, ElementsAre(HasSubstr("No such file")));
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  reload.run();
  EXPECT_THAT(reload.last()->problems, ElementsAre(path + ": not a regular file"));
}

TEST_F(ReloadTest, LooksUntilTheFileRests) {
  auto reload = start("");
  reload.look();
  EXPECT_EQ(reload.last(), nullptr);
  write("limits: {connections: 7}\n");
  reload.look();
  EXPECT_EQ(reload.last(), nullptr) << "it may be half written";
  reload.look();
  ASSERT_NE(reload.last(), nullptr);
  EXPECT_EQ(taken_.size(), 1U);
}

TEST_F(ReloadTest, WithoutAFileThereIsNothingToRead) {
  Reload reload(Config{}, {}, [](const Config&, const Config&) { return Texts{"never"}; });
  reload.run();
  reload.look();
  EXPECT_EQ(reload.last(), nullptr);
  EXPECT_THAT(config_page(reload, 1), HasSubstr(R"("file":null,"fingerprint":null)"));
}

}  // namespace
}  // namespace tickgate::gateway
