// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/held_bars.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::gateway {

using schemas::InstrumentId;
using schemas::Interval;

std::uint64_t HeldBars::most_bytes(std::uint64_t series, std::uint64_t kept) {
  const auto rows = std::min<std::uint64_t>(kMostRows, series * BarSeries::kClosed);
  const auto copies = std::min<std::uint64_t>(kAsksAtOnce, series);
  return series * BarSeries::kSeriesBytes + rows * BarSeries::kRowBytes +
         copies * (kept + 1) * sizeof(schemas::Bar);
}

void HeldBars::follow(const schemas::Instrument& instrument, Interval interval) {
  const auto key = key_of(instrument.id, interval);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    const auto held = found->second;
    if (held->followers++ == 0) followed_.splice(followed_.end(), idle_, held);
    return;
  }
  List made;
  auto& held = made.emplace_back(instrument.symbol, interval);
  held.key = key;
  held.followers = 1;
  if (source_ == nullptr) held.series.load({});
  by_key_.emplace(key, made.begin());
  followed_.splice(followed_.end(), made);
  if (demand_ != nullptr) demand_->raise(instrument.id, interval);
  counters_.bar_series.add(1);
}

void HeldBars::unfollow(InstrumentId instrument, Interval interval) noexcept {
  const auto held = by_key_.find(key_of(instrument, interval))->second;
  if (--held->followers > 0) return;
  held->idle_since = Monotonic{0};
  idle_.splice(idle_.end(), followed_, held);
  if (idle_.size() > kMostIdle) drop_idle(idle_.begin());
}

void HeldBars::forget(InstrumentId instrument) noexcept {
  for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
    const auto found = by_key_.find(key_of(instrument, static_cast<Interval>(i)));
    if (found != by_key_.end()) drop_idle(found->second);
  }
}

void HeldBars::drop_idle(List::iterator one) noexcept {
  const Held& held = *one;
  if (demand_ != nullptr) demand_->lower(instrument_of(held.key), interval_of(held.key));
  if (held.queued.has_value()) queue_.erase(*held.queued);
  if (held.grown.has_value()) grown_.erase(*held.grown);
  rows_ -= held.series.rows();
  by_key_.erase(held.key);
  idle_.erase(one);
  counters_.bar_series.add(-1);
}

BarSeries* HeldBars::find(InstrumentId instrument, Interval interval) {
  const auto found = by_key_.find(key_of(instrument, interval));
  return found == by_key_.end() ? nullptr : &found->second->series;
}

void HeldBars::want(InstrumentId instrument, Interval interval, std::size_t closed) {
  want(*by_key_.at(key_of(instrument, interval)), closed);
}

void HeldBars::want(Held& held, std::size_t closed) {
  held.wanted = std::max(held.wanted, closed);
  if (held.asked || source_ == nullptr) return;
  held.queued = queue_.insert(queue_.end(), held.key);
  held.asked = true;
  ask_next();
}

// A feed's thread makes a copy for each: so many at a time, and so many in a while.
void HeldBars::ask_next() {
  while (!queue_.empty() && asks_ < kAsksAtOnce && tokens_ > 0) {
    const auto key = queue_.front();
    source_->ask(instrument_of(key), interval_of(key));
    counters_.bar_asks.add(1);
    ++asks_;
    --tokens_;
    by_key_.at(key)->queued.reset();
    queue_.pop_front();
  }
}

BarSeries& HeldBars::look(const schemas::Instrument& instrument, Interval interval) {
  if (auto* const held = find(instrument.id, interval)) return *held;
  follow(instrument, interval);
  auto& held = *by_key_.at(key_of(instrument.id, interval));
  unfollow(instrument.id, interval);
  if (held.series.wants_load()) want(held);
  return held.series;
}

bool HeldBars::apply(const schemas::Bar& bar) {
  const auto found = by_key_.find(key_of(bar.header.instrument, bar.interval));
  if (found == by_key_.end()) return false;  // another shard's
  Held& held = *found->second;
  bool news = false;
  change(held, [&](BarSeries& series) { news = series.apply(bar); });
  note_grown(held, false);
  trim_old();
  if (held.series.is_missing()) want(held);
  return news && !held.series.is_missing();
}

bool HeldBars::answer(InstrumentId instrument, Interval interval,
                      std::span<const schemas::Bar> bars) {
  TICKGATE_CHECK(asks_ > 0);
  --asks_;
  const auto found = by_key_.find(key_of(instrument, interval));
  if (found != by_key_.end()) {
    Held& held = *found->second;
    if (!held.queued.has_value()) held.asked = false;
    const auto wanted = std::exchange(held.wanted, 0);
    change(held, [&](BarSeries& series) { series.load(bars, std::max(wanted, series.kKept)); });
    note_grown(held, true);
    if (held.series.is_missing()) want(held);
    trim_old();
  }
  ask_next();
  return found != by_key_.end() && !found->second->series.is_missing();
}

template <typename Change>
void HeldBars::change(Held& held, Change&& change) {
  const auto before = held.series.rows();
  change(held.series);
  rows_ += held.series.rows() - before;
}

void HeldBars::note_grown(Held& held, bool anew) {
  if (held.grown.has_value()) {
    if (anew) grown_.splice(grown_.end(), grown_, *held.grown);
  } else if (held.series.rows() > BarSeries::kKept) {
    held.grown = grown_.insert(grown_.end(), &held);
  }
}

// Whose history was loaded longest ago; one after the other, so that none takes long.
void HeldBars::trim_old() {
  while (rows_ > kMostRows && !grown_.empty()) {
    Held& held = *grown_.front();
    grown_.pop_front();
    held.grown.reset();
    change(held, [](BarSeries& series) { series.trim(); });
  }
}

void HeldBars::sweep(Monotonic now) {
  tokens_ = kAsksPerSweep;
  ask_next();
  for (Held& held : idle_) {
    if (held.idle_since == Monotonic{0}) held.idle_since = now;
  }
  while (!idle_.empty() && now - idle_.front().idle_since >= kIdleTime) drop_idle(idle_.begin());
}

}  // namespace tickgate::gateway
