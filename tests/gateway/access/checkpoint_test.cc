// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/checkpoint.h"

#include <gtest/gtest.h>

#include "tests/support/fake_guard.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint64_t kHost = 7;
constexpr schemas::Timestamp kNow{1};

struct CountedTries final : AddressLimits {
  bool may_try(std::uint64_t host) override {
    EXPECT_EQ(host, kHost);
    return ++tries <= most;
  }
  void failed(std::uint64_t) override { ++failures; }
  int most = 1'000, tries = 0, failures = 0;
};

class CheckpointTest : public ::testing::Test {
 protected:
  void put(const testing::FakeGuard& guard) {
    holder.replace(std::make_shared<const testing::FakeGuard>(guard));
  }
  AuthResult check(std::string_view credential) {
    return checkpoint.check(credential, kHost, kNow).result;
  }

  GuardHolder holder;
  CountedTries addresses;
  std::shared_ptr<SubjectCounts> subjects = std::make_shared<SubjectCounts>();
  Checkpoint checkpoint{&holder, &addresses, subjects};
};

}  // namespace

TEST_F(CheckpointTest, WhereThereIsNoGuardNobodyIsAsked) {
  Checkpoint open(nullptr, nullptr, subjects);
  EXPECT_FALSE(open.guarded());
  EXPECT_FALSE(checkpoint.guarded());
  const auto checked = checkpoint.check("anything", kHost, kNow);
  EXPECT_EQ(checked.result, AuthResult::kGranted);
  EXPECT_EQ(checked.grant, nullptr);
}

TEST_F(CheckpointTest, EachEndIsCountedAndGuessesAreHeldAgainstTheAddress) {
  testing::FakeGuard guard;
  guard.give("good", {});
  guard.expired.insert("old");
  guard.unknown.insert("new");
  put(guard);
  EXPECT_TRUE(checkpoint.guarded());
  EXPECT_EQ(check("good"), AuthResult::kGranted);
  EXPECT_EQ(check("old"), AuthResult::kExpired);
  EXPECT_EQ(addresses.failures, 0) << "neither was a guess";
  EXPECT_EQ(check("bad"), AuthResult::kRefused);
  EXPECT_EQ(addresses.failures, 1);
  EXPECT_EQ(check("new"), AuthResult::kUnknownKey);
  EXPECT_EQ(checkpoint.count(AuthResult::kUnknownKey).value(), 0U) << "not the end of it";
  checkpoint.note(AuthResult::kUnknownKey, kHost);
  EXPECT_EQ(addresses.failures, 2);
  addresses.most = addresses.tries;
  EXPECT_EQ(check("good"), AuthResult::kLimited) << "not looked at";
  for (const auto result : {AuthResult::kGranted, AuthResult::kRefused, AuthResult::kExpired,
                            AuthResult::kUnknownKey, AuthResult::kLimited}) {
    EXPECT_EQ(checkpoint.count(result).value(), 1U) << name(result);
  }
}

TEST_F(CheckpointTest, WhatWaitsForASlowIssuerIsNoGuess) {
  testing::FakeGuard guard;
  guard.awaits = true;
  put(guard);
  checkpoint.note(AuthResult::kUnknownKey, kHost);
  EXPECT_EQ(addresses.failures, 0);
  EXPECT_EQ(check("bad"), AuthResult::kRefused);
  EXPECT_EQ(addresses.failures, 1) << "a key that is here is not waited for";
}

TEST_F(CheckpointTest, WhoRenewsIsLookedAtWhateverOthersOfItsAddressShowed) {
  put(testing::FakeGuard().give("good", {}));
  addresses.most = 0;
  EXPECT_EQ(check("good"), AuthResult::kLimited);
  EXPECT_EQ(checkpoint.check_renewal("good", kHost, kNow).result, AuthResult::kGranted);
  EXPECT_EQ(addresses.failures, 0);
  EXPECT_EQ(checkpoint.check_renewal("bad", kHost, kNow).result, AuthResult::kRefused);
  EXPECT_EQ(addresses.failures, 1) << "held against it all the same";
}

TEST_F(CheckpointTest, AGuardThatIsReplacedIsAskedNoMore) {
  put(testing::FakeGuard().give("a", {}));
  const auto before = checkpoint.generation();
  const auto granted = checkpoint.check("a", kHost, kNow).grant;
  put(testing::FakeGuard().give("b", {}));
  EXPECT_NE(checkpoint.generation(), before);
  EXPECT_EQ(check("a"), AuthResult::kRefused);
  EXPECT_EQ(checkpoint.renewed(granted, kNow), nullptr);
  holder.replace(nullptr);
  EXPECT_FALSE(checkpoint.guarded());
}

TEST_F(CheckpointTest, SoManyMayWaitForAKeyAndNoMore) {
  for (std::int64_t i = 0; i < Checkpoint::kMostParked; ++i) EXPECT_TRUE(checkpoint.park());
  EXPECT_FALSE(checkpoint.park());
  checkpoint.unpark();
  EXPECT_TRUE(checkpoint.park());
}

TEST_F(CheckpointTest, ASubjectWithTooManyStreamsIsCounted) {
  Grant one;
  one.subject = "a";
  one.connections = 1;
  const auto grant = std::make_shared<const Grant>(one);
  const auto place = checkpoint.enter(grant);
  EXPECT_TRUE(place.has_value());
  EXPECT_FALSE(checkpoint.enter(grant).has_value());
  EXPECT_EQ(checkpoint.count(AuthResult::kTooMany).value(), 1U);
}

}  // namespace tickgate::gateway
