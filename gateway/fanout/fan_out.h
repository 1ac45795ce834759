// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/publish/forgotten.h"
#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/frame_writer.h"
#include "gateway/fanout/held_bars.h"
#include "gateway/fanout/marker.h"
#include "gateway/fanout/market.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/object_text.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/fanout/symbol_requests.h"
#include "gateway/protocol/client_request.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// The core of a shard: ticks in, marks on outboxes, frames out. Four parts over one market, each in
// a file of its own; this is how others see them. Knows no socket, clock or thread, so that it runs
// the same under a simulated clock. Its shard's thread only.
class FanOut {
 public:
  // `delay_s`: what comes in is so much later than others see it, and every object says so.
  // `counters` outlive it; null: its own.
  FanOut(FanOutLimits limits, std::string epoch, std::uint32_t delay_s = 0,
         FanOutCounters* counters = nullptr)
      : counters_(counters != nullptr ? *counters : own_counters_),
        market_(delay_s, limits.trades_kept, limits.trades_memory),
        marker_(market_, counters_),
        writer_(market_, bars_, counters_, limits.frame_bytes),
        requests_(market_, bars_, marker_, counters_, limits, std::move(epoch)) {}
  ~FanOut() { counters_.trade_bytes.add(-noted_trade_bytes_); }
  FanOut(const FanOut&) = delete;
  FanOut& operator=(const FanOut&) = delete;

  std::uint32_t delay_s() const { return market_.delay_s(); }

  // Names this run, or that of whose numbers it passes on; empty: not known yet.
  std::string_view epoch() const { return requests_.epoch(); }
  // Of the first one, which may be said behind the first values.
  void name_epoch(std::string_view epoch) { requests_.set_epoch(epoch); }
  // Numbers are to begin anew: before that, all that is followed is said to be down. Whoever is to
  // learn of it is flushed then, and removed.
  void end_epoch(schemas::Timestamp now, Monotonic moment);
  // Nobody follows anything. What was known is known no more, and nothing is said of it.
  void begin_epoch(std::string_view epoch);

  // For what is asked and composed from now on; what clients were granted stays.
  void set_limits(const FanOutLimits& limits) {
    writer_.set_frame_bytes(limits.frame_bytes);
    requests_.set_limits(limits);
  }

  // What the rings held, as TickRing::drain says it. An instrument outlives this.
  void on_instrument(const schemas::Instrument& instrument, std::size_t source = 0) {
    if (market_.add(instrument, source)) requests_.on_instrument(instrument);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) {
    if (market_.instrument(instrument.id) == nullptr) return;
    requests_.on_removed(instrument);
    writer_.forget(instrument.id);
    market_.remove(instrument, now);
  }
  // Who comes now is sent nothing until a value comes.
  void on_forgotten(const feeds::Forgotten& forgotten) {
    market_.forget(forgotten);
    writer_.forget(forgotten.channel, forgotten.instrument);
  }
  template <typename Tick>
  void on_tick(const Tick& tick) {
    market_.apply(tick);
    writer_.outdate(Tick::kChannel, tick.header.instrument);
    marker_.note_changed(tick.header.instrument, Tick::kChannel);
  }
  void on_tick(const schemas::Trade& trade) {
    if (market_.apply(trade))
      marker_.note_changed(trade.header.instrument, schemas::Trade::kChannel);
  }
  void on_tick(const schemas::Bar& bar) {
    if (bars_.apply(bar)) marker_.note_changed(bar.header.instrument, bar.interval);
  }
  void on_trade_gap(const schemas::TradeGap& gap) { market_.apply(gap); }
  // The thread behind the ring `source` stands still since `now`, by our wall clock; or it moves
  // again, and what it had said by then was drained.
  void stand_still(std::size_t source, schemas::Timestamp now) {
    market_.stand_still(source, now, [this](schemas::InstrumentId id) { note_status(id); });
  }
  void move_again(std::size_t source) {
    market_.move_again(source, [this](schemas::InstrumentId id) { note_status(id); });
  }
  bool stands_still(schemas::InstrumentId id) const { return market_.stands_still(id); }

  // Before the first subscription: whom to ask for bars, and where it is counted which are held.
  void connect_bars(BarSource& source, feeds::BarDemand& demand) { bars_.connect(source, &demand); }
  // What the source was asked for.
  void on_bars(schemas::InstrumentId instrument, schemas::Interval interval,
               std::span<const schemas::Bar> bars) {
    if (bars_.answer(instrument, interval, bars)) marker_.mark_loaded(instrument, interval);
  }
  // The open bar, for whoever looks once. False: there is none, or it has to be asked for first;
  // it is held for a while from now on.
  bool append_bar(std::string& out, const schemas::Instrument& instrument,
                  schemas::Interval interval) {
    auto& series = bars_.look(instrument, interval);
    return !series.is_missing() && series.append_open(out, delay_member(delay_s()));
  }
  // Ten times a second.
  void sweep(Monotonic now) {
    bars_.sweep(now);
    const auto bytes = static_cast<std::int64_t>(market_.trade_bytes());
    counters_.trade_bytes.add(bytes - std::exchange(noted_trade_bytes_, bytes));
  }

  // Who is to be sent something, and when: see Marker.
  void mark_changed(Monotonic now) { marker_.mark_changed(now); }
  void mark_round(Monotonic round) { marker_.mark_round(round); }
  bool has_immediate() const { return marker_.has_immediate(); }
  Monotonic next_look(Monotonic now) const { return marker_.next_look(now); }
  std::optional<Monotonic> next_round() const { return marker_.next_round(); }
  void flush_by_round(Subscriber& subscriber) { marker_.flush_by_round(subscriber); }
  FlushQueue& flush_now() { return marker_.flush_now(); }
  FlushQueue& flush_in_quick_round() { return marker_.flush_in_quick_round(); }
  FlushQueue& flush_in_slow_round() { return marker_.flush_in_slow_round(); }

  // See FrameWriter.
  bool compose(Subscriber& subscriber, Monotonic now, std::string& out,
               schemas::Timestamp sent = {}) {
    return writer_.compose(subscriber, now, out, sent);
  }

  // See SymbolRequests.
  bool subscribe(Subscriber& subscriber, std::string_view id, const SubscribeRequest& request) {
    return requests_.subscribe(subscriber, id, request);
  }
  bool unsubscribe(Subscriber& subscriber, std::string_view id, const UnsubscribeRequest& request) {
    return requests_.unsubscribe(subscriber, id, request);
  }
  bool regrant(Subscriber& subscriber, std::shared_ptr<const Grant> granted) {
    return requests_.regrant(subscriber, std::move(granted));
  }
  bool go_on(Subscriber& subscriber) { return requests_.go_on(subscriber); }
  void list(Subscriber& subscriber, std::string_view id) { requests_.list(subscriber, id); }
  void remove(Subscriber& subscriber) { requests_.remove(subscriber); }

  std::vector<std::string_view> near_symbols(std::string_view unknown) const {
    return market_.near_symbols().near(unknown);
  }
  const schemas::Instrument* instrument(std::string_view symbol) const {
    return market_.instrument(symbol);
  }
  const std::vector<const schemas::Instrument*>& instruments() const {
    return market_.instruments();
  }
  const InstrumentsInOrder& in_order() const { return market_.in_order(); }
  const VenueIndex& venues() const { return market_.venues(); }
  const feeds::LastValueCache& cache() const { return market_.cache(); }
  const Subscriptions& subscriptions() const { return marker_.subscriptions(); }
  void report_to(feeds::Demand& demand) { marker_.subscriptions().report_to(demand); }
  const FanOutCounters& counters() const { return counters_; }

 private:
  void note_status(schemas::InstrumentId id) {
    writer_.outdate(schemas::Channel::kStatus, id);
    marker_.note_changed(id, schemas::Channel::kStatus);
  }

  FanOutCounters own_counters_;
  FanOutCounters& counters_;
  Market market_;
  HeldBars bars_{counters_};
  Marker marker_;
  FrameWriter writer_;
  SymbolRequests requests_;
  std::int64_t noted_trade_bytes_ = 0;  // in the counters
};

}  // namespace tickgate::gateway
