// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <benchmark/benchmark.h>

#include <chrono>
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

// What is timed of a beat: the trades as they come, what time itself brings about (seconds that
// end, bars closed and told), or both.
enum class Part { kTrade, kTime, kBoth };

class Stopwatch {
 public:
  void start() { begun_ = std::chrono::steady_clock::now(); }
  void stop() { spent_ += std::chrono::steady_clock::now() - begun_; }
  double seconds() const { return std::chrono::duration<double>(spent_).count(); }

 private:
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::duration spent_{};
};

// All seven intervals of so many instruments in turn, which trade so many times a second each; an
// iteration is a beat of 50 ms. Nobody holds a series, or somebody all of them: then bars go into
// a ring, which is drained beside the clock, as in service another thread does.
void trades(benchmark::State& state, const BarDemand* demand, Part part) {
  RingSink sink;
  SilentSink shard;
  Bars bars({}, sink, demand);
  const auto instruments = static_cast<std::uint32_t>(state.range(0));
  constexpr std::int64_t kBeat = 50'000;
  const auto step = 1'000'000 / (state.range(0) * state.range(1));
  auto trade = trade_of(0);
  std::int64_t now = kStart, beat = kStart;
  std::uint64_t count = 0;
  const auto trade_until = [&](std::int64_t until) {
    for (; now < until; now += step, ++count) {
      trade.header.instrument =
          schemas::InstrumentId{static_cast<std::uint32_t>(count % instruments)};
      trade.header.venue_time = trade.header.receive_time = schemas::Timestamp{now};
      trade.price =
          schemas::Price{{6'700'000 + static_cast<std::int64_t>(count * 7919 % 1'000), 2}};
      bars.on_trade(trade);
    }
  };
  const auto advance = [&] {
    bars.advance({schemas::Timestamp{beat}, Monotonic{beat - kStart}});
    beat += kBeat;
  };
  double total = 0;
  for ([[maybe_unused]] const auto _ : state) {
    Stopwatch watch;
    if (part != Part::kTrade) watch.start();
    advance();
    if (part == Part::kTime) watch.stop();
    if (part == Part::kTrade) watch.start();
    trade_until(beat);
    if (part != Part::kTime) watch.stop();
    sink.ring.drain(shard);
    state.SetIterationTime(watch.seconds());
    total += watch.seconds();
  }
  const auto each = static_cast<double>(count);
  state.counters["ns_a_trade"] = total * 1e9 / each;
  state.counters["closed"] = static_cast<double>(bars.counters().closed.value()) / each;
  state.counters["told"] = static_cast<double>(sink.told) / each;
}
void nobody_holds(benchmark::State& state, Part part) {
  const BarDemand nobody;
  trades(state, &nobody, part);
}
void all_held(benchmark::State& state, Part part) {
  BarDemand all;
  for (std::uint32_t id = 0; id < state.range(0); ++id) {
    for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
      all.raise(schemas::InstrumentId{id}, static_cast<schemas::Interval>(i));
    }
  }
  trades(state, &all, part);
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
// Instruments, and trades a second of each. A million trades or so, and fifteen minutes at least.
void markets(benchmark::internal::Benchmark* bench) {
  bench->UseManualTime()->MinTime(0.3);
  bench->Args({1, 1'000})->Args({100, 100})->Args({100, 10})->Args({1'000, 10})->Args({1'000, 1});
}
BENCHMARK_CAPTURE(nobody_holds, trade, Part::kTrade)->Apply(markets);
BENCHMARK_CAPTURE(nobody_holds, time, Part::kTime)->Apply(markets);
BENCHMARK_CAPTURE(nobody_holds, both, Part::kBoth)->Apply(markets);
BENCHMARK_CAPTURE(all_held, trade, Part::kTrade)->Apply(markets);
BENCHMARK_CAPTURE(all_held, time, Part::kTime)->Apply(markets);
BENCHMARK_CAPTURE(all_held, both, Part::kBoth)->Apply(markets);

}  // namespace
}  // namespace tickgate::feeds
