// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/touched_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace tickgate::gateway {
namespace {

class TouchedListTest : public ::testing::Test {
 protected:
  // Takes at most `max`; -> which.
  std::vector<Subscriber*> take(std::size_t max) {
    std::vector<Subscriber*> taken;
    list.take(
        max, [&](Subscriber& subscriber) { taken.push_back(&subscriber); },
        [](const Subscriber&) {}, [](const Subscriber&) {});
    return taken;
  }

  Subscriber a, b, c;
  TouchedList list{&Subscriber::touched_now};
};

using All = std::vector<Subscriber*>;

}  // namespace

TEST_F(TouchedListTest, GivesEachOnceTheOldestFirst) {
  for (Subscriber* subscriber : {&b, &a, &b, &c}) list.add(*subscriber);
  EXPECT_EQ(take(2), (All{&b, &a}));
  list.add(b);
  EXPECT_EQ(take(9), (All{&c, &b}));
  EXPECT_TRUE(list.empty());
}

TEST_F(TouchedListTest, WhoIsGoneIsNotGiven) {
  for (Subscriber* subscriber : {&a, &b, &c}) list.add(*subscriber);
  list.remove(b);
  EXPECT_EQ(take(9), (All{&a, &c}));
}

// As under a load that never lets it be empty.
TEST_F(TouchedListTest, CountsWhoWasAddedAndTakenThoughSomebodyAlwaysWaits) {
  for (Subscriber* subscriber : {&a, &b, &c}) list.add(*subscriber);
  const All turns{&a, &b, &c};
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(list.added(), 3 + i);
    EXPECT_EQ(list.taken(), i);
    Subscriber* const next = turns[i % 3];
    ASSERT_EQ(take(1), All{next});
    list.add(*next);
  }
}

}  // namespace tickgate::gateway
