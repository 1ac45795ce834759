// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/client_standing.h"

#include <gtest/gtest.h>

#include <set>

namespace tickgate::gateway {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr schemas::Timestamp kNow{1'700'000'000 * kSecond};

schemas::Timestamp in(std::int64_t seconds) {
  return schemas::Timestamp{kNow.value() + seconds * kSecond};
}

Grant until(schemas::Timestamp expires, const char* credential = "jwt:a") {
  Grant grant;
  grant.credential = credential;
  grant.expires = expires;
  return grant;
}

}  // namespace

TEST(CredentialLife, WithoutAnEndThereIsNothingToSay) {
  const auto life = life_of(Grant{}, kNow, 1);
  EXPECT_EQ(life.notice.value(), INT64_MAX);
  EXPECT_EQ(life.end.value(), INT64_MAX);
  EXPECT_EQ(life_of(until(schemas::Timestamp{INT64_MAX}), kNow, 1).end.value(), INT64_MAX);
}

TEST(CredentialLife, NoticeComesInTheLastTenthAndTheEndWithinAMinuteBehind) {
  for (const std::int64_t lasts : {1, 60, 400, 900, 86'400}) {
    const auto tenth = std::clamp<std::int64_t>(lasts / 10, 30, 120);
    std::set<std::int64_t> notices, ends;
    for (std::uint64_t random = 0; random < 500; ++random) {
      const auto life = life_of(until(in(lasts)), kNow, random * 64);
      const auto before = (in(lasts).value() - life.notice.value()) / kSecond;
      const auto behind = (life.end.value() - in(lasts).value()) / kSecond;
      EXPECT_GE(before, 30) << lasts;
      EXPECT_LE(before, tenth) << lasts;
      EXPECT_GE(behind, 0) << lasts;
      EXPECT_LT(behind, 60) << lasts;
      notices.insert(before);
      ends.insert(behind);
    }
    EXPECT_EQ(ends.size(), 60U) << "spread over all of the minute";
    EXPECT_GT(notices.size(), static_cast<std::size_t>(tenth - 30) * 9 / 10)
        << "and over the tenth";
  }
}

TEST(CredentialLife, WhoseTokenHasEndedHasWhatIsLeftOfTheMinute) {
  for (const std::int64_t ago : {0, 1, 45, 59}) {
    std::set<std::int64_t> ends;
    for (std::uint64_t random = 0; random < 500; ++random) {
      const auto life = life_of(until(in(-ago)), kNow, random * 64);
      EXPECT_GE(life.end, kNow) << ago;
      EXPECT_LT(life.end, in(60 - ago)) << ago;
      ends.insert((life.end.value() - kNow.value()) / kSecond);
    }
    EXPECT_EQ(ends.size(), static_cast<std::size_t>(60 - ago)) << "spread over all of it";
  }
  EXPECT_LT(life_of(until(in(-61)), kNow, 1).end, kNow);
}

TEST(CredentialLife, KeysAndCertificatesEndToTheSecond) {
  for (const char* const credential : {"key:AbCd0123", "certificate:aa"}) {
    const auto life = life_of(until(in(14), credential), kNow, 7);
    EXPECT_EQ(life.end, in(14)) << credential;
    EXPECT_LE(life.notice, in(14 - 30)) << credential;
  }
}

}  // namespace tickgate::gateway
