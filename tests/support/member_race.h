// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "feeds/derived/consolidator.h"
#include "feeds/derived/member_tap.h"

// Feeds on threads of their own and one that consolidates what they say, as hard as they can. The
// stress test runs it as the product does, the negative control with the feeds' threads speaking
// straight to the consolidated instruments, as those of the consolidating thread may.
namespace tickgate::feeds::test {

struct MemberRaceResult {
  std::uint64_t quotes = 0;   // consolidated ones that a shard read
  std::uint64_t damaged = 0;  // out of order, or put together of parts that never were
  bool timed_out = false;
  bool wrong_at_last = false;  // the newest is not what the feeds said last
};

// What a shard reads of BEST. A feed's bid is its number, and its size the same.
struct BestReader {
  MemberRaceResult& result;
  std::uint64_t last = 0;
  schemas::Quote newest;

  void on_instrument(const schemas::Instrument&) {}
  void on_tick(const schemas::Quote& quote) {
    ++result.quotes;
    const bool empty = quote.header.bid_venue == 0;
    const bool whole = quote.bid.value().mantissa == quote.bid_size.value().mantissa;
    if (quote.header.sequence.value() <= last || !(empty || whole)) ++result.damaged;
    last = quote.header.sequence.value();
    newest = quote;
  }
  template <typename Tick>
  void on_tick(const Tick&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const feeds::Epoch&) {}
  void on_forgotten(const feeds::Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}
};

inline schemas::Quote numbered_quote(schemas::InstrumentId id, std::int64_t number) {
  schemas::Quote quote;
  quote.header.instrument = id;
  quote.bid = schemas::Price{{number, 0}};
  quote.bid_size = schemas::Quantity{{number, 0}};
  return quote;
}

// `count` quotes of each of two feeds, which go stale and come back between them.
template <bool kThroughRings>
MemberRaceResult race_members(std::int64_t count) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + std::chrono::seconds(60);
  const auto now = [] {
    return std::chrono::duration_cast<Beat::Moment>(steady_clock::now().time_since_epoch());
  };
  MemberRaceResult result;
  schemas::InstrumentRegistry registry;
  Consolidation shared{BestRules{{{"*", "*", {"a", "b"}, {}}}}, 3};
  TickRing ring{std::size_t{1} << 16U};
  Doorbell bell;
  Consolidator consolidator{shared, registry, {{&ring, &bell}}};
  std::array<Beat, 2> beats;
  for (std::size_t i = 0; i < beats.size(); ++i) shared.watch(i + 1, beats[i]);
  std::atomic<int> feeding{2};
  std::atomic<bool> consolidating{true};

  const auto feed = [&](std::size_t index) {
    const auto& instrument = registry.add(index == 0 ? "a" : "b", "BTC-USD");
    RingFan fan{{}};
    MemberTap tap{shared, index + 1, fan, fan};
    const auto straight = kThroughRings ? nullptr : consolidator.tap(fan, fan);
    Publisher publisher{kThroughRings ? static_cast<TickSink&>(tap) : *straight};
    fan.attach(publisher.cache());
    tap.attach(publisher.cache());
    publisher.announce(instrument);
    for (std::int64_t i = 1; i <= count && steady_clock::now() < deadline; ++i) {
      const auto state = i % 16 == 0 && i < count ? schemas::State::kStale : schemas::State::kLive;
      publisher.set_state(instrument.id, state, "", {});
      publisher.publish(numbered_quote(instrument.id, i * 2 + static_cast<std::int64_t>(index)));
      fan.flush();
      beats[index].strike(now());
    }
    while (tap.waiting() && steady_clock::now() < deadline) {
      std::this_thread::yield();
      fan.flush();
    }
    --feeding;
  };
  std::array threads = {std::thread(feed, 0), std::thread(feed, 1)};
  std::thread consolidate([&] {
    while (steady_clock::now() < deadline) {
      const bool last = feeding == 0;
      const bool more = kThroughRings && consolidator.drain(now(), {});
      consolidator.flush();
      if (last && !more) break;
    }
    consolidating = false;
  });
  BestReader reader{result, 0, {}};
  while (consolidating || !ring.empty()) ring.drain(reader);
  for (auto& thread : threads) thread.join();
  consolidate.join();
  consolidator.flush();
  ring.drain(reader);
  result.timed_out = steady_clock::now() >= deadline;
  result.wrong_at_last = reader.newest.bid.value().mantissa != count * 2 + 1;
  return result;
}

}  // namespace tickgate::feeds::test
