// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nkey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tickgate::feeds {
namespace {

// The pair that the documentation of NATS shows.
constexpr const char* kSeed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
constexpr const char* kPublic = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

TEST(Nkey, APublicKeyIsMadeOfItsSeed) {
  EXPECT_THAT(public_nkey(kSeed), ::testing::Optional(std::string(kPublic)));
}

TEST(Nkey, WhatIsNoUsersSeedIsNone) {
  EXPECT_EQ(public_nkey(""), std::nullopt);
  EXPECT_EQ(public_nkey(kPublic), std::nullopt);
  std::string mistyped = kSeed;
  mistyped[20] = mistyped[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(public_nkey(mistyped), std::nullopt);
  EXPECT_EQ(public_nkey(std::string(kSeed).substr(1)), std::nullopt);
  std::string longer = kSeed;
  longer += 'A';
  EXPECT_EQ(public_nkey(longer), std::nullopt);
  EXPECT_EQ(public_nkey("suacssl3"), std::nullopt);
}

}  // namespace
}  // namespace tickgate::feeds
