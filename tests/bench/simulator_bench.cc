// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdint>

#include "feeds/simulator/simulator.h"

namespace {

using tickgate::feeds::simulator::Names;
using tickgate::feeds::simulator::Simulator;
using tickgate::schemas::Timestamp;

// Takes every tick and keeps nothing but a little of it, so that none is optimised away.
class Counter final : public tickgate::feeds::AdapterEvents {
 public:
  std::int64_t sum = 0;
  void on_instrument(const tickgate::schemas::Instrument&) override {}
  void on_tick(const tickgate::schemas::Quote& quote) override {
    sum += quote.bid.value().mantissa;
  }
  void on_tick(const tickgate::schemas::Book& book) override { sum += book.bid_count; }
  void on_tick(const tickgate::schemas::Trade& trade) override { sum += trade.id.length; }
  void on_tick(const tickgate::schemas::Ticker&) override { ++sum; }
  void on_trades_lost(tickgate::schemas::InstrumentId, std::uint64_t) override {}
  void on_recovering(tickgate::schemas::InstrumentId, std::string_view) override {}
  void on_whole(tickgate::schemas::InstrumentId) override {}
  void on_halted(tickgate::schemas::InstrumentId, std::string_view) override {}
  void on_closed(tickgate::schemas::InstrumentId, std::string_view) override {}
  void on_trading(tickgate::schemas::InstrumentId) override {}
  void send(std::string, std::span<const tickgate::feeds::VenueSubscription>) override {}
  void fetch(std::string) override {}
  void wish_resync(tickgate::schemas::InstrumentId) override {}
  void wish_reconnect(std::string_view) override {}
  void on_acknowledged(tickgate::feeds::VenueSubscription) override {}
  void on_refused(tickgate::feeds::VenueSubscription, std::string_view) override {}
  void on_anomaly(tickgate::feeds::Anomaly, std::string_view) override {}
  void on_checksum_verified() override {}
};

// items_per_second is ticks a second that one core can make up.
void advance(benchmark::State& state, Names names, std::size_t symbols) {
  tickgate::schemas::InstrumentRegistry registry;
  Counter counter;
  Simulator simulator({42, symbols, 1'000'000, names}, registry, counter);
  std::int64_t now = 1'732'100'000'000'000;
  simulator.start(Timestamp{now});
  for (auto _ : state) simulator.advance(Timestamp{now += 1000});
  benchmark::DoNotOptimize(counter.sum);
  state.SetItemsProcessed(state.iterations() * 1000);
}

BENCHMARK_CAPTURE(advance, generated_500, Names::kGenerated, 500);
BENCHMARK_CAPTURE(advance, generated_20000, Names::kGenerated, 20'000);
BENCHMARK_CAPTURE(advance, market_24, Names::kMarket, 24);

}  // namespace
