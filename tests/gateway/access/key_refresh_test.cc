// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/key_refresh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::SizeIs;

schemas::Timestamp at(std::int64_t second) { return schemas::Timestamp{second * 1'000'000}; }

KeySet keys(std::initializer_list<std::string> kids) {
  KeySet set;
  for (const auto& kid : kids) {
    set.keys.push_back({kid, *SignatureKey::hmac(std::string(31, 'x') + kid)});
  }
  return set;
}

TEST(KeyRefreshTest, ASetIsKeptForItsAgeWithinFiveMinutesAndAnHour) {
  KeyRefresh refresh;
  EXPECT_TRUE(refresh.succeeded(keys({"a"}), seconds(600), at(0)));
  EXPECT_EQ(refresh.delay(0), seconds(600));
  EXPECT_EQ(refresh.delay(1), seconds(540));
  EXPECT_FALSE(refresh.succeeded(keys({"a"}), seconds(0), at(1))) << "the same keys";
  EXPECT_EQ(refresh.delay(0), seconds(300));
  refresh.succeeded(keys({"a"}), seconds(86'400), at(2));
  EXPECT_EQ(refresh.delay(0), seconds(3600));
  refresh.succeeded(keys({"a"}), std::nullopt, at(3));
  EXPECT_EQ(refresh.delay(0), seconds(900));
}

TEST(KeyRefreshTest, FailuresBackOffAndLeaveTheKeysForADay) {
  KeyRefresh refresh;
  refresh.succeeded(keys({"a"}), std::nullopt, at(0));
  for (const int expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    EXPECT_FALSE(refresh.failed(at(100)));
    EXPECT_EQ(refresh.delay(0), seconds(expected));
  }
  EXPECT_FALSE(refresh.failed(at(86'399)));
  EXPECT_THAT(refresh.keys(), NotNull());
  EXPECT_TRUE(refresh.failed(at(86'400)));
  EXPECT_THAT(refresh.keys(), IsNull());
  EXPECT_FALSE(refresh.failed(at(86'500))) << "said once";
  EXPECT_TRUE(refresh.succeeded(keys({"a"}), std::nullopt, at(86'600)));
  EXPECT_THAT(refresh.keys(), NotNull());
  EXPECT_FALSE(refresh.failed(at(86'700)));
  EXPECT_EQ(refresh.delay(0), seconds(1)) << "from the first backoff again";
}

TEST(KeyRefreshTest, BeforeTheFirstSetFailuresBackOffToo) {
  KeyRefresh refresh;
  EXPECT_FALSE(refresh.failed(at(1'000'000)));
  EXPECT_FALSE(refresh.failed(at(1'000'001)));
  EXPECT_EQ(refresh.delay(0), seconds(2));
  EXPECT_EQ(refresh.fetched(), std::nullopt);
}

TEST(KeyRefreshTest, AKeyThatIsGoneLeavesAtTheSecondFetchThatLacksIt) {
  KeyRefresh refresh;
  refresh.succeeded(keys({"a", "b"}), std::nullopt, at(0));
  EXPECT_TRUE(refresh.succeeded(keys({"b"}), std::nullopt, at(10)));
  EXPECT_THAT(refresh.keys()->keys, SizeIs(1));
  ASSERT_THAT(refresh.leaving(), NotNull());
  EXPECT_TRUE(refresh.leaving()->holds(keys({"a"}).keys[0].key.thumbprint()));
  EXPECT_EQ(refresh.delay(0), seconds(34));
  EXPECT_GE(refresh.delay(1), seconds(30)) << "too early is no second opinion";
  EXPECT_TRUE(refresh.succeeded(keys({"b"}), std::nullopt, at(40)));
  EXPECT_THAT(refresh.leaving(), IsNull());
  EXPECT_EQ(refresh.delay(0), seconds(900));
}

TEST(KeyRefreshTest, AFetchThatComesSoonerIsNoSecondOpinion) {
  KeyRefresh refresh;
  refresh.succeeded(keys({"a", "b", "c"}), std::nullopt, at(0));
  refresh.succeeded(keys({"b", "c"}), std::nullopt, at(10));
  EXPECT_FALSE(refresh.succeeded(keys({"b", "c"}), std::nullopt, at(11))) << "nothing is new";
  ASSERT_THAT(refresh.leaving(), NotNull());
  EXPECT_EQ(refresh.delay(0), seconds(33));
  EXPECT_TRUE(refresh.succeeded(keys({"c"}), std::nullopt, at(39))) << "another is missing";
  EXPECT_THAT(refresh.leaving()->keys, SizeIs(2));
  EXPECT_EQ(refresh.delay(0), seconds(2)) << "for the first one";
  EXPECT_TRUE(refresh.succeeded(keys({"c"}), std::nullopt, at(40)));
  ASSERT_THAT(refresh.leaving()->keys, SizeIs(1));
  EXPECT_EQ(refresh.leaving()->keys[0].kid, "b") << "each has its own half minute";
  EXPECT_TRUE(refresh.succeeded(keys({"c"}), std::nullopt, at(5))) << "the clock was set back";
  EXPECT_THAT(refresh.leaving(), IsNull());
}

TEST(KeyRefreshTest, AKeyThatIsBackHasNeverLeft) {
  KeyRefresh refresh;
  refresh.succeeded(keys({"a", "b"}), std::nullopt, at(0));
  refresh.succeeded(keys({"b"}), std::nullopt, at(10));
  EXPECT_TRUE(refresh.succeeded(keys({"a", "b"}), std::nullopt, at(40)));
  EXPECT_THAT(refresh.leaving(), IsNull());
  EXPECT_THAT(refresh.keys()->keys, SizeIs(2));
}

}  // namespace
}  // namespace tickgate::gateway
