// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <benchmark/benchmark.h>

#include <cstdint>

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

// One trade a millisecond of each instrument in turn, all seven intervals, with the ticks that
// close and tell; nobody holds a series, or everybody all of them. The argument: instruments.
void trades(benchmark::State& state, const BarDemand* demand) {
  SilentSink sink;
  Bars bars({}, sink, demand);
  const auto instruments = static_cast<std::uint32_t>(state.range(0));
  auto trade = trade_of(0);
  std::int64_t now = kStart;
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto _ : state) {
    if (count % 50 == 0) bars.advance({schemas::Timestamp{now}, Monotonic{now - kStart}});
    now += 1'000;
    trade.header.instrument =
        schemas::InstrumentId{static_cast<std::uint32_t>(count % instruments)};
    trade.header.venue_time = trade.header.receive_time = schemas::Timestamp{now};
    trade.price = schemas::Price{{6'700'000 + static_cast<std::int64_t>(count * 7919 % 1'000), 2}};
    bars.on_trade(trade);
    ++count;
  }
}
void trades_unheld(benchmark::State& state) {
  const BarDemand nobody;
  trades(state, &nobody);
}
void trades_all_held(benchmark::State& state) { trades(state, nullptr); }

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
BENCHMARK(trades_unheld)->Arg(1)->Arg(100)->Arg(1'000);
BENCHMARK(trades_all_held)->Arg(1)->Arg(100)->Arg(1'000);

}  // namespace
}  // namespace tickgate::feeds
