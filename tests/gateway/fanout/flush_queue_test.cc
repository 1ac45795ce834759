// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/flush_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace tickgate::gateway {
namespace {

class FlushQueueTest : public ::testing::Test {
 protected:
  // Pops at most `max`; -> which.
  std::vector<Subscriber*> pop(std::size_t max) {
    std::vector<Subscriber*> popped;
    list.pop(
        max, [&](Subscriber& subscriber) { popped.push_back(&subscriber); },
        [](const Subscriber&) {}, [](const Subscriber&) {});
    return popped;
  }

  Subscriber a, b, c;
  FlushQueue list{&Subscriber::flush_now};
};

using All = std::vector<Subscriber*>;

}  // namespace

TEST_F(FlushQueueTest, GivesEachOnceTheOldestFirst) {
  for (Subscriber* subscriber : {&b, &a, &b, &c}) list.add(*subscriber);
  EXPECT_EQ(pop(2), (All{&b, &a}));
  list.add(b);
  EXPECT_EQ(pop(9), (All{&c, &b}));
  EXPECT_TRUE(list.empty());
}

TEST_F(FlushQueueTest, WhoIsGoneIsNotGiven) {
  for (Subscriber* subscriber : {&a, &b, &c}) list.add(*subscriber);
  list.remove(b);
  EXPECT_EQ(pop(9), (All{&a, &c}));
}

// As under a load that never lets it be empty.
TEST_F(FlushQueueTest, CountsWhoWasAddedAndPoppedThoughSomebodyAlwaysWaits) {
  for (Subscriber* subscriber : {&a, &b, &c}) list.add(*subscriber);
  const All turns{&a, &b, &c};
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(list.added(), 3 + i);
    EXPECT_EQ(list.popped(), i);
    Subscriber* const next = turns[i % 3];
    ASSERT_EQ(pop(1), All{next});
    list.add(*next);
  }
}

}  // namespace tickgate::gateway
