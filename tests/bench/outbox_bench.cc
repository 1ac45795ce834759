// SPDX-License-Identifier: Apache-2.0
// What a client costs while it waits: marks put on its subscriptions, and popped when its socket is
// free. No text is made here; json_bench says what that costs.
#include "gateway/fanout/outbox.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace tickgate::gateway {
namespace {

constexpr auto kFarLater = Monotonic{std::chrono::hours(1'000'000)};

// A client of so many quotes that has been sent what there was.
struct Client {
  Outbox outbox;
  std::vector<SlotIndex> slots;

  explicit Client(std::int64_t subscriptions) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(subscriptions); ++i) {
      slots.push_back(
          *outbox.add(schemas::InstrumentId{i}, schemas::Channel::kQuote, 1, /*interval_ms=*/0));
    }
    pop_all();
  }
  std::uint64_t pop_all() {
    std::uint64_t popped = 0;
    outbox.pop_due(
        kFarLater, [](const Slot&) { return true; },
        [&popped](Slot&) {
          ++popped;
          return Outbox::Outcome::kSent;
        });
    return popped;
  }
};

// All of a client's subscriptions are marked and popped; items are marks.
void mark_and_take(benchmark::State& state) {
  Client client(state.range(0));
  std::uint64_t popped = 0;
  for ([[maybe_unused]] const auto _ : state) {
    for (const auto slot : client.slots) client.outbox.mark(slot);
    popped += client.pop_all();
  }
  if (popped != static_cast<std::uint64_t>(state.iterations() * state.range(0))) {
    state.SkipWithError("a mark was lost");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(popped));
}

// A mark on what is marked already: what each tick costs a client that does not read.
void mark_again(benchmark::State& state) {
  Client client(state.range(0));
  for (const auto slot : client.slots) client.outbox.mark(slot);
  for ([[maybe_unused]] const auto _ : state) {
    for (const auto slot : client.slots) benchmark::DoNotOptimize(client.outbox.mark(slot));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Many clients of twenty of 500 quotes, each tick marking every client that follows it: the memory
// of all outboxes is walked through, as a shard does.
void mark_and_take_of_many(benchmark::State& state) {
  constexpr std::uint32_t kSymbols = 500, kEach = 20;
  const auto count = static_cast<std::uint32_t>(state.range(0));
  std::vector<Client> clients;
  clients.reserve(count);
  struct Follower {
    Client* client;
    SlotIndex slot;
  };
  std::vector<std::vector<Follower>> audience(kSymbols);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& client = clients.emplace_back(kEach);
    for (std::uint32_t s = 0; s < kEach; ++s) {
      audience[(i * 7 + s * 25 + i * s) % kSymbols].push_back({&client, client.slots[s]});
    }
  }
  std::uint64_t popped = 0;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t tick = 0; tick < kSymbols; tick += 10) {  // a batch: every tenth symbol
      for (const auto& [client, slot] : audience[tick]) client->outbox.mark(slot);
    }
    for (auto& client : clients) popped += client.pop_all();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(popped));
}

BENCHMARK(mark_and_take)->Arg(1)->Arg(20)->Arg(500);
BENCHMARK(mark_again)->Arg(20)->Arg(500);
BENCHMARK(mark_and_take_of_many)->Arg(100)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace tickgate::gateway
