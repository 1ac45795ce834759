// SPDX-License-Identifier: Apache-2.0
// What a message costs an edge's thread: read alone, and from the text to the shards' ring.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "feeds/edge/edge_model.h"
#include "feeds/ingest/tick_text.h"
#include "feeds/publish/ring_fan.h"
#include "tests/support/silent_sink.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

constexpr int kBatch = 1'024;

struct Nobody final : EdgeOrders {
  void subscribe(const std::string&) override {}
  void unsubscribe(const std::string&) override {}
  void get(const std::string&) override {}
  void read(const ReadOrder&) override {}
  void drop_last() override {}
  void publish(const std::string&, std::string) override {}
};

// So many texts, numbered on; each with what has to be readable behind it.
template <typename Tick>
std::vector<std::string> texts(const schemas::Instrument& instrument, Tick tick, int count) {
  TickText text;
  text.set({"01M7WSSSZY", 7});
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) {
    tick.header.sequence = schemas::SequenceNumber{static_cast<std::uint64_t>(i) + 1};
    made.emplace_back(text.of(tick, instrument)).append(ObjectReader::kPadding, '\0');
  }
  return made;
}
std::string_view without_padding(const std::string& text) {
  return {text.data(), text.size() - ObjectReader::kPadding};
}

template <typename Tick>
void read(benchmark::State& state, const Tick& tick) {
  schemas::InstrumentRegistry registry;
  const auto made = texts(registry.add("kraken", "BTC-USD"), tick, kBatch);
  ObjectReader reader;
  for (auto _ : state) {
    for (const auto& text : made) benchmark::DoNotOptimize(reader.read(without_padding(text)));
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
void read_quote(benchmark::State& state) { read(state, testing::quote({}, 1, "67123.40")); }
BENCHMARK(read_quote);
void read_trade(benchmark::State& state) { read(state, testing::trade({}, 1)); }
BENCHMARK(read_trade);
void read_book(benchmark::State& state) {
  read(state, testing::book({}, 1, static_cast<std::uint8_t>(state.range(0))));
}
BENCHMARK(read_book)->Arg(10)->Arg(25);

// Through reader, merge and fan into the ring of one shard.
void quote_to_the_ring(benchmark::State& state) {
  schemas::InstrumentRegistry registry;
  Demand demand;
  EdgeCounters counters;
  Nobody orders;
  TickRing ring(std::size_t{4} << 20U);
  Doorbell bell;
  RingFan fan({{&ring, &bell}});
  EdgeModel::Parts parts;
  parts.symbols = {"*"};
  parts.subject_prefix = "tickgate.v1";
  parts.registry = &registry;
  parts.out = &fan;
  parts.orders = &orders;
  parts.counters = &counters;
  parts.demand = &demand;
  EdgeModel model(std::move(parts));
  fan.attach(model.cache());
  const auto& instrument = registry.add("kraken", "BTC-USD");
  TickText text;
  text.set({"01M7WSSSZY", 7});
  std::string news(text.of(instrument, false, {}));
  news.append(ObjectReader::kPadding, '\0');
  model.on_message(EdgeModel::From::kLive, without_padding(news), {}, {});
  demand.raise(instrument.id, schemas::Channel::kQuote);
  model.look_at_demand({});
  auto sequence = std::uint64_t{0};
  for (auto _ : state) {
    state.PauseTiming();
    ring.drain(SilentSink());
    std::vector<std::string> made;
    auto quote = testing::quote(instrument, 1, "67123.40");
    for (int i = 0; i < kBatch; ++i) {
      quote.header.sequence = schemas::SequenceNumber{++sequence};
      made.emplace_back(text.of(quote, instrument)).append(ObjectReader::kPadding, '\0');
    }
    state.ResumeTiming();
    for (const auto& one : made) {
      model.on_message(EdgeModel::From::kLive, without_padding(one), {}, {});
    }
    fan.flush();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(quote_to_the_ring);

}  // namespace
}  // namespace tickgate::feeds
