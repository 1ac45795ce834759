// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/dirty_set.h"
#include "feeds/publish/last_value_cache.h"
#include "gateway/fanout/flush_queue.h"
#include "gateway/fanout/frame_cache.h"
#include "gateway/fanout/schedule.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/fanout/subscriptions.h"
#include "gateway/fanout/trade_history.h"
#include "gateway/protocol/client_request.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

struct FanOutLimits {
  std::size_t subscriptions_per_connection = 5'000;
  std::uint32_t min_interval_ms = 0;
  std::size_t frame_bytes = 262'144;  // a frame ends with the object that reaches it
};

// By channel. Written by the shard's thread, read by whoever scrapes.
struct FanOutCounters {
  std::array<feeds::Counter, schemas::kChannelCount> sent;  // updates put into frames
  std::array<feeds::Counter, schemas::kChannelCount>
      conflated;               // replaced by a newer one before they were sent
  feeds::Counter trades_lost;  // announced to a client as a gap because it read too slowly
};

// The core of a shard: ticks in, marks on outboxes, frames out. Knows no socket, clock or thread,
// so that it runs the same under a simulated clock. Its shard's thread only.
class FanOut {
 public:
  FanOut(FanOutLimits limits, std::string epoch);

  // What the rings held, as TickRing::drain says it. An instrument outlives this.
  void on_instrument(const schemas::Instrument& instrument);
  void on_tick(const schemas::Quote& quote) { apply(quote); }
  void on_tick(const schemas::Book& book) { apply(book); }
  void on_tick(const schemas::Ticker& ticker) { apply(ticker); }
  void on_tick(const schemas::Trade& trade);
  void on_tick(const schemas::InstrumentStatus& status);
  void on_trade_gap(const schemas::TradeGap& gap);

  // Step 8, once per drained batch: marks what changed on the outboxes that want it at once. Those
  // with an interval are marked together, at the next round of their interval, however often the
  // value has changed until then.
  void mark_changed(Monotonic now);
  // Somebody wants every value at once. While nobody does, the rings need looking at by
  // next_look() only: when the next round of an interval in use would be.
  bool has_immediate() const {
    const auto& intervals = subscriptions_.intervals();
    return !intervals.empty() && intervals.begin()->first == 0;
  }
  Monotonic next_look(Monotonic now) const;
  // When the next round is; nullopt while nobody waits for one.
  std::optional<Monotonic> next_round() const { return rounds_.next(); }
  // Marks for the rounds up to and with the one at `round`, which is when the clients are to be
  // flushed as well, however late it really is: so they stay on the grid.
  void mark_round(Monotonic round);
  // Those that something was marked for, each once in each list. The lists are apart so that a
  // round of thousands once in five seconds holds up neither those who wait for no round nor those
  // with a short interval: to be flushed in this order.
  void flush_by_round(Subscriber& subscriber) {
    round_list(subscriber.outbox.shortest_interval_ms()).add(subscriber);
  }
  FlushQueue& flush_now() { return flush_now_; }
  FlushQueue& flush_in_quick_round() { return flush_in_quick_round_; }
  FlushQueue& flush_in_slow_round() { return flush_in_slow_round_; }

  // Appends to `out` one JSON array: replies, then what is owed and due. False: nothing was.
  bool compose(Subscriber& subscriber, Monotonic now, std::string& out);

  // Requests; each appends its acknowledgement to the subscriber's replies. `id` is JSON. False: it
  // is half done. Then go_on() is to be called, with other work in between, until it says true;
  // and before that nothing else for this subscriber but remove().
  bool subscribe(Subscriber& subscriber, std::string_view id, const SubscribeRequest& request);
  bool unsubscribe(Subscriber& subscriber, std::string_view id, const UnsubscribeRequest& request);
  bool go_on(Subscriber& subscriber);
  void list(Subscriber& subscriber, std::string_view id);
  // The client is gone: it is referred to no more.
  void remove(Subscriber& subscriber);

  // Null for what this shard has not seen. By id or symbol ("KRAKEN:BTC-USD").
  const schemas::Instrument* instrument(schemas::InstrumentId id) const {
    return id.value() < instruments_.size() ? instruments_[id.value()] : nullptr;
  }
  const schemas::Instrument* instrument(std::string_view symbol) const;
  const std::vector<const schemas::Instrument*>& instruments() const { return instruments_; }
  const feeds::LastValueCache& cache() const { return cache_; }
  const Subscriptions& subscriptions() const { return subscriptions_; }
  const FanOutCounters& counters() const { return counters_; }

 private:
  // In milliseconds; rounds of shorter intervals go before those.
  static constexpr std::uint32_t kSlowInterval = 500;

  enum class Added : std::uint8_t { kYes, kTooMany };

  template <typename Tick>
  void apply(const Tick& tick) {
    cache_.apply(tick);
    frames_.outdate(Tick::kChannel, tick.header.instrument);
    note_changed(tick.header.instrument, Tick::kChannel);
  }
  void note_changed(schemas::InstrumentId instrument, schemas::Channel channel);
  FlushQueue& round_list(std::uint32_t interval_ms) {
    return interval_ms < kSlowInterval ? flush_in_quick_round_ : flush_in_slow_round_;
  }
  void mark(SubscriptionGroup& group, Monotonic now, FlushQueue& queue);
  void mark_status(schemas::InstrumentId instrument);

  bool append_status(const Slot& slot, std::string& out, std::size_t start);
  Outbox::Taken append_value(Slot& slot, std::string& out, std::size_t start);
  // The slot's newest value, from the frame cache; null: there is none.
  const EncodedValue* encode(const Slot& slot);
  Outbox::Taken append_trades(Slot& slot, std::string& out, std::size_t start);
  void append_object(std::string& out, std::size_t start, std::string_view object);

  Added add_slot(Subscriber& subscriber, const schemas::Instrument& instrument,
                 schemas::Channel channel, std::uint8_t depth, std::uint32_t interval_ms,
                 SlotMap& slots);
  std::size_t serve(Subscriber& subscriber, SymbolRequest& request, std::size_t budget);
  std::size_t serve_pattern(Subscriber& subscriber, SymbolRequest& request,
                            const SymbolPattern& pattern, std::size_t budget);
  bool serve_one(Subscriber& subscriber, SymbolRequest& request,
                 const schemas::Instrument& instrument);
  void forget_pattern(Subscriber& subscriber, schemas::Channel channel,
                      const SymbolPattern& pattern);
  // False as Outbox::set_interval: it has the interval it had.
  bool set_interval(Subscriber& subscriber, SlotIndex slot, std::uint32_t interval_ms);
  void remove_slot(Subscriber& subscriber, SlotIndex slot);
  static SlotMap slots_of(Subscriber& subscriber, schemas::Channel channel);
  void remember_pattern(Subscriber& subscriber, PatternSubscription pattern);
  TradeHistory& history_for(schemas::InstrumentId instrument);

  FanOutLimits limits_;
  std::string epoch_;
  std::vector<const schemas::Instrument*> instruments_;  // by id
  absl::flat_hash_map<std::string, const schemas::Instrument*> by_symbol_;
  feeds::LastValueCache cache_;
  FrameCache frames_;
  Subscriptions subscriptions_;
  Schedule<SubscriptionGroup*> rounds_;  // those that wait; each once
  std::vector<bool> recovering_;         // by instrument: no quote and no book is shown
  std::vector<std::unique_ptr<TradeHistory>> histories_;  // by instrument, while one subscribes
  std::vector<std::uint64_t> next_trades_;                // by instrument: sequence expected next
  feeds::DirtySet changed_;                               // instrument * kChannelCount + channel
  FlushQueue flush_now_{&Subscriber::flush_now};
  FlushQueue flush_in_quick_round_{&Subscriber::flush_in_quick_round};
  FlushQueue flush_in_slow_round_{&Subscriber::flush_in_slow_round};
  absl::flat_hash_set<Subscriber*> with_patterns_;
  // Which composition last wrote this instrument's status: two slots of a client need it once.
  std::vector<std::uint64_t> status_written_;
  std::uint64_t composition_ = 0;
  FanOutCounters counters_;
};

}  // namespace tickgate::gateway
