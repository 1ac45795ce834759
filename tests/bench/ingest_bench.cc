// SPDX-License-Identifier: Apache-2.0
// What a tick costs on an ingest's publisher thread: its text and its number, up to where NATS
// takes it; and on a feed's thread the ring to it (delay_bench has that: a ring is a ring).
#include <cstdint>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "feeds/ingest/publication.h"

namespace tickgate::feeds {
namespace {

constexpr std::uint32_t kInstruments = 500;

struct Nowhere final : Outlet {
  bool put(std::string_view subject, std::string_view text) override {
    bytes += subject.size() + text.size();
    return true;
  }
  std::size_t bytes = 0;
};

// An ingest that leads, of 500 instruments, whose values have been said.
struct Scene {
  Scene() {
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      publication.on_instrument(registry.add("sim", "A" + std::to_string(i) + "-USD"));
    }
    publication.lead({"01M7WSSSZY", 7}, {}, now);
    turn();
  }
  void turn() {
    now += std::chrono::microseconds(500);
    while (publication.turn(now, schemas::Timestamp{now.count()})) {
    }
  }
  schemas::InstrumentRegistry registry;
  Nowhere nowhere;
  IngestCounters counters;
  Publication publication{{"tickgate.v1", {}, false, {}}, nowhere, counters, nullptr};
  Publication::Moment now = std::chrono::seconds(1'700'000'000);
};

schemas::TickHeader header(std::uint64_t number) {
  schemas::TickHeader made;
  made.instrument = schemas::InstrumentId(static_cast<std::uint32_t>(number % kInstruments));
  made.sequence = schemas::SequenceNumber{number};
  made.venue_time = made.receive_time = schemas::Timestamp{1'700'000'000'123'456};
  return made;
}
schemas::Price price(std::uint64_t number) {
  return schemas::Price({static_cast<std::int64_t>(6'712'340 + number % 100), 2});
}
constexpr schemas::Quantity kSize({53'200'000, 8});

void a_quote(benchmark::State& state) {
  Scene scene;
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      ++number;
      scene.publication.on_tick(
          schemas::Quote{header(number), price(number), price(number + 1), kSize, kSize});
    }
    scene.turn();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(a_quote);

void a_trade(benchmark::State& state) {
  Scene scene;
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      ++number;
      const auto id = std::to_string(number);
      scene.publication.on_tick(schemas::Trade{header(number), price(number), kSize,
                                               schemas::Side::kBuy, std::string_view(id)});
    }
    scene.turn();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(a_trade);

// Who stands by keeps trades, and compares them with nobody's before it leads.
void a_trade_of_a_standby(benchmark::State& state) {
  Scene scene;
  scene.publication.resign();
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      ++number;
      scene.publication.on_tick(schemas::Trade{header(number), price(number), kSize,
                                               schemas::Side::kBuy, std::string_view("8122")});
    }
    scene.turn();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(a_trade_of_a_standby);

}  // namespace
}  // namespace tickgate::feeds
