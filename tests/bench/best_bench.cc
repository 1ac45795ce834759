// SPDX-License-Identifier: Apache-2.0
// What a quote costs its feed's thread, from the publisher into a ring: of a feed that nothing is
// consolidated of, of one whose venue is but this instrument is not, and of a member.
#include <benchmark/benchmark.h>

#include <memory>

#include "feeds/derived/consolidator.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {
namespace {

struct Nothing {
  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}
  template <typename Tick>
  void on_tick(const Tick&) {}
};

// One quote a batch, every one with another bid; the ring is drained now and then, which is in all
// of them alike.
void publish(benchmark::State& state, const char* venue, const char* pair) {
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 20U};
  Doorbell bell;
  const std::vector<ShardLink> links{{&ring, &bell}};
  Consolidation shared{BestRules{{{"BTC", "USD", {"a"}, {}}}}, 1};
  Consolidator consolidator{shared, registry, links};
  RingFan fan{links};
  std::unique_ptr<TickSink> tap;
  if (shared.rules().has_venue(venue)) tap = consolidator.tap(fan, fan);
  Publisher publisher{tap != nullptr ? *tap : static_cast<TickSink&>(fan)};
  fan.attach(publisher.cache());
  const auto& instrument = registry.add(venue, pair);
  publisher.announce(instrument);
  publisher.set_state(instrument.id, schemas::State::kLive, "", {});
  Nothing nothing;
  schemas::Quote quote;
  quote.header.instrument = instrument.id;
  quote.ask = schemas::Price{{1, 0}};
  std::int64_t number = 0;
  for (auto _ : state) {
    quote.bid = schemas::Price{{++number, 2}};
    publisher.publish(quote);
    fan.flush();
    if (number % 1024 == 0) ring.drain(nothing);
  }
}

BENCHMARK_CAPTURE(publish, not_consolidated, "b", "BTC-USD");
BENCHMARK_CAPTURE(publish, not_a_member, "a", "ETH-USD");
BENCHMARK_CAPTURE(publish, member, "a", "BTC-USD");

}  // namespace
}  // namespace tickgate::feeds
