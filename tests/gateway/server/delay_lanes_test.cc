// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/delay_lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "feeds/venues/all.h"
#include "gateway/server/memory_plan.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Config config_of(std::vector<Milliseconds> delays) {
  Config config;
  config.server.shards = 2;
  config.auth.emplace();
  for (const auto delay : delays) {
    auto& plan = config.plans.emplace_back();
    plan.name = "p" + std::to_string(config.plans.size());
    plan.delay = delay;
  }
  auto& feed = config.feeds.emplace_back();
  feed.venue = feeds::find_venue("simulator");
  return config;
}

TEST(DelayLanes, EachDelayOfPlansAndDefaultsIsOneFromTheShortest) {
  auto config = config_of({900s, 0s, 60s, 900s});
  EXPECT_THAT(delays_of(config), ElementsAre(60, 900));
  config.auth->defaults.delay = 5s;
  EXPECT_THAT(delays_of(config), ElementsAre(5, 60, 900));
  config.auth.reset();
  EXPECT_THAT(delays_of(config), IsEmpty()) << "nobody has a plan";
}

TEST(DelayLanes, WhoeverPublishesHasBarsForAnyDelayThatAnEdgeMayHave) {
  EXPECT_EQ(longest_delay_of(config_of({})), 0s);
  auto config = config_of({60s, 900s});
  EXPECT_EQ(longest_delay_of(config), 900s);
  config.publish.emplace();
  EXPECT_EQ(longest_delay_of(config), kMostDelay);
  config.auth.reset();
  EXPECT_EQ(longest_delay_of(config), kMostDelay);
}

TEST(DelayLanes, NoPlanGetsALongerDelayWhileTheGatewayRuns) {
  EXPECT_THAT(without_lane(config_of({60s, 900s}), 900), IsEmpty());
  EXPECT_THAT(without_lane(config_of({60s, 901s}), 900),
              ElementsAre("plans.p2.delay: 901s needs a restart: the longest delay that there was "
                          "at the start is 900s"));
  auto config = config_of({});
  config.auth->defaults.delay = 1s;
  EXPECT_THAT(without_lane(config, 0), ElementsAre(HasSubstr("auth.defaults.delay: 1s")));
}

TEST(DelayLanes, WhatTheyTakeIsInTheSum) {
  const auto none = config_of({});
  const auto one = config_of({900s});
  EXPECT_EQ(plan_memory(none).delay, 0U);
  const auto plan = plan_memory(one);
  EXPECT_GT(plan.delay, one.auth->delay_memory);
  EXPECT_GT(plan.all, plan_memory(none).all + one.auth->delay_memory);
  EXPECT_GT(plan_memory(config_of({900s, 60s})).delay, plan.delay);
  EXPECT_THAT(memory_text(one, plan, 0), HasSubstr("256 MiB are held back at most, in memory\n"));
  EXPECT_THAT(memory_text(none, plan_memory(none), 0), Not(HasSubstr("delayed")));
  auto on_disk = one;
  on_disk.auth->delay_directory = "/var/lib/tickgate";
  EXPECT_LT(plan_memory(on_disk).delay, plan.delay - one.auth->delay_memory + 1);
  EXPECT_THAT(memory_text(on_disk, plan_memory(on_disk), 0), HasSubstr("in /var/lib/tickgate\n"));
}

TEST(DelayLanes, WhatCannotBeMadeIsSaid) {
  auto config = config_of({900s});
  config.auth->delay_directory = "/nowhere/at/all";
  const auto made = DelayLanes::make(config, {});
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("/nowhere/at/all: no file"));
}

}  // namespace
}  // namespace tickgate::gateway
