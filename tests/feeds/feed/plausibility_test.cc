// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/plausibility.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/seeds.h"

namespace tickgate::feeds {
namespace {

using schemas::Decimal;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Is = Plausibility::Is;

Decimal number(std::string_view text) { return *schemas::parse_decimal(text); }

class PlausibilityTest : public ::testing::Test {
 protected:
  Is trade(std::string_view price) { return quote(price, price); }
  Is quote(std::string_view bid, std::string_view ask) {
    return prices.judge(number(bid), number(ask), now, settings);
  }
  // A trade each second for so long; whether all of them were believed.
  bool trades(std::string_view price, seconds time) {
    bool believed = true;
    for (const auto end = now + time; now < end; now += seconds(1)) {
      believed = trade(price) == Is::kPlausible && believed;
    }
    return believed;
  }

  Plausibility::Settings settings{.factor = 10};
  Plausibility prices;
  Monotonic now = std::chrono::hours(1);
};

TEST_F(PlausibilityTest, TheFirstPriceIsBelievedAndTheNextAreHeldAgainstIt) {
  EXPECT_EQ(trade("40000.00"), Is::kPlausible);
  EXPECT_EQ(trade("400000.00"), Is::kPlausible);  // ten times is not more than ten times
  EXPECT_EQ(trade("400000.01"), Is::kOffAnew);
  EXPECT_EQ(trade("4000"), Is::kPlausible);
  EXPECT_EQ(trade("3999.999999999"), Is::kOffAnew);  // finer than any price seen before
  EXPECT_EQ(trade("40000"), Is::kPlausible);
}

TEST_F(PlausibilityTest, SmallNumbersAreHeldAgainstEachOtherExactly) {
  EXPECT_EQ(trade("0.00000012"), Is::kPlausible);
  EXPECT_EQ(trade("0.00000001"), Is::kOffAnew);
  EXPECT_EQ(trade("0.000000012"), Is::kPlausible);
  EXPECT_EQ(trade("0.0000000119"), Is::kOffAnew);
  EXPECT_EQ(trade("0.00000120"), Is::kPlausible);
  EXPECT_EQ(trade("0.000001200000000000000000001"), Is::kOffAnew);
}

TEST_F(PlausibilityTest, TheLargestNumbersNeitherOverflowNorPass) {
  settings.factor = Plausibility::kMostFactor;
  EXPECT_EQ(trade("123456789012345678901234567890.12345"), Is::kPlausible);
  EXPECT_EQ(trade("123456789012345678901234567890.12345"), Is::kPlausible);
  EXPECT_EQ(trade("0.000000000000000000000000000000000001"), Is::kOffAnew);
  EXPECT_EQ(trade("332306998946228968225951765070086143"), Is::kOffAnew);
}

TEST_F(PlausibilityTest, AnOrderFarAwayOnItsOwnSideIsNoWrongPrice) {
  EXPECT_EQ(trade("100"), Is::kPlausible);
  EXPECT_EQ(quote("0.01", "1000000"), Is::kPlausible);
  EXPECT_EQ(quote("99", "0"), Is::kPlausible);  // one side empty
  EXPECT_EQ(quote("0", "101"), Is::kPlausible);
  EXPECT_EQ(quote("1001", "1002"), Is::kOffAnew);
  EXPECT_EQ(quote("9.8", "9.9"), Is::kOffAnew);
  EXPECT_EQ(quote("1001", "0"), Is::kOffAnew);
  EXPECT_EQ(quote("0", "9.9"), Is::kOffAnew);
  EXPECT_EQ(prices.reference(), number("100"));
}

TEST_F(PlausibilityTest, AWideMarketTeachesNothing) {
  EXPECT_EQ(quote("0.01", "1000000"), Is::kPlausible);
  EXPECT_FALSE(prices.knows());
  EXPECT_EQ(trade("5"), Is::kPlausible);
  EXPECT_EQ(prices.reference(), number("5"));
}

TEST_F(PlausibilityTest, ASingleFatFingerChangesNothing) {
  ASSERT_TRUE(trades("100", seconds(30)));
  EXPECT_EQ(trade("10000"), Is::kOffAnew);
  EXPECT_TRUE(trades("100", seconds(30)));
  EXPECT_EQ(trade("10000"), Is::kOffAnew);  // and is as wrong half a minute later
}

TEST_F(PlausibilityTest, ACrashThatStaysIsBelievedAfterTenSeconds) {
  ASSERT_TRUE(trades("100", minutes(2)));
  const auto crashed = now;
  EXPECT_EQ(trade("5"), Is::kOffAnew);
  for (now += milliseconds(500); now < crashed + seconds(10); now += milliseconds(500)) {
    ASSERT_EQ(trade("5"), Is::kOff);
  }
  EXPECT_EQ(trade("5.1"), Is::kMoved);
  EXPECT_EQ(now, crashed + seconds(10));
  EXPECT_TRUE(trades("5", seconds(30)));
  EXPECT_EQ(trade("100"), Is::kOffAnew);  // the old level is the wrong one now
}

TEST_F(PlausibilityTest, SoIsASplitInWhateverDirection) {
  ASSERT_TRUE(trades("1", minutes(2)));
  EXPECT_EQ(trade("100"), Is::kOffAnew);
  now += seconds(4);
  EXPECT_EQ(quote("99", "101"), Is::kOff);
  now += seconds(6);
  EXPECT_EQ(trade("100"), Is::kMoved);
}

TEST_F(PlausibilityTest, TwoPricesAreTooFewHoweverLongTheyLast) {
  ASSERT_TRUE(trades("100", seconds(5)));
  EXPECT_EQ(trade("5"), Is::kOffAnew);
  now += seconds(30);
  EXPECT_EQ(trade("5"), Is::kOff);
  EXPECT_FALSE(prices.settle(now, settings));
  EXPECT_EQ(trade("5"), Is::kMoved);
}

TEST_F(PlausibilityTest, TheClockBelievesWhatNoFurtherPriceCanProve) {
  ASSERT_TRUE(trades("100", seconds(5)));
  const auto crashed = now;
  for (int i = 0; i < 3; ++i) EXPECT_NE(trade("5"), Is::kPlausible);
  now = crashed + seconds(10) - milliseconds(1);
  EXPECT_FALSE(prices.settle(now, settings));
  now += milliseconds(1);
  EXPECT_TRUE(prices.settle(now, settings));
  EXPECT_EQ(trade("5"), Is::kPlausible);
}

TEST_F(PlausibilityTest, OfTwoAlternatingLevelsTheOneThatWasThereFirstIsServed) {
  ASSERT_TRUE(trades("100", seconds(10)));
  for (int i = 0; i < 600; ++i, now += milliseconds(500)) {
    ASSERT_EQ(trade("5"), Is::kOffAnew) << i;
    ASSERT_EQ(trade("100"), Is::kPlausible) << i;
  }
}

TEST_F(PlausibilityTest, AWideMarketDoesNotHoldUpARealMove) {
  ASSERT_TRUE(trades("1", seconds(10)));
  const auto moved = now;
  Is last = Is::kPlausible;
  for (; now <= moved + seconds(10); now += seconds(1)) {
    last = trade("50");
    ASSERT_EQ(quote("0.5", "1000"), Is::kPlausible);
  }
  EXPECT_EQ(last, Is::kMoved);
}

TEST_F(PlausibilityTest, AfterAMinuteWithoutAPriceTheNextIsBelieved) {
  ASSERT_TRUE(trades("100", seconds(5)));
  now += seconds(50);
  EXPECT_EQ(trade("5"), Is::kOffAnew);
  now += seconds(12);
  EXPECT_EQ(trade("4000"), Is::kPlausible);
  EXPECT_EQ(trade("100"), Is::kOffAnew);
}

TEST_F(PlausibilityTest, TheReferenceIsTheMedianAndFollowsAMarketThatMoves) {
  const std::vector<std::string_view> path = {"100", "200", "400", "800", "1600", "3200"};
  for (const auto& price : path) {
    EXPECT_EQ(trade(price), Is::kPlausible) << price;
    now += seconds(10);
  }
  EXPECT_EQ(prices.reference(), number("400"));
}

TEST_F(PlausibilityTest, ATickersPriceIsJudgedAndTeachesNothing) {
  EXPECT_TRUE(prices.allows(number("1"), now, settings));
  EXPECT_FALSE(prices.knows());
  ASSERT_TRUE(trades("100", seconds(5)));
  EXPECT_FALSE(prices.allows(number("1001"), now, settings));
  EXPECT_FALSE(prices.allows(number("9.9"), now, settings));
  EXPECT_TRUE(prices.allows(number("10"), now, settings));
  EXPECT_TRUE(prices.allows(number("1"), now + minutes(2), settings));
}

// Whatever comes: a level that all prices keep to is served within ten seconds and three prices,
// and a price within the factor of the reference always.
TEST(PlausibilitySeeds, ARealMoveAlwaysGetsThroughInTime) {
  testing::for_each_seed(300, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto upto = [&random](std::uint64_t most) { return random() % most; };
    Plausibility prices;
    const Plausibility::Settings settings{2 + static_cast<std::uint32_t>(upto(20)),
                                          seconds(1 + static_cast<std::int64_t>(upto(20)))};
    Monotonic now{static_cast<std::int64_t>(upto(1'000'000'000))};
    for (int move = 0; move < 20; ++move) {
      const auto level = static_cast<std::int64_t>(1000 + upto(1'000'000'000'000));
      const auto scale = upto(9);
      const auto moved = now;
      unsigned refused = 0;
      for (int i = 0; i < 200; ++i) {
        // Within a tenth of the level, so that all agree.
        const Decimal price{level + static_cast<std::int64_t>(upto(100)), scale};
        const auto is = prices.judge(price, price, now, settings);
        if (is == Is::kPlausible || is == Is::kMoved) {
          refused = 0;
        } else {
          ++refused;
          ASSERT_TRUE(refused < Plausibility::kAgreeing || now - moved < settings.move_after)
              << "seed " << seed << ", move " << move;
        }
        now += milliseconds(upto(2000));
      }
      ASSERT_EQ(refused, 0U);
      for (auto noise = upto(4); noise > 0; --noise) {
        const Decimal wrong{level * 1000, scale};
        prices.judge(wrong, wrong, now, settings);
        now += milliseconds(upto(100));
      }
      now += milliseconds(upto(100'000));
    }
  });
}

}  // namespace
}  // namespace tickgate::feeds
