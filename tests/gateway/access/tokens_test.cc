// SPDX-License-Identifier: Apache-2.0
// Tokens that independent programs made, good ones and hostile ones: tests/data/access/make.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gateway/access/credential_guard.h"
#include "tests/support/access_vectors.h"

namespace tickgate::gateway {
namespace {

using ::testing::Eq;
using ::testing::IsNull;
using testing::kVectorsNow;
using ::testing::NotNull;

class Tokens : public ::testing::Test {
 protected:
  Checked check(const std::string& token) const { return guard_.check(token, kVectorsNow); }
  const std::string& token(const std::string& name) const { return tokens_.at(name); }

  const std::map<std::string, std::string> tokens_ = testing::vector_tokens();
  CheckCounts counts_;
  const CredentialGuard guard_{[this] {
    auto settings = testing::vector_settings();
    settings.counts = &counts_;
    return settings;
  }()};
};

TEST_F(Tokens, EachIsWhatItsNameSaysAndTheRefusedOnesTellNoMore) {
  ASSERT_GT(tokens_.size(), 90U);
  for (const auto& [name, token] : tokens_) {
    const auto checked = check(token);
    const auto expected = name.starts_with("good_")      ? Verdict::kGranted
                          : name.starts_with("expired_") ? Verdict::kExpired
                                                         : Verdict::kRefused;
    EXPECT_EQ(checked.verdict, expected) << name;
    EXPECT_THAT(checked.grant, expected == Verdict::kGranted
                                   ? ::testing::Matcher<std::shared_ptr<const Grant>>(NotNull())
                                   : IsNull())
        << name;
  }
}

TEST_F(Tokens, WhatIsWrongIsCountedByItsKind) {
  const auto counted = [&](const std::string& name, CheckResult result) {
    const auto before = counts_.of(result);
    check(token(name));
    EXPECT_EQ(counts_.of(result), before + 1) << name;
  };
  counted("good_rs256", CheckResult::kVerified);
  counted("good_rs256", CheckResult::kCached);
  counted("none", CheckResult::kMalformed);
  counted("none_with_a_key", CheckResult::kUnknownKey);
  counted("key_confusion", CheckResult::kUnknownKey);
  counted("kid_unknown", CheckResult::kUnknownKey);
  counted("es256_der", CheckResult::kSignature);
  counted("es256_zero", CheckResult::kSignature);
  counted("jwk_embedded", CheckResult::kSignature);
  counted("crit", CheckResult::kMalformed);
  counted("alg_twice", CheckResult::kMalformed);
  counted("sub_twice", CheckResult::kMalformed);
  counted("too_deep", CheckResult::kMalformed);
  counted("exp_huge", CheckResult::kMalformed);
  counted("exp_beyond_the_ceiling", CheckResult::kTime);
  counted("not_yet", CheckResult::kTime);
  counted("aud_other", CheckResult::kForeign);
  counted("expired_just", CheckResult::kExpired);
  counted("subject_denied", CheckResult::kDenied);
  counted("plan_unknown", CheckResult::kDenied);
}

TEST_F(Tokens, NoneIsGoodInAnyOtherSpelling) {
  for (const char* const name : {"good_rs256", "good_es256", "good_eddsa", "good_hs256"}) {
    const auto good = token(name);
    const auto second = good.rfind('.');
    const auto first = good.find('.');
    std::vector<std::string> bad = {good + ".",
                                    good + "..",
                                    good + "=",
                                    good + "\n",
                                    " " + good,
                                    good + "." + good,
                                    good.substr(0, second),
                                    good.substr(0, second + 1),
                                    good.substr(first),
                                    "." + good,
                                    good + std::string(1, '\0')};
    // Another last character with the same bits that count, where there are such.
    for (const char last :
         std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
      if (last != good.back()) bad.push_back(good.substr(0, good.size() - 1) + last);
    }
    for (const std::size_t at :
         {std::size_t{0}, first, first + 1, second, second + 1, good.size() / 2}) {
      for (const char junk : {'!', '=', '+', '/', '\n', '.'}) {
        bad.push_back(good.substr(0, at) + junk + good.substr(at));
      }
    }
    for (const auto& text : bad) EXPECT_EQ(check(text).verdict, Verdict::kRefused) << text;
    EXPECT_EQ(check(good).verdict, Verdict::kGranted);
  }
}

TEST_F(Tokens, NoByteOfOneCanBeChanged) {
  const auto good = token("good_hs256");
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    ASSERT_EQ(check(bad).verdict, Verdict::kRefused) << i;
  }
}

TEST_F(Tokens, OneThatIsTooLongIsNotLookedAt) {
  EXPECT_EQ(check(std::string(kMostCredentialBytes + 1, 'a')).verdict, Verdict::kRefused);
  EXPECT_EQ(check(std::string(1'000'000, '.')).verdict, Verdict::kRefused);
  EXPECT_EQ(check("").verdict, Verdict::kRefused);
}

TEST_F(Tokens, ClaimAndPlanGiveTheStricter) {
  const auto grant = check(token("good_rs256")).grant;
  ASSERT_THAT(grant, NotNull());
  EXPECT_EQ(grant->subject, "acme");
  EXPECT_EQ(grant->credential, "jwt:rsa");
  EXPECT_EQ(grant->depth, 10);
  EXPECT_THAT(grant->expires, Eq(schemas::Timestamp{kVectorsNow.value() + 600'000'000}));
  const auto planned = check(token("good_plan")).grant;
  ASSERT_THAT(planned, NotNull());
  EXPECT_EQ(planned->plan, "basic");
  EXPECT_EQ(planned->depth, 5);
  EXPECT_TRUE(planned->allows(schemas::Channel::kBook));
  EXPECT_FALSE(planned->allows(schemas::Channel::kTrade));
}

TEST_F(Tokens, TheSameTokenIsTheSameGrantUntilItEnds) {
  const auto first = check(token("good_es256"));
  EXPECT_EQ(check(token("good_es256")).grant, first.grant);
  const auto later = [&](std::int64_t seconds) {
    return guard_.check(token("good_es256"),
                        schemas::Timestamp{kVectorsNow.value() + seconds * 1'000'000});
  };
  EXPECT_EQ(later(659).verdict, Verdict::kGranted) << "clocks differ by a minute";
  EXPECT_EQ(later(660).verdict, Verdict::kExpired);
}

TEST_F(Tokens, WithoutKeysNoneIsGood) {
  auto settings = testing::vector_settings();
  settings.keys = nullptr;
  const CredentialGuard guard(std::move(settings));
  for (const auto& [name, token] : tokens_) {
    EXPECT_EQ(guard.check(token, kVectorsNow).verdict, Verdict::kRefused) << name;
  }
}

TEST_F(Tokens, ATypeIsTheOneOrTheOtherHoweverItIsSpelt) {
  const auto is_read = [](const std::string& type) {
    std::string header;
    absl::WebSafeBase64Escape(R"({"alg":"HS256","typ":)" + type + "}", &header);
    header.erase(std::min(header.find('='), header.size()));
    return read_token_head(header + ".e30.AAAA").has_value();
  };
  for (const char* const good : {R"("JWT")", R"("jwt")", R"("at+jwt")", R"("AT+JWT")",
                                 R"("application/at+jwt")", R"("Application/JWT")"}) {
    EXPECT_TRUE(is_read(good)) << good;
  }
  for (const char* const bad : {R"("")", R"("application/")", R"("text/jwt")", R"("logout+jwt")",
                                R"("application/application/jwt")", "null", "[\"JWT\"]"}) {
    EXPECT_FALSE(is_read(bad)) << bad;
  }
}

TEST_F(Tokens, WithoutAKidOnlyOneKeyMayFit) {
  auto settings = testing::vector_settings();
  auto keys = *settings.keys;
  auto twin = keys.keys[1];  // ES256, as the token
  twin.kid = "twin";
  keys.keys.push_back(twin);
  settings.keys = std::make_shared<const KeySet>(keys);
  EXPECT_EQ(CredentialGuard(settings).check(token("good_without_kid"), kVectorsNow).verdict,
            Verdict::kGranted)
      << "one key, under two names";
  // The base point of P-256, which is a key as good as any.
  const auto other = SignatureKey::p256(
      absl::HexStringToBytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
      absl::HexStringToBytes("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
  ASSERT_TRUE(other.ok()) << other.status();
  keys.keys.push_back({"other", *other});
  settings.keys = std::make_shared<const KeySet>(keys);
  const CredentialGuard guard(std::move(settings));
  EXPECT_EQ(guard.check(token("good_without_kid"), kVectorsNow).verdict, Verdict::kRefused);
  EXPECT_EQ(guard.check(token("good_es256"), kVectorsNow).verdict, Verdict::kGranted);
}

}  // namespace
}  // namespace tickgate::gateway
