// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "feeds/publish/beat.h"
#include "feeds/publish/last_value_cache.h"
#include "feeds/publish/ring_fan.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What one feed thread said, as the shards' lane of one delay gets it: to the shards it looks like
// a feed thread, with rings and a beat of its own, and values of its own to come again with where a
// ring is full. Nothing but that an instrument exists is said before its time. Owned by the delay
// line's thread.
class DelayLane final : public TickSink {
 public:
  // A ring and a doorbell for each shard; they outlive it.
  DelayLane(const std::vector<ShardLink>& shards, std::uint32_t delay_s);

  // At once: the instrument was announced now, by our clock, and what is said of it follows later.
  // Until then its status says when that begins.
  void foretell(const schemas::Instrument& instrument, schemas::Timestamp now);
  // At once, where none was named yet: nobody is let in without one.
  void foretell(const Epoch& epoch);

  // At their time.
  void on_instrument(const schemas::Instrument& instrument) override;
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override;
  void on_forgotten(const Forgotten& forgotten) override;
  void on_epoch(const Epoch& epoch) override;
  void on_tick(const schemas::Quote& quote) override { pass(quote); }
  void on_tick(const schemas::Book& book) override { pass(book); }
  void on_tick(const schemas::Ticker& ticker) override { pass(ticker); }
  void on_tick(const schemas::InstrumentStatus& status) override;
  void on_tick(const schemas::Trade& trade) override { fan_.on_tick(trade); }
  void on_tick(const schemas::Bar& bar) override { fan_.on_tick(bar); }
  void on_trade_gap(const schemas::TradeGap& gap) override { fan_.on_trade_gap(gap); }
  // The thread stood still, or moved again: the beat says so.
  void stand_still(Beat::Moment now);
  void move_again() { moving_ = true; }

  // Ends a turn: pushes what waits, rings the shards' bells, beats.
  void flush(Beat::Moment now);

  const Beat& beat() const { return beat_; }
  const RingFan& fan() const { return fan_; }  // its counters

 private:
  // Of an instrument.
  struct Told {
    std::uint64_t sequence = 0;  // of its last status
    std::uint64_t own = 0;       // statuses that only this lane said: those of the feed count on
    std::uint64_t ahead = 0;     // announcements that were foretold, and whose time has not come
    schemas::Timestamp since{};  // of the newest of these
    bool known = false;          // to the shards
  };

  template <typename Tick>
  void pass(const Tick& tick) {
    cache_.apply(tick);
    fan_.on_tick(tick);
  }
  Told& told(schemas::InstrumentId instrument);
  void announce(const schemas::Instrument& instrument, Told& told);

  RingFan fan_;
  LastValueCache cache_;
  Beat beat_;
  std::uint32_t delay_s_;
  Epoch epoch_;             // its name is empty: none was named
  std::vector<Told> told_;  // by instrument
  bool still_ = false, moving_ = false;
  Beat::Moment still_since_{}, struck_{};
};

}  // namespace tickgate::feeds
