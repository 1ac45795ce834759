// SPDX-License-Identifier: Apache-2.0
// What a delayed lane costs: a feed's thread one more ring, and the delay line's thread the way of
// a quote through its log. In batches; what is drained in between is not measured.
#include <chrono>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "feeds/delay/delay_line.h"
#include "feeds/publish/ring_fan.h"

namespace tickgate::feeds {
namespace {

constexpr std::size_t kRingBytes = std::size_t{4} << 20U;
constexpr int kBatch = 4'096;

struct Nobody {
  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}
  template <typename Tick>
  void on_tick(const Tick&) {}
};

schemas::Quote a_quote() {
  schemas::Quote quote{};
  quote.header.channel = schemas::Channel::kQuote;
  return quote;
}

// Step 5 of a tick's life with so many rings: a shard's, and then the delay line's.
void pushed(benchmark::State& state) {
  std::vector<std::unique_ptr<TickRing>> rings;
  Doorbell bell;
  std::vector<ShardLink> links;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    rings.push_back(std::make_unique<TickRing>(kRingBytes));
    links.push_back({rings.back().get(), &bell});
  }
  LastValueCache cache;
  RingFan fan(links);
  fan.attach(cache);
  const auto quote = a_quote();
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) fan.on_tick(quote);
    state.PauseTiming();
    for (const auto& ring : rings) ring->drain(Nobody());
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(pushed)->Arg(1)->Arg(2);

// From the feed's ring into the log, and out of it into one shard's ring a second later.
void through_the_line(benchmark::State& state) {
  auto line = *DelayLine::make({{1}, std::size_t{64} << 20U, ""});
  TickRing ring(kRingBytes);
  Doorbell bell;
  RingFan fan({line->add_source({{{&ring, &bell}}})});
  LastValueCache cache;
  fan.attach(cache);
  const auto quote = a_quote();
  Beat::Moment now{0};
  for (auto _ : state) {
    state.PauseTiming();
    ring.drain(Nobody());
    for (int i = 0; i < kBatch; ++i) fan.on_tick(quote);
    state.ResumeTiming();
    now += std::chrono::milliseconds(10);
    line->turn([now] { return now; }, {});
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(through_the_line);

}  // namespace
}  // namespace tickgate::feeds
