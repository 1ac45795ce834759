// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/host_budget.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(HostBudget, WeightsAreCountedAndABurstIsGivenAtOnce) {
  HostBudget host({.fetch_weight_per_second = 100, .fetch_weight_burst = 200});
  int given = 0;
  for (Monotonic now = seconds(1); now < seconds(61); now += milliseconds(10)) {
    given += host.admit_fetch({&host, 50}, now) ? 1 : 0;
  }
  EXPECT_NEAR(given, 4 + 2 * 60, 1);
}

TEST(HostBudget, AWeightBeyondTheBurstIsGivenAndWhatFollowsWaits) {
  HostBudget host({.fetch_weight_per_second = 10, .fetch_weight_burst = 20});
  EXPECT_TRUE(host.admit_fetch({&host, 250}, seconds(1)));
  EXPECT_FALSE(host.admit_fetch({&host, 1}, seconds(23)));
  EXPECT_TRUE(host.admit_fetch({&host, 1}, seconds(25)));
}

TEST(HostBudget, AHeavyRequestDoesNotStarveBehindLightOnes) {
  HostBudget host({.fetch_weight_per_second = 10, .fetch_weight_burst = 20});
  const int heavy = 0, light = 0;
  EXPECT_TRUE(host.admit_fetch({&light, 20}, seconds(1)));
  Monotonic now = seconds(1);
  bool served = false;
  for (; now < seconds(9) && !served; now += milliseconds(50)) {
    host.admit_fetch({&light, 1}, now);
    served = host.admit_fetch({&heavy, 250}, now);
  }
  EXPECT_TRUE(served);
  EXPECT_LT(now, seconds(4));
}

TEST(HostBudget, WhoeverIsFollowedMoreDoesNotWaitForWhoeverIsNot) {
  HostBudget host({.fetch_weight_per_second = 1, .fetch_weight_burst = 10});
  const int quiet = 0, followed = 0;
  EXPECT_TRUE(host.admit_fetch({&quiet, 9}, seconds(1)));
  EXPECT_FALSE(host.admit_fetch({&quiet, 9, 0}, seconds(1)));
  EXPECT_TRUE(host.admit_fetch({&followed, 1, 1}, seconds(1)));
}

TEST(HostBudget, WhoeverGaveUpWaitingBlocksNobody) {
  HostBudget host({.fetch_weight_per_second = 1, .fetch_weight_burst = 10});
  const int gone = 0, other = 0;
  EXPECT_TRUE(host.admit_fetch({&other, 5}, seconds(1)));
  EXPECT_FALSE(host.admit_fetch({&gone, 10}, seconds(1)));
  EXPECT_FALSE(host.admit_fetch({&other, 1}, seconds(2)));
  EXPECT_TRUE(host.admit_fetch({&other, 1}, seconds(3)));
}

TEST(HostBudget, NoMoreAttemptsThanPermittedInAnyWindow) {
  HostBudget host({.connects = 3, .connects_within = seconds(10)});
  EXPECT_TRUE(host.admit_connect(seconds(1)));
  EXPECT_TRUE(host.admit_connect(seconds(1)));
  EXPECT_TRUE(host.admit_connect(seconds(6)));
  EXPECT_FALSE(host.admit_connect(seconds(10)));
  EXPECT_TRUE(host.admit_connect(seconds(11)));
  EXPECT_TRUE(host.admit_connect(seconds(11)));
  EXPECT_FALSE(host.admit_connect(seconds(15)));
}

TEST(HostBudget, AttemptsKeepTheirDistance) {
  HostBudget host({.between_connects = milliseconds(125)});
  EXPECT_TRUE(host.admit_connect(seconds(1)));
  EXPECT_FALSE(host.admit_connect(seconds(1) + milliseconds(100)));
  EXPECT_TRUE(host.admit_connect(seconds(1) + milliseconds(125)));
}

TEST(HostBudget, APauseStopsRequestsAndAttemptsAndIsNeverShortened) {
  HostBudget host({});
  host.pause(seconds(10) + hours(72), "HTTP 418");
  host.pause(seconds(10) + minutes(1), "HTTP 429");
  EXPECT_FALSE(host.admit_fetch({&host}, hours(72)));
  EXPECT_FALSE(host.admit_connect(hours(72)));
  EXPECT_EQ(host.pause_reason(), "HTTP 418");
  EXPECT_TRUE(host.admit_fetch({&host}, seconds(10) + hours(72)));
  EXPECT_TRUE(host.admit_connect(seconds(10) + hours(72)));
}

TEST(HostBudgets, AreOneForAVenuesHostWhateverThePortAndPath) {
  HostBudgets all;
  const auto& one = all.of("BINANCE", "wss://stream.example.com:9443/ws", {});
  EXPECT_EQ(&all.of("BINANCE", "https://stream.example.com/api?x=1", {}), &one);
  EXPECT_NE(&all.of("BINANCE", "https://api.example.com", {}), &one);
  EXPECT_NE(&all.of("KRAKEN", "wss://stream.example.com", {}), &one);
  EXPECT_NE(&all.of("BINANCE", "wss://127.0.0.1:1", {}),
            &all.of("BINANCE", "wss://127.0.0.1:2", {}));
  EXPECT_EQ(&all.of("BINANCE", "wss://[2001:db8::1]:1/", {}),
            &all.of("BINANCE", "https://[2001:db8::1]/x", {}));
}

}  // namespace
}  // namespace tickgate::feeds
