// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/usage_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/access/grant.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using schemas::Channel;
using schemas::Timestamp;

constexpr Timestamp kMorning{1'790'000'000'000'000};
constexpr std::int64_t kDayMicros = 86'400'000'000;

class UsageWatchTest : public ::testing::Test {
 protected:
  UsageWatchTest() {
    std::string name = (fs::temp_directory_path() / "tickgate-usage-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    start();
    for (const auto* instrument : {&btc, &eth, &other}) fan_out.on_instrument(*instrument);
  }
  ~UsageWatchTest() override { fs::remove_all(directory); }

  void start() {
    LedgerSettings settings;
    settings.directory = directory;
    settings.run = "R";
    settings.now = [] { return kMorning; };
    ledger = std::make_unique<Ledger>(std::move(settings));
    watch = std::make_unique<UsageWatch>(*ledger, 0);
  }
  Subscriber& come(std::vector<std::string> symbols, Channel channel = Channel::kQuote) {
    auto& client = *clients.emplace_back(std::make_unique<Subscriber>());
    client.usage = std::make_unique<UsageCounts>();
    fan_out.subscribe(client, "1", {channel, std::move(symbols)});
    return client;
  }
  void send(Subscriber& client) {
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
  }
  static std::shared_ptr<const Grant> granted(std::string plan, std::uint32_t delay_s = 0) {
    auto grant = std::make_shared<Grant>();
    grant->subject = "acme";
    grant->plan = std::move(plan);
    grant->delay_s = delay_s;
    return grant;
  }
  void regrant(Subscriber& client, std::shared_ptr<const Grant> next) {
    watch->regrant(client, fan_out, "", next.get(), wall);
    client.grant = std::move(next);
  }
  void leave(Subscriber& client) {
    watch->leave(client, fan_out, "", wall);
    fan_out.remove(client);
    std::erase_if(clients, [&](const auto& one) { return one.get() == &client; });
  }
  void look() {
    watch->sweep(now += 11s, wall, clients.size(), [this](std::size_t nth) {
      watch->look_at(*clients[nth], fan_out, "192.0.2.0/24");
      return clients[nth]->outbox.size();
    });
  }
  // All is written, and read again.
  std::vector<UsageSum> written(Timestamp day = kMorning) {
    ledger.reset();
    DayUsage usage;
    EXPECT_TRUE(read_day(directory, day_of(day), usage).ok());
    return usage.sums();
  }

  std::string directory;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<UsageWatch> watch;
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  const schemas::Instrument& other = registry.add("kraken", "BTC-USD");
  FanOut fan_out{{}, "EPOCH"};
  std::vector<std::unique_ptr<Subscriber>> clients;
  Monotonic now = 1s;
  Timestamp wall = kMorning;
};

TEST_F(UsageWatchTest, WhatClientsUseIsCountedByVenueAndSubject) {
  fan_out.on_tick(testing::quote(btc, 1));
  fan_out.on_tick(testing::quote(other, 1));
  auto grant = std::make_shared<Grant>();
  grant->subject = "acme";
  grant->plan = "gold";
  grant->credential = "key:ab12";
  auto& mine = come({"*"});
  mine.grant = grant;
  auto& nobodys = come({"SIM:BTC-USD", "SIM:ETH-USD"});
  send(mine);
  send(nobodys);
  look();
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[0].key, (UsageKey{"acme", "gold", "KRAKEN", 0}));
  EXPECT_EQ(sums[0].updates, 1U);
  EXPECT_EQ(sums[0].symbols, 1U);
  EXPECT_EQ(sums[0].details.credentials, (std::set<std::string>{"key:ab12"}));
  EXPECT_EQ(sums[1].key, (UsageKey{"acme", "gold", "SIM", 0}));
  EXPECT_EQ(sums[1].symbols, 2U);
  EXPECT_EQ(sums[2].key, (UsageKey{"anonymous", "", "SIM", 0}));
  EXPECT_EQ(sums[2].connections, 1U) << "counted once, however often it is looked at";
  EXPECT_EQ(sums[2].peak, 1U);
  EXPECT_EQ(sums[2].minutes, 1U);
  EXPECT_EQ(sums[2].details.addresses, (std::set<std::string>{"192.0.2.0/24"}));
}

TEST_F(UsageWatchTest, WhoLeavesBetweenTwoLooksIsCountedToo) {
  fan_out.on_tick(testing::quote(btc, 1));
  auto& client = come({"SIM:BTC-USD"});
  send(client);
  leave(client);
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].connections, 1U);
  EXPECT_EQ(sums[0].updates, 1U);
  EXPECT_EQ(sums[0].peak, 0U) << "no look has seen it";
}

TEST_F(UsageWatchTest, WhatWasUsedBeforeAnotherPlanIsThatOfThePlanBefore) {
  fan_out.on_tick(testing::quote(btc, 1));
  fan_out.on_tick(testing::quote(eth, 1));
  auto& client = come({"SIM:BTC-USD", "SIM:ETH-USD"});
  client.grant = granted("gold");
  send(client);
  regrant(client, granted("silver"));
  fan_out.on_tick(testing::quote(btc, 2));
  fan_out.mark_changed(now);
  send(client);
  regrant(client, granted("silver"));  // renewed
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 2U);
  EXPECT_EQ(sums[0].key.plan, "gold");
  EXPECT_EQ(sums[0].updates, 2U);
  EXPECT_EQ(sums[0].symbols, 2U);
  EXPECT_EQ(sums[0].connections, 1U);
  EXPECT_EQ(sums[1].key.plan, "silver");
  EXPECT_EQ(sums[1].updates, 1U);
  EXPECT_EQ(sums[1].connections, 1U) << "counted once under each plan";
}

TEST_F(UsageWatchTest, WhatWasUsedInOneLaneIsNotLookedUpInTheNext) {
  fan_out.on_tick(testing::quote(btc, 1));
  auto& client = come({"SIM:BTC-USD"});
  client.grant = granted("gold");
  send(client);
  fan_out.unsubscribe(client, "2", {Channel::kQuote, {"SIM:BTC-USD"}});
  regrant(client, granted("gold", 900));
  FanOut knows_nothing({}, "EPOCH", 900);
  watch->sweep(now += 11s, wall, 1, [&](std::size_t) {
    watch->look_at(client, knows_nothing, "");
    return std::size_t{0};
  });
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].key, (UsageKey{"acme", "gold", "SIM", 0}));
  EXPECT_EQ(sums[0].updates, 1U);
}

TEST_F(UsageWatchTest, TheDayIsThatOfTheLook) {
  auto& client = come({"SIM:BTC-USD"});
  look();
  wall = Timestamp{kMorning.value() + kDayMicros};
  fan_out.on_tick(testing::quote(btc, 1));
  send(client);
  look();
  const auto today = written(wall);
  ASSERT_EQ(today.size(), 1U);
  EXPECT_EQ(today[0].connections, 1U) << "it counts on each day";
  EXPECT_EQ(today[0].symbols, 1U);
  EXPECT_EQ(today[0].updates, 1U);
}

TEST_F(UsageWatchTest, WhoIsMovedWhileOthersAreLookedAtIsCountedOnce) {
  for (int i = 0; i < 3; ++i) come({"SIM:BTC-USD"});
  watch->sweep(now += 11s, wall, 3, [this](std::size_t nth) {
    watch->look_at(*clients[nth], fan_out, "");
    watch->look_at(*clients[nth], fan_out, "");
    return clients[nth]->outbox.size();
  });
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].peak, 3U);
}

}  // namespace
}  // namespace tickgate::gateway
