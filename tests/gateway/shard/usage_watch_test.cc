// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/usage_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
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

constexpr Timestamp kMorning{1'790'000'000'000'000};   // 2026-09-21 14:13:20
constexpr Timestamp kMidnight{1'790'035'200'000'000};  // behind it
constexpr std::int64_t kSecond = 1'000'000;

class UsageWatchTest : public ::testing::Test {
 protected:
  UsageWatchTest() {
    std::string name = (fs::temp_directory_path() / "tickgate-usage-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    start(kMorning);
    for (const auto* instrument : {&btc, &eth, &other}) fan_out.on_instrument(*instrument);
  }
  ~UsageWatchTest() override { fs::remove_all(directory); }

  void start(Timestamp at) {
    wall = at.value();
    LedgerSettings settings;
    settings.directory = directory;
    settings.run = "R";
    settings.flush_every = 10ms;
    settings.now = [this] { return Timestamp{wall.load()}; };
    ledger = std::make_unique<Ledger>(std::move(settings));
    watch = std::make_unique<UsageWatch>(*ledger, 0, at, out_of_memory);
  }
  static std::shared_ptr<const Grant> granted(std::string plan, std::uint32_t delay_s = 0) {
    auto grant = std::make_shared<Grant>();
    grant->subject = "acme";
    grant->plan = std::move(plan);
    grant->delay_s = delay_s;
    grant->credential = "key:ab12";
    return grant;
  }
  Subscriber& come(std::vector<std::string> symbols, std::shared_ptr<const Grant> grant = nullptr) {
    auto& client = *clients.emplace_back(std::make_unique<Subscriber>());
    client.usage = watch->welcome("192.0.2.0/24");
    client.grant = std::move(grant);
    fan_out.subscribe(client, "1", {Channel::kQuote, std::move(symbols)});
    return client;
  }
  void unsubscribe(Subscriber& client, std::string symbol, Channel channel = Channel::kQuote) {
    fan_out.unsubscribe(client, "2", {channel, {std::move(symbol)}});
  }
  void send(Subscriber& client) {
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
  }
  void quote(const schemas::Instrument& instrument, std::uint64_t sequence) {
    fan_out.on_tick(testing::quote(instrument, sequence));
    fan_out.mark_changed(now);
  }
  void regrant(Subscriber& client, std::shared_ptr<const Grant> next) {
    watch->regrant(client, fan_out, next.get());
    client.grant = std::move(next);
  }
  void leave(Subscriber& client) {
    watch->leave(client, fan_out);
    fan_out.remove(client);
    std::erase_if(clients, [&](const auto& one) { return one.get() == &client; });
  }
  // What a shard does ten times a second.
  void sweep(std::int64_t later = 0) {
    wall += later;
    now += std::chrono::microseconds(later);
    watch->sweep(now, Timestamp{wall.load()}, clients.size(), [this](std::size_t nth) {
      ++looks;
      watch->look_at(*clients[nth], fan_out);
      return clients[nth]->outbox.size() + cost;
    });
  }
  void look() {
    now += 11s;
    sweep();
  }
  // All is written, and read again.
  std::vector<UsageSum> written(Timestamp day = kMorning) {
    ledger.reset();
    DayUsage usage;
    EXPECT_TRUE(read_day(directory, day_of(day), usage).ok());
    EXPECT_TRUE(usage.last_run().ended);
    return usage.sums();
  }

  std::string directory;
  std::atomic<std::int64_t> wall{kMorning.value()};
  feeds::Counter out_of_memory;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<UsageWatch> watch;
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  const schemas::Instrument& other = registry.add("kraken", "BTC-USD");
  FanOut fan_out{{}, "EPOCH"};
  std::vector<std::unique_ptr<Subscriber>> clients;
  Monotonic now = 1s;
  std::size_t looks = 0, cost = 0;
};

TEST_F(UsageWatchTest, WhatClientsUseIsCountedByVenueAndSubject) {
  quote(btc, 1);
  quote(other, 1);
  auto& mine = come({"*"}, granted("gold"));
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

TEST_F(UsageWatchTest, WhatIsSubscribedToBetweenTwoLooksIsCountedToo) {
  quote(btc, 1);
  auto& client = come({"SIM:BTC-USD"});
  send(client);
  unsubscribe(client, "SIM:BTC-USD");
  fan_out.subscribe(client, "1", {Channel::kBook, {"SIM:ETH-USD"}, 25});
  fan_out.subscribe(client, "1", {Channel::kBook, {"SIM:ETH-USD"}, 10});
  unsubscribe(client, "SIM:ETH-USD", Channel::kBook);
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].connections, 1U);
  EXPECT_EQ(sums[0].peak, 1U);
  EXPECT_EQ(sums[0].symbols, 2U);
  EXPECT_EQ(sums[0].updates, 1U);
  EXPECT_EQ(sums[0].minutes, 1U);
  EXPECT_EQ(sums[0].details.depth, 25U) << "before it was another one";
  EXPECT_EQ(sums[0].details.channels, 1U << static_cast<unsigned>(Channel::kQuote) |
                                          1U << static_cast<unsigned>(Channel::kBook));
}

TEST_F(UsageWatchTest, WhoLeavesBetweenTwoLooksIsCountedToo) {
  quote(btc, 1);
  auto& client = come({"SIM:BTC-USD"});
  send(client);
  leave(client);
  come({"SIM:BTC-USD"});
  const auto sums = (look(), written());
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].connections, 2U);
  EXPECT_EQ(sums[0].updates, 1U);
  EXPECT_EQ(sums[0].peak, 1U) << "one behind the other";
}

TEST_F(UsageWatchTest, MinutesAreThoseInWhichASubscriptionWas) {
  wall = kMorning.value() + 38 * kSecond;  // 14:13:58
  sweep();
  auto& first = come({"SIM:BTC-USD"});
  auto& second = come({"SIM:ETH-USD"});
  sweep(3 * kSecond);  // 14:14:01
  unsubscribe(first, "SIM:BTC-USD");
  sweep(60 * kSecond);  // 14:15:01
  leave(second);
  sweep(60 * kSecond);
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].connections, 2U);
  EXPECT_EQ(sums[0].minutes, 3U) << "of two connections of one subject each minute counts once";
}

TEST_F(UsageWatchTest, WhatWasUsedBeforeAnotherPlanIsThatOfThePlanBefore) {
  quote(btc, 1);
  quote(eth, 1);
  auto& client = come({"SIM:BTC-USD", "SIM:ETH-USD"}, granted("gold"));
  send(client);
  regrant(client, granted("silver"));
  quote(btc, 2);
  send(client);
  regrant(client, granted("silver"));  // renewed
  leave(client);
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 2U);
  EXPECT_EQ(sums[0].key.plan, "gold");
  EXPECT_EQ(sums[0].updates, 2U);
  EXPECT_EQ(sums[0].symbols, 2U);
  EXPECT_EQ(sums[0].connections, 1U);
  EXPECT_EQ(sums[0].peak, 1U);
  EXPECT_EQ(sums[1].key.plan, "silver");
  EXPECT_EQ(sums[1].updates, 1U);
  EXPECT_EQ(sums[1].connections, 1U) << "counted once under each plan";
  EXPECT_EQ(sums[1].peak, 1U);
}

TEST_F(UsageWatchTest, WhatAnotherPlanTakesAwayIsOfThePlanBefore) {
  auto& client = come({"SIM:*", "KRAKEN:*"}, granted("gold"));
  auto next = *granted("silver");
  next.symbols = {SymbolList({*SymbolPattern::parse("SIM:BTC-USD")})};
  const auto silver = std::make_shared<const Grant>(std::move(next));
  watch->regrant(client, fan_out, silver.get());
  fan_out.regrant(client, silver);
  ASSERT_EQ(client.outbox.size(), 1U);
  look();
  const auto sums = written();
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[0].key, (UsageKey{"acme", "gold", "KRAKEN", 0}));
  EXPECT_EQ(sums[1].key, (UsageKey{"acme", "gold", "SIM", 0}));
  EXPECT_EQ(sums[1].symbols, 2U);
  EXPECT_EQ(sums[2].key, (UsageKey{"acme", "silver", "SIM", 0}));
  EXPECT_EQ(sums[2].symbols, 1U);
  EXPECT_EQ(sums[2].peak, 1U);
}

TEST_F(UsageWatchTest, WhatWasUsedInOneLaneIsNotLookedUpInTheNext) {
  quote(btc, 1);
  auto& client = come({"SIM:BTC-USD"}, granted("gold"));
  send(client);
  unsubscribe(client, "SIM:BTC-USD");
  regrant(client, granted("gold", 900));
  FanOut knows_nothing({}, "EPOCH", 900);
  watch->sweep(now += 11s, kMorning, 1, [&](std::size_t) {
    watch->look_at(client, knows_nothing);
    return std::size_t{0};
  });
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].key, (UsageKey{"acme", "gold", "SIM", 0}));
  EXPECT_EQ(sums[0].updates, 1U);
}

TEST_F(UsageWatchTest, WhatWasUsedBeforeMidnightIsOfTheDayThatIsOver) {
  start(Timestamp{kMidnight.value() - 3 * kSecond});
  auto& client = come({"SIM:BTC-USD"});
  look();
  quote(btc, 1);
  send(client);
  fan_out.subscribe(client, "1", {Channel::kQuote, {"SIM:ETH-USD"}});
  unsubscribe(client, "SIM:ETH-USD");
  sweep(3 * kSecond + 50'000);  // the look at the end of the day, though one was just now
  quote(btc, 2);
  send(client);
  sweep(100'000);
  const auto today = written(kMidnight);
  ASSERT_EQ(today.size(), 1U);
  EXPECT_EQ(today[0].connections, 1U) << "it counts on each day";
  EXPECT_EQ(today[0].peak, 1U);
  EXPECT_EQ(today[0].symbols, 1U);
  EXPECT_EQ(today[0].updates, 1U);
  EXPECT_EQ(today[0].minutes, 1U);
  const auto before = written(kMorning);
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].connections, 1U);
  EXPECT_EQ(before[0].symbols, 2U);
  EXPECT_EQ(before[0].updates, 1U);
  EXPECT_EQ(before[0].minutes, 1U);
}

TEST_F(UsageWatchTest, WhoIsMovedWhileOthersAreLookedAtIsCountedOnce) {
  for (int i = 0; i < 3; ++i) come({"SIM:BTC-USD"});
  watch->sweep(now += 11s, kMorning, 3, [this](std::size_t nth) {
    watch->look_at(*clients[nth], fan_out);
    watch->look_at(*clients[nth], fan_out);
    return clients[nth]->outbox.size();
  });
  const auto sums = written();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].peak, 3U);
  EXPECT_EQ(sums[0].connections, 3U);
}

TEST_F(UsageWatchTest, ALookIsDoneWithinASecondHoweverManyThereAre) {
  for (int i = 0; i < 35; ++i) come({"SIM:BTC-USD"});
  cost = UsageWatch::kPiece;
  now = 20s;
  sweep(100'000);
  EXPECT_EQ(looks, 4U) << "in pieces";
  for (std::size_t i = 1; i < UsageWatch::kMostPieces; ++i) sweep(100'000);
  EXPECT_EQ(looks, clients.size());
  sweep(3'900'000);
  EXPECT_EQ(looks, clients.size()) << "24.9 s";
  sweep(100'000);
  EXPECT_GT(looks, clients.size()) << "each five seconds, whenever it was done";
}

// From the moment at which something is used until it is written, but for the disk.
TEST(UsageWatchPeriods, AddUpToLessThanTenSeconds) {
  const auto look = UsageWatch::kEvery + UsageWatch::kMostPieces * 100ms;
  EXPECT_LE(look + LedgerSettings().flush_every, 8s);
}

}  // namespace
}  // namespace tickgate::gateway
