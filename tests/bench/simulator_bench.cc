// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdint>

#include "feeds/venues/simulator/simulator.h"
#include "tests/bench/silent_events.h"

namespace {

using tickgate::feeds::simulator::Names;
using tickgate::feeds::simulator::Simulator;
using tickgate::schemas::Timestamp;

// items_per_second is ticks a second that one core can make up.
void advance(benchmark::State& state, Names names, std::uint32_t symbols) {
  tickgate::schemas::InstrumentRegistry registry;
  tickgate::testing::SilentEvents events;
  Simulator simulator({42, symbols, 1'000'000, names}, registry, events);
  std::int64_t now = 1'732'100'000'000'000;
  simulator.start(Timestamp{now});
  for (auto _ : state) simulator.advance(Timestamp{now += 1000});
  benchmark::DoNotOptimize(events.sum);
  state.SetItemsProcessed(state.iterations() * 1000);
}

BENCHMARK_CAPTURE(advance, generated_500, Names::kGenerated, 500);
BENCHMARK_CAPTURE(advance, generated_20000, Names::kGenerated, 20'000);
BENCHMARK_CAPTURE(advance, market_24, Names::kMarket, 24);

}  // namespace
