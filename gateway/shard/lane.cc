// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/lane.h"

#include <algorithm>
#include <utility>

#include "gateway/net/clock.h"

namespace tickgate::gateway {
namespace {

// Records drained from each ring before the clients have their turn.
constexpr std::size_t kDrainBudget = 8'192;
// So old a tick is not live. At most so many turns are spent on reading on instead, a ring's worth.
constexpr std::int64_t kOld = 1'000'000;  // us
constexpr int kMostOldTurns = 64;

}  // namespace

// What the rings say: to the fan-out, and each tick noted until it is flushed.
template <bool kMeasured>
struct Lane::RingReader {
  Lane& lane;
  std::size_t source = 0;
  schemas::Timestamp last{};  // received, of what was drained last

  void on_instrument(const schemas::Instrument& instrument) {
    if constexpr (kMeasured) lane.waterfall_->on_instrument(instrument);
    lane.fan_out_.on_instrument(instrument, source);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) {
    lane.fan_out_.on_removed(instrument, now);
  }
  void on_forgotten(const feeds::Forgotten& forgotten) { lane.fan_out_.on_forgotten(forgotten); }
  void on_epoch(const feeds::Epoch& epoch) { lane.begin_epoch(epoch.name.view()); }
  // When it ended says nothing of how long it took to come here.
  void on_tick(const schemas::Bar& bar) { lane.fan_out_.on_tick(bar); }
  void on_trade_gap(const schemas::TradeGap& gap) { lane.fan_out_.on_trade_gap(gap); }
  template <typename Tick>
  void on_tick(const Tick& tick) {
    last = tick.header.receive_time;
    if constexpr (kMeasured) lane.waterfall_->on_tick(tick.header);
    lane.fan_out_.on_tick(tick);
  }
};

Lane::Lane(FanOutLimits limits, const std::string& epoch, std::uint32_t delay_s,
           FanOutCounters& counters, feeds::Doorbell& bell, Waterfall* waterfall)
    : fan_out_(limits, epoch, delay_s, &counters),
      bell_(bell),
      waterfall_(waterfall),
      bars_(delay_s, wall_now(), monotonic_now()) {}

feeds::TickRing& Lane::add_ring(std::size_t bytes) {
  sources_.push_back({.ring = std::make_unique<feeds::TickRing>(bytes)});
  return *sources_.back().ring;
}

void Lane::connect_bars(AskBars ask, feeds::BarDemand& demand) {
  ask_ = std::move(ask);
  fan_out_.connect_bars(*this, demand);
}

// In its place among what the ring says, so nobody ever has numbers of two.
void Lane::begin_epoch(std::string_view epoch) {
  if (fan_out_.epoch() == epoch) return;
  if (fan_out_.epoch().empty()) {
    fan_out_.name_epoch(epoch);
  } else {
    ++restarts_;
    fan_out_.end_epoch(wall_now(), monotonic_now());
    if (restart_) restart_();
    bars_.forget();
    fan_out_.begin_epoch(epoch);
  }
  if (named_) named_(epoch);
}

Lane::Drained Lane::drain() {
  return waterfall_ != nullptr ? drain_rings<true>() : drain_rings<false>();
}

bool Lane::is_old(schemas::Timestamp received) const {
  const auto delay = std::int64_t{delay_s()} * 1'000'000;
  return wall_now().value() - received.value() - delay > kOld;
}

template <bool kMeasured>
Lane::Drained Lane::drain_rings() {
  Drained drained;
  watch_feeds(monotonic_now());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    RingReader<kMeasured> reader{*this, i};
    std::size_t read = 0;
    // What is old is not sent on while something newer may lie behind it.
    for (int turns = 0; turns < kMostOldTurns; ++turns) {
      read = sources_[i].ring->drain(reader, kDrainBudget);
      drained.ticks += read;
      if (read < kDrainBudget || !is_old(reader.last)) break;
    }
    sources_[i].drained = read < kDrainBudget;
    drained.more = drained.more || read == kDrainBudget;
  }
  const auto read_at = kMeasured && drained.ticks > 0 ? wall_now() : schemas::Timestamp{};
  show_moving_feeds();
  const auto now = monotonic_now();
  scheduler_.mark(now);
  if constexpr (kMeasured) waterfall_->end_batch(read_at, fan_out_.flush_now().added());
  drained.more = scheduler_.flush_immediate(now) || drained.more;
  if constexpr (kMeasured) {
    if (waterfall_->waits()) waterfall_->on_flushed(wall_now(), fan_out_.flush_now().popped());
  }
  return drained;
}

// Whoever sends judges: a thread that stands still cannot say that what it said is old.
void Lane::watch_feeds(Monotonic now) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (source.beat == nullptr) continue;
    const bool beats = source.beat->age(now) <= feeds::Beat::kLimit;
    const auto pauses = source.beat->pauses();
    const bool paused = std::exchange(source.pauses, pauses) != pauses;  // over before we looked
    if (!source.still && (paused || !beats)) {
      source.still = true;
      fan_out_.stand_still(i, wall_now());
    }
    source.moving = source.still && beats;
  }
}

// Once it beats, what it said of itself before that is in its ring; so that comes first.
void Lane::show_moving_feeds() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (!source.moving || !source.drained) continue;
    source.still = source.moving = false;
    fan_out_.move_again(i);
  }
}

bool Lane::stands_still(Monotonic now) const {
  return std::ranges::any_of(sources_, [now](const Source& source) {
    if (source.beat == nullptr) return false;
    return source.still || source.beat->age(now) > feeds::Beat::kLimit ||
           source.beat->pauses() != source.pauses;
  });
}

void Lane::on_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                   std::span<const schemas::Bar> bars) {
  if (delay_s() == 0) return fan_out_.on_bars(instrument, interval, bars);
  fan_out_.on_bars(instrument, interval,
                   bars_.take(instrument, interval, bars, wall_now(), monotonic_now()));
}

void Lane::sweep(Monotonic now) {
  fan_out_.sweep(now);
  bars_.tell_due(now, [this](const schemas::Bar& bar) { fan_out_.on_tick(bar); });
}

}  // namespace tickgate::gateway
