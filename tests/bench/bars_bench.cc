// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <benchmark/benchmark.h>

#include <cstdint>

#include "feeds/publish/tick_ring.h"
#include "schemas/check.h"
#include "tests/support/silent_sink.h"

namespace tickgate::feeds {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000'000;

schemas::Trade trade_of(std::uint32_t instrument) {
  schemas::Trade trade;
  trade.header.instrument = schemas::InstrumentId{instrument};
  trade.header.channel = schemas::Channel::kTrade;
  trade.size = schemas::Quantity{{12'345'678, 8}};
  return trade;
}

// What it costs to add one to the second under way, which nothing else happens in.
void trade_alone(benchmark::State& state) {
  SilentSink sink;
  const BarDemand nobody;
  Bars bars({}, sink, &nobody);
  bars.advance({schemas::Timestamp{kStart}, Monotonic{}});
  auto trade = trade_of(0);
  std::int64_t count = 0;
  for ([[maybe_unused]] const auto _ : state) {
    trade.header.venue_time = schemas::Timestamp{kStart + ++count % 1'000'000};
    trade.price = schemas::Price{{6'700'000 + count * 7919 % 1'000, 2}};
    bars.on_trade(trade);
  }
}

// Pushes into one shard's ring, and counts.
struct RingSink final : SilentSink {
  using SilentSink::on_tick;
  void on_tick(const schemas::Bar& bar) override {
    ++told;
    TICKGATE_CHECK(ring.push(bar));
  }

  TickRing ring{4U << 20U};  // as a shard has it
  std::uint64_t told = 0;
};

// All seven intervals of so many instruments in turn, which trade so many times a second each, with
// the ticks that close and tell. Nobody holds a series, or somebody all of them: then bars go into
// a ring, which is drained here too, though in service by another thread.
void trades(benchmark::State& state, const BarDemand* demand) {
  RingSink sink;
  SilentSink shard;
  Bars bars({}, sink, demand);
  const auto instruments = static_cast<std::uint32_t>(state.range(0));
  const std::int64_t step = 1'000'000 / (state.range(0) * state.range(1));
  constexpr std::int64_t kTick = 50'000;
  auto trade = trade_of(0);
  std::int64_t now = kStart, ticked = kStart - kTick;
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto _ : state) {
    for (; ticked + kTick <= now; ticked += kTick) {
      bars.advance({schemas::Timestamp{ticked}, Monotonic{ticked - kStart}});
      sink.ring.drain(shard);
    }
    now += step;
    trade.header.instrument =
        schemas::InstrumentId{static_cast<std::uint32_t>(count % instruments)};
    trade.header.venue_time = trade.header.receive_time = schemas::Timestamp{now};
    trade.price = schemas::Price{{6'700'000 + static_cast<std::int64_t>(count * 7919 % 1'000), 2}};
    bars.on_trade(trade);
    ++count;
  }
  const auto per_trade = [&](std::uint64_t bars_of_all) {
    return benchmark::Counter(static_cast<double>(bars_of_all), benchmark::Counter::kAvgIterations);
  };
  state.counters["closed"] = per_trade(bars.counters().closed.value());
  state.counters["told"] = per_trade(sink.told);
}
void trades_unheld(benchmark::State& state) {
  const BarDemand nobody;
  trades(state, &nobody);
}
void trades_all_held(benchmark::State& state) {
  BarDemand all;
  for (std::uint32_t id = 0; id < state.range(0); ++id) {
    for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
      all.raise(schemas::InstrumentId{id}, static_cast<schemas::Interval>(i));
    }
  }
  trades(state, &all);
}

// What one instrument holds: a trade in each interval, whose place the argument is; with -1 only
// one trade in all. The shorter intervals have a bar of each trade too.
void memory(benchmark::State& state) {
  SilentSink sink;
  const BarDemand nobody;
  Bars bars({}, sink, &nobody);
  const auto step = state.range(0) < 0
                        ? std::int64_t{0}
                        : schemas::length(static_cast<schemas::Interval>(state.range(0)));
  auto trade = trade_of(0);
  std::int64_t now = kStart;
  for ([[maybe_unused]] const auto _ : state) {
    trade.header.venue_time = trade.header.receive_time = schemas::Timestamp{now += step};
    bars.on_trade(trade);
    bars.advance({schemas::Timestamp{now}, Monotonic{now - kStart}});
  }
  state.counters["bytes"] = static_cast<double>(bars.counters().bytes.value());
}

BENCHMARK(memory)->DenseRange(-1, 6)->Iterations(5'000);
BENCHMARK(trade_alone);
// Instruments, and trades a second of each.
void rates(benchmark::internal::Benchmark* bench) {
  bench->Args({1, 1'000})->Args({100, 100})->Args({100, 10})->Args({1'000, 10})->Args({1'000, 1});
}
BENCHMARK(trades_unheld)->Apply(rates);
BENCHMARK(trades_all_held)->Apply(rates);

}  // namespace
}  // namespace tickgate::feeds
