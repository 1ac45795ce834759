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

}  // namespace

TEST(CredentialLife, WithoutAnEndThereIsNothingToSay) {
  const auto life = life_of(std::nullopt, kNow, 1);
  EXPECT_EQ(life.notice.value(), INT64_MAX);
  EXPECT_EQ(life.end.value(), INT64_MAX);
  EXPECT_EQ(life_of(schemas::Timestamp{INT64_MAX}, kNow, 1).end.value(), INT64_MAX);
}

TEST(CredentialLife, NoticeComesInTheLastTenthAndTheEndWithinAMinuteBehind) {
  for (const std::int64_t lasts : {1, 60, 400, 900, 86'400}) {
    const auto tenth = std::clamp<std::int64_t>(lasts / 10, 30, 120);
    std::set<std::int64_t> notices, ends;
    for (std::uint64_t random = 0; random < 500; ++random) {
      const auto life = life_of(in(lasts), kNow, random * 64);
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

}  // namespace tickgate::gateway
