// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "feeds/publish/publisher.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;

std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Two feeds' threads push, the line's thread says it later, two shards' threads read: each trade
// carries the moment before it was pushed.
class Shard {
 public:
  void read() {
    bool done = false;
    while (!done) {
      done = done_.load();  // before the look: what was pushed until then is seen
      for (auto& ring : rings) ring->drain(*this);
    }
  }
  void end() { done_.store(true); }

  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap& gap) {
    take(gap.instrument, gap.from.value(), gap.to.value());
  }
  void on_tick(const schemas::Trade& trade) {
    const auto number = trade.header.sequence.value();
    take(trade.header.instrument, number, number);
    EXPECT_GE(steady_us() - trade.header.venue_time.value(), 1'000'000) << "early";
  }
  template <typename Tick>
  void on_tick(const Tick&) {}

  std::vector<std::unique_ptr<TickRing>> rings;
  Doorbell bell;
  std::atomic<std::uint64_t> last[2]{};

 private:
  void take(schemas::InstrumentId instrument, std::uint64_t from, std::uint64_t to) {
    auto& number = last[instrument.value()];
    EXPECT_EQ(from, number.load() + 1);
    number.store(to);
  }
  std::atomic<bool> done_{false};
};

TEST(DelayThreadTest, BetweenFeedsAndShardsNothingIsEarlyAndNothingLost) {
  constexpr std::uint64_t kTrades = 20'000;
  auto made = DelayLine::make({{1}, std::size_t{16} << 20U, ""});
  ASSERT_TRUE(made.ok()) << made.status();
  DelayLine& line = **made;
  Shard shards[2];
  schemas::InstrumentRegistry registry;
  std::vector<ShardLink> links;
  Beat beats[2];
  for (std::size_t source = 0; source < 2; ++source) {
    std::vector<ShardLink> lane;
    for (auto& shard : shards) {
      shard.rings.push_back(std::make_unique<TickRing>(std::size_t{1} << 20U));
      lane.push_back({shard.rings.back().get(), &shard.bell});
    }
    links.push_back(line.add_source({lane}));
    line.watch(beats[source]);
    registry.add("toy", source == 0 ? "A-USD" : "B-USD");
  }
  DelayThread thread(line);
  thread.start();
  std::vector<std::thread> threads;
  for (std::uint32_t source = 0; source < 2; ++source) {
    threads.emplace_back([&, source] {
      const auto& instrument = registry.at(schemas::InstrumentId{source});
      RingFan fan({links[source]});
      Publisher publisher(fan);
      fan.attach(publisher.cache());
      publisher.announce(instrument);
      for (std::uint64_t i = 1; i <= kTrades; ++i) {
        auto trade = tickgate::testing::trade(instrument, i);
        trade.header.venue_time = schemas::Timestamp{steady_us()};
        publisher.publish(trade);
        if (i % 100 != 0) continue;
        fan.flush();
        beats[source].strike(Beat::Moment{steady_us()});
        std::this_thread::sleep_for(1ms);
      }
      for (; fan.waiting(); std::this_thread::sleep_for(1ms)) fan.flush();
      fan.flush();
    });
  }
  std::vector<std::thread> readers;
  for (auto& shard : shards) readers.emplace_back([&shard] { shard.read(); });
  for (auto& one : threads) one.join();
  const auto until = std::chrono::steady_clock::now() + 60s;
  const auto all = [&] {
    for (const auto& shard : shards) {
      for (const auto& last : shard.last) {
        if (last.load() != kTrades) return false;
      }
    }
    return true;
  };
  while (!all() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(all());
  for (auto& shard : shards) shard.end();
  for (auto& one : readers) one.join();
  thread.stop();
  EXPECT_LT(line.lag(0), 60s);
}

}  // namespace
}  // namespace tickgate::feeds
