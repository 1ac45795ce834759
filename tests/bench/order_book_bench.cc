// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/order_book.h"

#include <benchmark/benchmark.h>

#include <cstdint>

#include "feeds/venues/kraken_checksum.h"
#include "schemas/tick.h"

namespace tickgate::feeds {
namespace {

using schemas::Price;
using schemas::Quantity;

Price price(std::int64_t ticks) { return Price{{ticks, 2}}; }
Quantity size(std::int64_t lots) { return Quantity{{lots, 8}}; }

constexpr std::int64_t kMiddle = 6'000'000;

// Levels at every second tick, best at one tick from the middle.
OrderBook book_of(std::int64_t levels_a_side) {
  OrderBook book;
  for (std::int64_t i = levels_a_side; i-- > 0;) {
    book.set(BookSide::kBid, price(kMiddle - 1 - 2 * i), size(50'000'000));
    book.set(BookSide::kAsk, price(kMiddle + 1 + 2 * i), size(50'000'000));
  }
  return book;
}

// The size of the best level changes. The argument everywhere: levels a side.
void change_at_top(benchmark::State& state) {
  auto book = book_of(state.range(0));
  std::int64_t lots = 1;
  for ([[maybe_unused]] const auto _ : state) {
    book.set(BookSide::kBid, price(kMiddle - 1), size(++lots));
  }
  benchmark::DoNotOptimize(book.level(BookSide::kBid, 0));
}

// A level comes and goes `from_best` levels below the best; time is of the pair.
void come_and_go(benchmark::State& state, std::int64_t from_best) {
  auto book = book_of(state.range(0));
  const auto between = price(kMiddle - 2 - 2 * from_best);
  for ([[maybe_unused]] const auto _ : state) {
    book.set(BookSide::kBid, between, size(7));
    book.set(BookSide::kBid, between, size(0));
  }
  benchmark::DoNotOptimize(book.level(BookSide::kBid, 0));
}
void come_and_go_at_top(benchmark::State& state) { come_and_go(state, 0); }
void come_and_go_deep(benchmark::State& state) { come_and_go(state, state.range(0) / 2); }

// What /v1/book costs the feeds' thread.
void copy(benchmark::State& state) {
  const auto book = book_of(state.range(0));
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(book.best(5'000));
  }
}

void write_top(benchmark::State& state) {
  const auto book = book_of(state.range(0));
  schemas::Book tick;
  for ([[maybe_unused]] const auto _ : state) {
    book.write_top(tick, schemas::Book::kMaxDepth);
    benchmark::DoNotOptimize(tick);
  }
}

// The digits of the best ten a side, and their CRC-32.
void kraken_checksum(benchmark::State& state) {
  const auto book = book_of(state.range(0));
  for ([[maybe_unused]] const auto _ : state) benchmark::DoNotOptimize(kraken::checksum(book));
}

BENCHMARK(change_at_top)->Arg(10)->Arg(1000)->Arg(10'000);
BENCHMARK(come_and_go_at_top)->Arg(10)->Arg(1000)->Arg(10'000);
BENCHMARK(come_and_go_deep)->Arg(10)->Arg(1000)->Arg(10'000);
BENCHMARK(copy)->Arg(1000)->Arg(5000);
BENCHMARK(write_top)->Arg(10)->Arg(1000);
BENCHMARK(kraken_checksum)->Arg(10)->Arg(1000);

}  // namespace
}  // namespace tickgate::feeds
