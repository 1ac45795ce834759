// SPDX-License-Identifier: Apache-2.0
// What the latency waterfall costs a tick: in a shard, by how many are drained at a time, and where
// a feed notes how long it was on its way.
#include "gateway/shard/waterfall.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "feeds/feed/clock_estimate.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint32_t kInstruments = 500;
constexpr std::int64_t kStart = 1'790'000'000'000'000;

// Some tick's, received within the last millisecond.
void draw(schemas::TickHeader& header, std::uint32_t& next, std::int64_t now) {
  next = next * 1'664'525U + 1'013'904'223U;
  header.instrument = schemas::InstrumentId{next % kInstruments};
  header.channel = static_cast<schemas::Channel>(next >> 30U);
  header.receive_time = schemas::Timestamp{now - (next >> 20U) % 1'024};
}

// All that a shard does for it, but for reading the clock; items are ticks.
void drained(benchmark::State& state) {
  Waterfall waterfall;
  for (std::uint32_t i = 0; i < kInstruments; ++i) {
    waterfall.on_instrument(
        {schemas::InstrumentId{i}, "", i % 2 == 0 ? "kraken" : "binance", "", "", {}});
  }
  schemas::TickHeader header;
  std::int64_t now = kStart;
  std::uint32_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      draw(header, next, now);
      waterfall.on_tick(header);
    }
    waterfall.end_batch(schemas::Timestamp{now}, 0);
    waterfall.on_flushed(schemas::Timestamp{now + 40}, 0);
    now += 100;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The same loop without it: to be taken off.
void made_up(benchmark::State& state) {
  schemas::TickHeader header;
  std::int64_t now = kStart;
  std::uint32_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      draw(header, next, now);
      benchmark::DoNotOptimize(header);
    }
    now += 100;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// A feed's part: how long a stamp was on its way, and whether it bounds the offset.
void stamped(benchmark::State& state) {
  feeds::StageHistogram histogram;
  feeds::ClockEstimate clock;
  feeds::Monotonic steady{std::chrono::hours(5)};
  clock.on_answer(schemas::Timestamp{kStart}, feeds::Monotonic(1'000),
                  steady - feeds::Monotonic(40'000), {schemas::Timestamp{kStart}, steady});
  std::uint32_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    next = next * 1'664'525U + 1'013'904'223U;
    const feeds::Monotonic late(next >> 12U);
    steady += feeds::Monotonic(20);
    const schemas::Timestamp wall{kStart + steady.count()};
    histogram.observe(late);
    clock.on_stamp(schemas::Timestamp{wall.value() - late.count()}, {wall, steady});
  }
  benchmark::DoNotOptimize(histogram.sum_microseconds());
}

BENCHMARK(drained)->Arg(1)->Arg(5)->Arg(100)->Arg(1'000);
BENCHMARK(made_up)->Arg(1)->Arg(5)->Arg(100)->Arg(1'000);
BENCHMARK(stamped);

}  // namespace
}  // namespace tickgate::gateway
