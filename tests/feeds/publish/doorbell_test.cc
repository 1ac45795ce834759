// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/doorbell.h"

#include <poll.h>
#include <unistd.h>

#include <cstdint>

#include "gtest/gtest.h"

namespace tickgate::feeds {
namespace {

bool readable(const Doorbell& bell) {
  pollfd poll_one{bell.fd(), POLLIN, 0};
  return ::poll(&poll_one, 1, 0) == 1;
}

// How many signals the descriptor holds; takes them away.
std::uint64_t signals(const Doorbell& bell) {
  std::uint64_t count = 0;
  return ::read(bell.fd(), &count, sizeof count) == sizeof count ? count : 0;
}

TEST(Doorbell, WakesASleeperWithOneSignalHoweverOftenItRings) {
  Doorbell bell;
  EXPECT_FALSE(bell.prepare_to_sleep());
  EXPECT_FALSE(readable(bell));
  for (int i = 0; i < 1000; ++i) bell.ring();
  EXPECT_EQ(signals(bell), 1U);
}

TEST(Doorbell, AwakeConsumerCostsNoSignal) {
  Doorbell bell;
  bell.ring();
  EXPECT_FALSE(readable(bell));
}

TEST(Doorbell, RingBeforeTheSleepAsksForOneMoreDrain) {
  Doorbell bell;
  bell.ring();
  EXPECT_TRUE(bell.prepare_to_sleep());
  EXPECT_FALSE(readable(bell));
  EXPECT_FALSE(bell.prepare_to_sleep());  // and only one
  bell.ring();
  EXPECT_TRUE(readable(bell));
}

TEST(Doorbell, ClearEndsOneSleep) {
  Doorbell bell;
  EXPECT_FALSE(bell.prepare_to_sleep());
  bell.ring();
  bell.clear();
  EXPECT_FALSE(readable(bell));
  bell.ring();
  EXPECT_FALSE(readable(bell));  // awake
  EXPECT_TRUE(bell.prepare_to_sleep());
  bell.ring();
  EXPECT_TRUE(readable(bell));
}

TEST(Doorbell, ClearWithoutARingIsHarmless) {
  Doorbell bell;
  EXPECT_FALSE(bell.prepare_to_sleep());
  bell.clear();
  bell.clear();
  EXPECT_FALSE(bell.prepare_to_sleep());
  bell.ring();
  EXPECT_EQ(signals(bell), 1U);
}

}  // namespace
}  // namespace tickgate::feeds
