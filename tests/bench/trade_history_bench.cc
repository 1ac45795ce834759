// SPDX-License-Identifier: Apache-2.0
// What a trade costs a shard: kept for whoever may come back, and sent to those who follow it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;

// So many instruments, whose trades come by turns; each is followed by so many clients.
class Trades {
 public:
  Trades(std::int64_t instruments, std::int64_t clients) {
    for (std::int64_t i = 0; i < instruments; ++i) {
      const auto& instrument = registry_.add("sim", "X" + std::to_string(i) + "-USD");
      fan_out_.on_instrument(instrument);
      trades_.push_back(testing::trade(instrument, 0));
    }
    for (std::int64_t i = 0; i < clients; ++i) {
      clients_.push_back(std::make_unique<Subscriber>());
      while (!fan_out_.subscribe(*clients_.back(), "1", {Channel::kTrade, {"*"}})) {
      }
    }
    flush();
  }

  void come() {
    for (auto& trade : trades_) {
      trade.header.sequence = schemas::SequenceNumber{trade.header.sequence.value() + 1};
      fan_out_.on_tick(trade);
    }
  }
  void flush() {
    fan_out_.mark_changed(now_ += Monotonic{1'000});
    for (const auto& client : clients_) {
      frame_.clear();
      fan_out_.compose(*client, now_, frame_);
      benchmark::DoNotOptimize(frame_.data());
    }
  }

 private:
  schemas::InstrumentRegistry registry_;
  FanOut fan_out_{{.subscriptions_per_connection = 100'000}, "EPOCH"};
  std::vector<schemas::Trade> trades_;
  std::vector<std::unique_ptr<Subscriber>> clients_;
  std::string frame_;
  Monotonic now_{0};
};

// Nobody follows; items are trades.
void kept(benchmark::State& state) {
  Trades trades(state.range(0), 0);
  for ([[maybe_unused]] const auto _ : state) trades.come();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// To so many clients, all of whom read at once; items are trades, of 20 instruments.
void kept_and_sent(benchmark::State& state) {
  Trades trades(20, state.range(0));
  for ([[maybe_unused]] const auto _ : state) {
    trades.come();
    trades.flush();
  }
  state.SetItemsProcessed(state.iterations() * 20);
}

BENCHMARK(kept)->Arg(20)->Arg(5'000);
BENCHMARK(kept_and_sent)->Arg(1)->Arg(100);

}  // namespace
}  // namespace tickgate::gateway
