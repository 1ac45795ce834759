// SPDX-License-Identifier: Apache-2.0
// What it costs a tick to be held against the last minute's median.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "feeds/feed/plausibility.h"

namespace tickgate::feeds {
namespace {

constexpr Plausibility::Settings kSettings{.factor = 10};

// Many instruments in turn, as ticks come; each tick a quote near 65,000 with two decimals.
void judge_ticks(benchmark::State& state) {
  std::vector<Plausibility> instruments(static_cast<std::size_t>(state.range(0)));
  Monotonic now = std::chrono::hours(1);
  std::int64_t cents = 0;
  std::size_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    cents = (cents * 7 + 13) % 1000;
    now += std::chrono::microseconds(20);
    const schemas::Decimal bid{6'500'000 + cents, 2}, ask{6'500'001 + cents, 2};
    benchmark::DoNotOptimize(instruments[next].judge(bid, ask, now, kSettings));
    if (++next == instruments.size()) next = 0;
  }
  state.counters["bytes"] = sizeof(Plausibility);
}
BENCHMARK(judge_ticks)->Arg(1)->Arg(300)->Arg(50'000);

// A venue that sends nothing right.
void judge_wrong_ticks(benchmark::State& state) {
  Plausibility prices;
  const Monotonic now = std::chrono::hours(1);
  const schemas::Decimal good{6'500'000, 2};
  prices.judge(good, good, now, kSettings);
  for ([[maybe_unused]] const auto _ : state) {
    const schemas::Decimal bid{6'500'000'000, 2}, ask{6'500'000'100, 2};
    benchmark::DoNotOptimize(prices.judge(bid, ask, now, kSettings));
  }
}
BENCHMARK(judge_wrong_ticks);

}  // namespace
}  // namespace tickgate::feeds
