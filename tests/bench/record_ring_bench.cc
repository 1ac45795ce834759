// SPDX-License-Identifier: Apache-2.0
// Records of their own length against slots that hold the largest tick, and against a variant,
// which copies the room of the largest: what a quote pays for a book. One thread pushes a batch and
// drains it, as a feed and a shard do in turns; the ring is large enough that it walks through
// memory rather than stay in one cache line.
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <variant>

#include "benchmark/benchmark.h"
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {
namespace {

using schemas::Book;
using schemas::Quote;

constexpr std::size_t kRingBytes = 1 << 20;
constexpr int kBatch = 64;

// The usual ring of equal slots, each as large as a deep book.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): it keeps the two threads apart
class FixedSlotRing {
 public:
  template <class Tick>
  bool try_push(const Tick& tick) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail - cached_head_ == kSlots) {
      cached_head_ = head_.load(std::memory_order_acquire);
      if (tail - cached_head_ == kSlots) return false;
    }
    std::memcpy(slots_[tail % kSlots].bytes, &tick, sizeof tick);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  template <class Tick, class Consume>
  std::size_t drain(Consume&& consume) {
    auto head = head_.load(std::memory_order_relaxed);
    const auto tail = tail_.load(std::memory_order_acquire);
    const auto count = tail - head;
    for (; head != tail; ++head) {
      Tick tick;
      std::memcpy(&tick, slots_[head % kSlots].bytes, sizeof tick);
      consume.on_tick(tick);
      head_.store(head + 1, std::memory_order_release);
    }
    return count;
  }

 private:
  struct Slot {
    alignas(8) std::byte bytes[sizeof(Book) + 64];
  };
  static constexpr std::size_t kSlots = std::bit_floor(kRingBytes / sizeof(Slot));

  const std::unique_ptr<Slot[]> slots_ = std::make_unique<Slot[]>(kSlots);
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t cached_head_ = 0;
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
};

Book book_of(std::uint8_t depth) {
  Book book;
  book.bid_count = book.ask_count = depth;
  return book;
}

struct Sum {
  std::uint64_t value = 0;
  template <class Tick>
  void on_tick(const Tick& tick) {
    value += tick.header.sequence.value();
  }
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}
  void on_instrument(const schemas::Instrument&) {}
};

template <class Tick>
void through_records(benchmark::State& state, Tick tick) {
  TickRing ring(kRingBytes);
  Sum sum;
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      tick.header.sequence = schemas::SequenceNumber{static_cast<std::uint64_t>(i)};
      benchmark::DoNotOptimize(ring.push(tick));
    }
    ring.drain(sum);
  }
  benchmark::DoNotOptimize(sum.value);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

template <class Tick>
void through_slots(benchmark::State& state, Tick tick) {
  FixedSlotRing ring;
  Sum sum;
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      tick.header.sequence = schemas::SequenceNumber{static_cast<std::uint64_t>(i)};
      benchmark::DoNotOptimize(ring.try_push(tick));
    }
    ring.drain<Tick>(sum);
  }
  benchmark::DoNotOptimize(sum.value);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

struct AnyTick {
  schemas::TickHeader header;
  std::variant<Quote, Book> tick;
};

void quote_in_records(benchmark::State& state) { through_records(state, Quote{}); }
void quote_in_slots(benchmark::State& state) { through_slots(state, Quote{}); }
void quote_in_variants(benchmark::State& state) { through_slots(state, AnyTick{{}, Quote{}}); }
void book10_in_records(benchmark::State& state) { through_records(state, book_of(10)); }
void book25_in_records(benchmark::State& state) { through_records(state, book_of(25)); }
void book_in_slots(benchmark::State& state) { through_slots(state, book_of(10)); }

// How many quotes a ring of the same bytes holds before it is full.
void quotes_held_by_records(benchmark::State& state) {
  for ([[maybe_unused]] const auto _ : state) {
    TickRing ring(kRingBytes);
    double held = 0;
    while (ring.push(Quote{})) ++held;
    state.counters["held"] = held;
  }
}
void quotes_held_by_slots(benchmark::State& state) {
  for ([[maybe_unused]] const auto _ : state) {
    FixedSlotRing ring;
    double held = 0;
    while (ring.try_push(Quote{})) ++held;
    state.counters["held"] = held;
  }
}

BENCHMARK(quote_in_records);
BENCHMARK(quote_in_slots);
BENCHMARK(quote_in_variants);
BENCHMARK(book10_in_records);
BENCHMARK(book25_in_records);
BENCHMARK(book_in_slots);
BENCHMARK(quotes_held_by_records)->Iterations(3);
BENCHMARK(quotes_held_by_slots)->Iterations(3);

}  // namespace
}  // namespace tickgate::feeds
