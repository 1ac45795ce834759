// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "feeds/publish/dirty_set.h"
#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/flush_queue.h"
#include "gateway/fanout/market.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/schedule.h"
#include "gateway/fanout/subscriptions.h"
#include "schemas/interval.h"

namespace tickgate::gateway {

// From what changed to marks on outboxes: at once, or together at the next round of an interval.
// Whoever was marked stands in a list of those to be flushed. Its shard's thread only.
class Marker {
 public:
  // Both outlive this.
  Marker(const Market& market, FanOutCounters& counters) : market_(market), counters_(counters) {}

  // A value of this instrument is newer than when its clients were last marked.
  void note_changed(schemas::InstrumentId instrument, schemas::Channel channel);
  // The same of bars; and of a series that was loaded, for whoever waits for it.
  void note_changed(schemas::InstrumentId instrument, schemas::Interval interval) {
    changed_bars_.mark(static_cast<std::uint32_t>(instrument.value() * schemas::kIntervalCount) +
                       static_cast<std::uint32_t>(interval));
  }
  void mark_loaded(schemas::InstrumentId instrument, schemas::Interval interval);
  // Once per drained batch: marks what changed on the outboxes that want it at once. Those with an
  // interval are marked together, at the next round of their interval, however often the value has
  // changed until then.
  void mark_changed(Monotonic now);
  // Marks for the rounds up to and with the one at `round`, which is when the clients are to be
  // flushed as well, however late it really is: so they stay on the grid.
  void mark_round(Monotonic round);

  // Somebody wants every value at once. While nobody does, the rings need looking at by
  // next_look() only: when the next round of an interval in use would be.
  bool has_immediate() const {
    const auto& intervals = subscriptions_.intervals();
    return !intervals.empty() && intervals.begin()->first == 0;
  }
  Monotonic next_look(Monotonic now) const;
  // When the next round is; nullopt while nobody waits for one.
  std::optional<Monotonic> next_round() const { return rounds_.next(); }

  // Those that something was marked for, each once in each list. The lists are apart so that a
  // round of thousands once in five seconds holds up neither those who wait for no round nor those
  // with a short interval: to be flushed in this order.
  FlushQueue& flush_now() { return flush_now_; }
  FlushQueue& flush_in_quick_round() { return flush_in_quick_round_; }
  FlushQueue& flush_in_slow_round() { return flush_in_slow_round_; }
  void flush_by_round(Subscriber& subscriber) {
    round_list(subscriber.outbox.shortest_interval_ms()).add(subscriber);
  }
  // Whose subscriptions are removed already: it stands in no list any more.
  void forget(Subscriber& subscriber);

  Subscriptions& subscriptions() { return subscriptions_; }
  const Subscriptions& subscriptions() const { return subscriptions_; }

 private:
  // In milliseconds; rounds of shorter intervals go before those.
  static constexpr std::uint32_t kSlowInterval = 500;

  FlushQueue& round_list(std::uint32_t interval_ms) {
    return interval_ms < kSlowInterval ? flush_in_quick_round_ : flush_in_slow_round_;
  }
  void mark_changed(SubscriptionGroup& group, Monotonic now);
  void mark(SubscriptionGroup& group, Monotonic now, FlushQueue& queue);
  void mark_status(schemas::InstrumentId instrument);

  const Market& market_;
  FanOutCounters& counters_;
  Subscriptions subscriptions_;
  feeds::DirtySet changed_;              // instrument * kChannelCount + channel
  feeds::DirtySet changed_bars_;         // instrument * kIntervalCount + interval
  Schedule<SubscriptionGroup*> rounds_;  // those that wait; each once
  FlushQueue flush_now_{&Subscriber::flush_now};
  FlushQueue flush_in_quick_round_{&Subscriber::flush_in_quick_round};
  FlushQueue flush_in_slow_round_{&Subscriber::flush_in_slow_round};
};

}  // namespace tickgate::gateway
