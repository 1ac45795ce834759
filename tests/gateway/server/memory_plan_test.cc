// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/all.h"

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Config config_of(std::uint32_t symbols) {
  Config config;
  config.server.shards = 2;
  auto& feed = config.feeds.emplace_back();
  feed.venue = feeds::find_venue("simulator");
  feed.source.symbol_count = symbols;
  return config;
}

TEST(MemoryPlan, EveryPartIsInTheSumAndGrowsWithWhatItIsOf) {
  const auto config = config_of(100);
  const auto plan = plan_memory(config);
  EXPECT_EQ(plan.all, plan.fixed + plan.connection * config.limits.connections + plan.http);
  EXPECT_GE(plan.kernel, 2ULL * config.limits.send_buffer_bytes);
  EXPECT_GE(plan.connection, plan.kernel + config.limits.frame_bytes);

  EXPECT_GT(plan_memory(config_of(200)).fixed, plan.fixed);
  auto more = config;
  more.server.shards = 3;
  EXPECT_GE(plan_memory(more).fixed, plan.fixed + (4U << 20U)) << "a ring";
  more = config;
  more.limits.connections *= 2;
  EXPECT_EQ(plan_memory(more).all, plan.all + plan.connection * config.limits.connections);
  more = config;
  more.limits.http_bytes *= 2;
  EXPECT_EQ(plan_memory(more).http, plan.http + config.limits.http_bytes);
}

TEST(MemoryPlan, TheTextSaysTheSumTheBudgetAndWhenItIsTooSmall) {
  const auto config = config_of(100);
  const auto plan = plan_memory(config);
  EXPECT_THAT(memory_text(config, plan, 0), HasSubstr("no budget"));
  EXPECT_THAT(memory_text(config, plan, 0), HasSubstr("20000 connections"));
  EXPECT_THAT(memory_text(config, plan, plan.fixed), Not(HasSubstr("warning")));
  EXPECT_THAT(memory_text(config, plan, plan.fixed - 1), HasSubstr("warning: limits.memory"));
}

}  // namespace
}  // namespace tickgate::gateway
