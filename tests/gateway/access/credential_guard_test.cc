// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/credential_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/access_vectors.h"

namespace tickgate::gateway {
namespace {

using ::testing::IsNull;
using testing::kVectorsNow;
using ::testing::NotNull;

schemas::Timestamp after(std::int64_t seconds) {
  return schemas::Timestamp{kVectorsNow.value() + seconds * 1'000'000};
}

class CredentialGuardTest : public ::testing::Test {
 protected:
  // A key of "acme", as `tickgate key create` makes it; its text in text_.
  std::shared_ptr<const ApiKeys> api_keys(ApiKey key) {
    text_ = *ApiKeyText::make();
    key.id = *ApiKeyText::id_of(text_);
    key.name = "desk";
    key.subject = "acme";
    key.digest = sha256(text_);
    auto keys = ApiKeys::parse(api_key_line(key), kVectorsNow);
    EXPECT_TRUE(keys.ok()) << keys.status();
    return std::make_shared<const ApiKeys>(*std::move(keys));
  }

  const std::map<std::string, std::string> tokens_ = testing::vector_tokens();
  std::string text_;
};

TEST_F(CredentialGuardTest, AnApiKeyGivesWhatItsLineSays) {
  ApiKey key;
  key.entitlement.depth = 3;
  GuardSettings settings;
  settings.api_keys = api_keys(key);
  const CredentialGuard guard(std::move(settings));
  const auto checked = guard.check(text_, kVectorsNow);
  ASSERT_EQ(checked.verdict, Verdict::kGranted);
  EXPECT_EQ(checked.grant->subject, "acme");
  EXPECT_EQ(checked.grant->depth, 3);
  EXPECT_EQ(checked.grant->credential, "key:" + text_.substr(4, 8));
  EXPECT_EQ(guard.check(text_, kVectorsNow).grant, checked.grant);
}

TEST_F(CredentialGuardTest, ACertificateGivesWhatItsNameIsMappedTo) {
  GuardSettings settings;
  settings.plans["pro"].depth = 7;
  settings.certificates = {{"DNS:feed.a.b", ""}, {"CN=desk-7", "pro"}, {"CN=old", "gone"}};
  const ShownCertificate shown{{"CN=desk-7", "DNS:desk.a.b"}, std::string(64, 'a'), after(10)};
  const CredentialGuard guard(settings);
  const auto checked = guard.check_certificate(shown, kVectorsNow);
  ASSERT_EQ(checked.verdict, Verdict::kGranted);
  EXPECT_EQ(checked.grant->subject, "CN=desk-7");
  EXPECT_EQ(checked.grant->depth, 7);
  EXPECT_EQ(checked.grant->credential, "certificate:" + std::string(64, 'a'));
  EXPECT_EQ(guard.check(checked.grant->credential, kVectorsNow).verdict, Verdict::kRefused)
      << "its name is no secret";
  EXPECT_EQ(guard.renewed(checked.grant, after(9)), checked.grant);
  EXPECT_THAT(guard.renewed(checked.grant, after(10)), IsNull());
  EXPECT_EQ(guard.check_certificate(shown, after(10)).verdict, Verdict::kExpired);
  EXPECT_EQ(guard.check_certificate({{"CN=x"}, "", after(10)}, kVectorsNow).verdict,
            Verdict::kRefused);
  EXPECT_EQ(guard.check_certificate({{"CN=old"}, "", after(10)}, kVectorsNow).verdict,
            Verdict::kRefused)
      << "a plan that there is not";

  settings.certificates[1].plan = "";
  EXPECT_EQ(CredentialGuard(settings).renewed(checked.grant, kVectorsNow)->depth,
            Grant::kMostDepth);
  settings.denied = {{"CN=desk-7", {}}};
  EXPECT_THAT(CredentialGuard(settings).renewed(checked.grant, kVectorsNow), IsNull());
  settings.certificates.clear();
  EXPECT_THAT(CredentialGuard(settings).renewed(checked.grant, kVectorsNow), IsNull());
}

TEST_F(CredentialGuardTest, AnotherSecretUnderTheSameIdIsRefused) {
  GuardSettings settings;
  settings.api_keys = api_keys({});
  const CredentialGuard guard(std::move(settings));
  for (std::size_t i = 4; i < text_.size(); ++i) {
    auto bad = text_;
    bad[i] = bad[i] == 'a' ? 'b' : 'a';
    EXPECT_EQ(guard.check(bad, kVectorsNow).verdict, Verdict::kRefused) << i;
  }
  EXPECT_EQ(guard.check(*ApiKeyText::make(), kVectorsNow).verdict, Verdict::kRefused);
}

TEST_F(CredentialGuardTest, AnApiKeyEndsWhenItSays) {
  ApiKey key;
  key.expires = after(10);
  GuardSettings settings;
  settings.api_keys = api_keys(key);
  const CredentialGuard guard(std::move(settings));
  const auto grant = guard.check(text_, after(9)).grant;
  ASSERT_THAT(grant, NotNull());
  EXPECT_EQ(guard.renewed(grant, after(9)), grant);
  EXPECT_EQ(guard.check(text_, after(10)).verdict, Verdict::kExpired);
  EXPECT_THAT(guard.renewed(grant, after(10)), IsNull());
}

TEST_F(CredentialGuardTest, AKeyThatIsRemovedTakesItsGrantsAlong) {
  auto settings = testing::vector_settings();
  settings.api_keys = api_keys({});
  const CredentialGuard before(settings);
  const auto by_token = before.check(tokens_.at("good_rs256"), kVectorsNow).grant;
  const auto by_key = before.check(text_, kVectorsNow).grant;
  EXPECT_EQ(before.renewed(by_token, kVectorsNow), by_token);
  EXPECT_EQ(before.renewed(by_key, kVectorsNow), by_key);
  auto keys = *settings.keys;
  keys.keys.erase(keys.keys.begin());
  settings.keys = std::make_shared<const KeySet>(keys);
  settings.api_keys = nullptr;
  const CredentialGuard after(settings);
  EXPECT_THAT(after.renewed(by_token, kVectorsNow), IsNull());
  EXPECT_THAT(after.renewed(by_key, kVectorsNow), IsNull());
  EXPECT_EQ(after.check(tokens_.at("good_rs256"), kVectorsNow).verdict, Verdict::kRefused);
}

TEST_F(CredentialGuardTest, AnotherKeyUnderTheSameNameIsAnotherKey) {
  auto settings = testing::vector_settings();
  const CredentialGuard before(settings);
  const auto grant = before.check(tokens_.at("good_hs256"), kVectorsNow).grant;
  auto keys = *settings.keys;
  keys.keys.back().key = *SignatureKey::hmac(std::string(32, 'x'));
  settings.keys = std::make_shared<const KeySet>(keys);
  EXPECT_THAT(CredentialGuard(settings).renewed(grant, kVectorsNow), IsNull());
}

TEST_F(CredentialGuardTest, WhatALeavingKeyGaveStaysAndNothingNewComesByIt) {
  auto settings = testing::vector_settings();
  const auto all = settings.keys;
  const CredentialGuard before(settings);
  const auto grant = before.check(tokens_.at("good_rs256"), kVectorsNow).grant;
  auto keys = *all;
  keys.keys.erase(keys.keys.begin());
  settings.keys = std::make_shared<const KeySet>(keys);
  settings.leaving = all;
  const CredentialGuard after(settings);
  EXPECT_EQ(after.renewed(grant, kVectorsNow), grant);
  EXPECT_EQ(after.check(tokens_.at("good_rs256"), kVectorsNow).verdict, Verdict::kRefused);
}

TEST_F(CredentialGuardTest, ADeniedSubjectLosesWhatItHas) {
  auto settings = testing::vector_settings();
  const auto grant = CredentialGuard(settings).check(tokens_.at("good_rs256"), kVectorsNow).grant;
  auto denied = settings;
  denied.denied.push_back({"acme", {}});
  EXPECT_THAT(CredentialGuard(denied).renewed(grant, kVectorsNow), IsNull());
  denied = settings;
  denied.denied.push_back({"acme", after(-60)});  // when it was issued
  EXPECT_EQ(CredentialGuard(denied).renewed(grant, kVectorsNow), grant);
  denied.denied.back().before = after(-59);
  EXPECT_THAT(CredentialGuard(denied).renewed(grant, kVectorsNow), IsNull());
}

TEST_F(CredentialGuardTest, AChangedPlanIsAnotherGrantAndAnUnchangedOneTheSame) {
  auto settings = testing::vector_settings();
  const auto grant = CredentialGuard(settings).check(tokens_.at("good_plan"), kVectorsNow).grant;
  ASSERT_THAT(grant, NotNull());
  settings.defaults.connections = 7;
  const auto other = CredentialGuard(settings).renewed(grant, kVectorsNow);
  ASSERT_THAT(other, NotNull());
  EXPECT_NE(other, grant);
  EXPECT_EQ(other->connections, 7U);
  EXPECT_EQ(CredentialGuard(settings).renewed(other, kVectorsNow), other);
  settings.plans.clear();
  EXPECT_THAT(CredentialGuard(settings).renewed(other, kVectorsNow), IsNull());
}

TEST_F(CredentialGuardTest, ATokenThatEndedIsNotRenewed) {
  const CredentialGuard guard(testing::vector_settings());
  const auto grant = guard.check(tokens_.at("good_rs256"), kVectorsNow).grant;
  EXPECT_EQ(guard.renewed(grant, after(659)), grant);
  EXPECT_THAT(guard.renewed(grant, after(660)), IsNull());
  EXPECT_THAT(guard.renewed(nullptr, kVectorsNow), IsNull());
}

TEST_F(CredentialGuardTest, AFloodOfUnknownKidsIsOneFetchInThirtySeconds) {
  int fetches = 0;
  KeyDemand demand([&] { ++fetches; });
  auto settings = testing::vector_settings();
  settings.keys = nullptr;
  settings.demand = &demand;
  const CredentialGuard guard(std::move(settings));
  const auto& token = tokens_.at("good_rs256");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(guard.check(token, kVectorsNow).verdict, Verdict::kUnknown);
  }
  EXPECT_EQ(guard.check(token, after(1)).verdict, Verdict::kUnknown) << "under way";
  EXPECT_EQ(guard.check(token, after(3)).verdict, Verdict::kRefused);
  EXPECT_EQ(guard.check(token, after(29)).verdict, Verdict::kRefused);
  demand.set_pending(true);
  EXPECT_TRUE(guard.awaits_keys());
  EXPECT_EQ(guard.check(token, after(29)).verdict, Verdict::kUnknown) << "its issuer is slow";
  demand.set_pending(false);
  EXPECT_EQ(fetches, 1);
  EXPECT_EQ(guard.check(token, after(30)).verdict, Verdict::kUnknown);
  EXPECT_EQ(fetches, 2);
  EXPECT_EQ(guard.check(token, after(-3600)).verdict, Verdict::kUnknown)
      << "the clock was set back";
  EXPECT_EQ(fetches, 3);
}

TEST_F(CredentialGuardTest, NothingIsFetchedForWhatNoUrlCanBring) {
  int fetches = 0;
  KeyDemand demand([&] { ++fetches; });
  auto settings = testing::vector_settings();
  settings.demand = &demand;
  const CredentialGuard guard(std::move(settings));
  for (const char* const name :
       {"kid_unknown", "none", "key_confusion", "es384_on_p256", "alg_missing", "kid_number"}) {
    EXPECT_EQ(guard.check(tokens_.at(name), kVectorsNow).verdict, Verdict::kRefused) << name;
  }
  EXPECT_EQ(fetches, 0);
}

TEST(TokenCacheTest, IsBoundedAndTheOldestMakeRoom) {
  TokenCache cache;
  const auto digest = [](int number) { return sha256(std::to_string(number)); };
  const auto grant = std::make_shared<const Grant>();
  constexpr int kMany = 3 * static_cast<int>(TokenCache::kPlaces);
  for (int i = 0; i < kMany; ++i) cache.keep(digest(i), grant);
  std::size_t held = 0;
  for (int i = 0; i < kMany; ++i) held += cache.find(digest(i)) != nullptr ? 1 : 0;
  EXPECT_EQ(held, TokenCache::kPlaces);
  EXPECT_EQ(cache.find(digest(0)), nullptr);
  EXPECT_NE(cache.find(digest(kMany - 1)), nullptr);
}

}  // namespace
}  // namespace tickgate::gateway
