// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "feeds/derived/bar_record.h"
#include "feeds/venues/all.h"
#include "schemas/tick.h"

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMiB = 1U << 20U;

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
  EXPECT_EQ(plan.all, plan.fixed + plan.bars + plan.followed_bars + plan.trades +
                          plan.connection * config.limits.connections + plan.http);
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

TEST(MemoryPlan, ASecondLineHasBooksOfItsOwn) {
  auto config = config_of(100);
  const auto one = plan_memory(config).fixed;
  config.feeds[0].lines = 2;
  EXPECT_EQ(plan_memory(config).fixed, one + 100 * 128 * 1024);
}

TEST(MemoryPlan, BarsAreAsManyAsThereCanBeAndTheCapIsOfEachFeed) {
  auto config = config_of(100);
  // As the table in feeds/derived/README.md has it: seven series of 1,000.
  EXPECT_NEAR(static_cast<double>(plan_memory(config).bars), 100 * 1'012'672.0, 1e6);
  config.bars.kept = 0;
  EXPECT_NEAR(static_cast<double>(plan_memory(config).bars), 100 * 116'672.0, 1e6);
  config.bars.kept = 1'000;
  config.bars.memory = 16 * kMiB;
  EXPECT_EQ(plan_memory(config).bars, 16 * kMiB);
  config.feeds.push_back(config.feeds[0]);
  EXPECT_EQ(plan_memory(config).bars, 2 * 16 * kMiB);
  // The newest are never dropped.
  auto many = config_of(50'000);
  many.bars.memory = kMiB;
  EXPECT_GE(plan_memory(many).bars, 50'000ULL * 7 * sizeof(feeds::BarRecord));
}

TEST(MemoryPlan, EachShardHoldsWhatItsClientsFollowWithinItsBounds) {
  auto config = config_of(10);
  const auto of_shard = [](std::uint64_t series, std::uint64_t rows, std::uint64_t copies) {
    return series * 16'384 + rows * 256 + copies * 1'001 * sizeof(schemas::Bar);
  };
  EXPECT_EQ(plan_memory(config).followed_bars, 70 * 1'024 + 2 * of_shard(70, 70'000, 70));
  config.server.shards = 1;
  EXPECT_EQ(plan_memory(config).followed_bars, 70 * 1'024 + of_shard(70, 70'000, 70));
  config = config_of(1'000);
  EXPECT_EQ(plan_memory(config).followed_bars, 7'000 * 1'024 + 2 * of_shard(7'000, 500'000, 2'000));
  config.limits.connections = 10;
  config.limits.subscriptions_per_connection = 50;
  EXPECT_EQ(plan_memory(config).followed_bars, 756 * 1'024 + 2 * of_shard(756, 500'000, 756))
      << "and 256 that nobody follows any more";
}

TEST(MemoryPlan, TradesAreThoseThatAreKeptWithinTheMemoryForThem) {
  auto config = config_of(10);
  config.limits.trades_kept = 16;
  const auto few = plan_memory(config).trades;
  config.limits.trades_kept = 32;
  EXPECT_NEAR(static_cast<double>(plan_memory(config).trades), 2.0 * static_cast<double>(few),
              0.1 * static_cast<double>(few));
  config.limits.trades_kept = 65'536;
  EXPECT_EQ(plan_memory(config).trades, 2 * 64 * kMiB) << "of each shard";
  config.limits.trades_memory = 0;
  EXPECT_EQ(plan_memory(config).trades, few) << "what is followed has 16 at any rate";
}

// Kraken, Coinbase and Binance, by two rules.
Config consolidated_config() {
  Config config;
  config.server.shards = 2;
  for (const auto& [venue, symbols] :
       {std::pair<const char*, std::vector<std::string>>{"kraken", {"BTC-USD", "ETH-USD"}},
        {"coinbase", {"BTC-USD"}},
        {"binance", {"BTC-USDT", "SOL-USDT"}}}) {
    auto& feed = config.feeds.emplace_back();
    feed.venue = feeds::find_venue(venue);
    feed.symbols = symbols;
  }
  config.consolidated.push_back({{"*-USD"}, {"kraken", "coinbase", "binance"}, {"USDT"}});
  return config;
}

TEST(MemoryPlan, ConsolidatedInstrumentsAreCountedOnce) {
  auto config = consolidated_config();
  EXPECT_EQ(consolidated_instruments(config), 3U) << "BTC, ETH and SOL";
  config.consolidated[0].join.clear();
  EXPECT_EQ(consolidated_instruments(config), 2U);
  config.consolidated[0].pairs = {"ETH-USD", "BTC-USDT"};
  EXPECT_EQ(consolidated_instruments(config), 2U);
  config.consolidated[0].venues = {"kraken"};
  EXPECT_EQ(consolidated_instruments(config), 1U);
  config.consolidated.clear();
  EXPECT_EQ(consolidated_instruments(config), 0U);

  auto made_up = config_of(24);
  made_up.feeds.push_back(made_up.feeds[0]);
  made_up.feeds[1].source.label = "sim2";
  made_up.consolidated.push_back({{"*"}, {"sim", "sim2"}, {}});
  EXPECT_EQ(consolidated_instruments(made_up), 24U);
}

TEST(MemoryPlan, ConsolidatedInstrumentsAndTheirRingsAreInTheSum) {
  auto config = consolidated_config();
  const auto with = plan_memory(config);
  config.consolidated.clear();
  auto without = plan_memory(config);
  EXPECT_EQ(with.fixed, without.fixed + 3 * (8'192 + 2 * 4'096));
  EXPECT_EQ(with.bars, without.bars) << "they have none";
  EXPECT_EQ(with.connection, without.connection + 3 * 12 * 48) << "but may be subscribed to";
  config.server.feed_threads = 3;
  without = plan_memory(config);
  config.consolidated = consolidated_config().consolidated;
  EXPECT_EQ(plan_memory(config).fixed, without.fixed + 3 * (8'192 + 2 * 4'096) + 2 * kMiB);
  EXPECT_THAT(memory_text(config, plan_memory(config), 0),
              HasSubstr("5 instruments, 3 consolidated and rings; bars "));
}

TEST(MemoryPlan, TheTextSaysTheSumTheBudgetAndWhenItIsTooSmall) {
  const auto config = config_of(100);
  const auto plan = plan_memory(config);
  EXPECT_THAT(memory_text(config, plan, 0), HasSubstr("no budget"));
  EXPECT_THAT(memory_text(config, plan, 0), HasSubstr("20000 connections"));
  EXPECT_THAT(memory_text(config, plan, 0), HasSubstr("100 instruments and rings; bars 97 MiB in"));
  const auto least = plan.fixed + plan.bars;
  EXPECT_THAT(memory_text(config, plan, least), Not(HasSubstr("warning")));
  EXPECT_THAT(memory_text(config, plan, least - 1), HasSubstr("warning: limits.memory"));
}

}  // namespace
}  // namespace tickgate::gateway
