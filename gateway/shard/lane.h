// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/publish/bar_demand.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/tick_ring.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/flush_scheduler.h"
#include "gateway/shard/delayed_bars.h"
#include "gateway/shard/waterfall.h"
#include "gateway/websocket/connection.h"

namespace tickgate::gateway {

// One stream of ticks through a shard: the rings that bring it, the fan-out that it goes to, and
// when that is flushed. A shard has the live one, and one for each delay, which meet nowhere: who
// is on the one learns nothing of the other. The shard's thread only, once that runs.
class Lane final : private BarSource {
 public:
  // Asks a feed for its bars: they come to on_bars(), on the shard's thread.
  using AskBars = std::function<void(Lane&, schemas::InstrumentId, schemas::Interval)>;

  // `counters` are those of the shard's clients, `bell` is the shard's; `waterfall`: null: not
  // measured. All outlive it.
  Lane(FanOutLimits limits, const std::string& epoch, std::uint32_t delay_s,
       FanOutCounters& counters, feeds::Doorbell& bell, Waterfall* waterfall);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  std::uint32_t delay_s() const { return fan_out_.delay_s(); }
  FanOut& fan_out() { return fan_out_; }
  const FanOut& fan_out() const { return fan_out_; }
  FlushScheduler<Connection>& scheduler() { return scheduler_; }

  // Before the shard runs. A ring for one more thread, as long as this lives; and the beat of the
  // one behind the ring added last, without which that is never said to stand still.
  feeds::TickRing& add_ring(std::size_t bytes);
  feeds::Doorbell& doorbell() { return bell_; }  // of whoever pushes into one
  void watch(const feeds::Beat& beat) { sources_.back().beat = &beat; }
  void connect_bars(AskBars ask, feeds::BarDemand& demand);
  // Called when numbers begin anew, all who follow having been marked for a last word: nobody is to
  // follow anything when it returns. And with each epoch's name, once it is in force.
  void on_epoch(std::function<void()> restart, std::function<void(std::string_view)> named) {
    restart_ = std::move(restart);
    named_ = std::move(named);
  }
  // How often that was: what was asked for before belongs to another run.
  std::uint64_t restarts() const { return restarts_; }

  struct Drained {
    std::size_t ticks = 0;
    bool more = false;  // a ring had more than its budget, or somebody waits
  };
  // Step 7 of a tick's life, and the start of the two that follow: drains, marks, flushes some.
  Drained drain();
  // A thread behind a ring does, or did until now: what it says of that must be read first.
  bool stands_still(Monotonic now) const;
  // What it asked for.
  void on_bars(schemas::InstrumentId instrument, schemas::Interval interval,
               std::span<const schemas::Bar> bars);
  // Ten times a second.
  void sweep(Monotonic now);

 private:
  template <bool kMeasured>
  struct RingReader;
  // A feed thread, or one that is like it.
  struct Source {
    std::unique_ptr<feeds::TickRing> ring;
    const feeds::Beat* beat = nullptr;
    std::uint64_t pauses = 0;  // of the beat, that have been said
    bool still = false;        // and so it is said
    bool moving = false;       // it beats again: not still when all is drained
    bool drained = false;      // in this turn, to its end
  };

  // BarSource.
  void ask(schemas::InstrumentId instrument, schemas::Interval interval) override {
    ask_(*this, instrument, interval);
  }
  template <bool kMeasured>
  Drained drain_rings();
  void begin_epoch(std::string_view epoch);
  void watch_feeds(Monotonic now);
  void show_moving_feeds();
  bool is_old(schemas::Timestamp received) const;

  FanOut fan_out_;
  FlushScheduler<Connection> scheduler_{fan_out_};
  std::vector<Source> sources_;
  feeds::Doorbell& bell_;
  Waterfall* waterfall_;
  AskBars ask_;
  std::function<void()> restart_;
  std::function<void(std::string_view)> named_;
  std::uint64_t restarts_ = 0;
  DelayedBars bars_;
};

}  // namespace tickgate::gateway
